"""Calls through a compiled wrapper: a builtin function whose `self` points to all that it needs."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from lamina.runtime import (
    abi,
    arena,
    call_wrapper,
    callback,
    context,
    mismatch,
    recycling,
    symbols,
)
from lamina.runtime.descriptor import Signature
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.linker import link_once
from lamina.runtime.machine_code import compile_ir

_METH_FASTCALL_KEYWORDS = 0x80 | 0x02
_LIBC = (
    "free",
    "madvise",
    "malloc",
    "memset",
    "posix_memalign",
    "pthread_getspecific",
    "pthread_key_create",
    "pthread_setspecific",
    "realloc",
)

_lock = threading.Lock()
_wrappers: dict[Signature, int] = {}


def check() -> None:
    """Raise AbiError where compiled code cannot read this interpreter's objects."""
    abi.layout()
    abi.symbols()


def entry_points(cache: DiskCache) -> Mapping[str, int]:
    """Return the addresses of what lamina_main calls, and of the wrapper's own helpers."""
    text = context.ir(abi.layout()) + arena.ir() + recycling.ir() + callback.ir()
    image = compile_ir(text, cache)
    addresses = link_once(image, {**abi.symbols(), **symbols.resolve(_LIBC, cache)})
    _start(addresses["lamina_workspace_start"], addresses["lamina_recycling_start"])
    return addresses


def make_call(
    main: int,
    signature: Signature,
    *,
    name: str,
    convert: Callable[[tuple, dict], Sequence[np.ndarray]],
    report: Callable[[int, tuple[int, int, int, int]], Any],
    cells: Sequence[list],
    cache: DiskCache,
    kept: object,
) -> Callable[..., Any]:
    """Return the builtin function that calls `main`; the arguments are those of `load`."""
    wrapper = _wrapper(signature, cache)

    def reject(*arguments: Any) -> None:
        raise TypeError(mismatch.explain(signature, arguments, cells, name))

    strict = _builtin(name, wrapper, (main, id(reject), id(report)), cells, (reject, report, kept))

    def fall_back(*arguments: Any, **named: Any) -> Any:
        return strict(*convert(arguments, named))

    words = (main, id(fall_back), id(report))
    return _builtin(name, wrapper, words, cells, (fall_back, report, kept))


class _Closure(np.ndarray):
    """Words that a wrapper reads, and the owner of what they point to.

    The owner is a subclass so that it has a dict, which garbage collection sees: a converter
    usually leads back to the function that it converts for.
    """

    kept: Any


def _builtin(
    name: str, wrapper: int, words: tuple[int, ...], cells: Sequence[list], kept: object
) -> Callable[..., Any]:
    closure = np.array([*words, *map(id, cells)], np.uintp).view(_Closure)
    closure.kept = (kept, tuple(cells))
    method = _method(name, wrapper)
    return _new_builtin(ctypes.addressof(method), closure, None)


_new_builtin = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p
)(("PyCFunction_NewEx", ctypes.pythonapi))


class _PyMethodDef(ctypes.Structure):
    _fields_ = (
        ("ml_name", ctypes.c_char_p),
        ("ml_meth", ctypes.c_void_p),
        ("ml_flags", ctypes.c_int),
        ("ml_doc", ctypes.c_char_p),
    )


@cache
def _method(name: str, wrapper: int) -> _PyMethodDef:
    """Never freed: the end of a builtin reads it, perhaps after garbage collection took `kept`."""
    return _PyMethodDef(name.encode(), wrapper, _METH_FASTCALL_KEYWORDS, None)


def _wrapper(signature: Signature, cache: DiskCache) -> int:
    anonymous = replace(
        signature, inputs=tuple(replace(spec, name=None) for spec in signature.inputs)
    )
    with _lock:
        address = _wrappers.get(anonymous)
        if address is None:
            image = compile_ir(call_wrapper.ir(anonymous, abi.layout()), cache)
            known = {**abi.symbols(), **entry_points(cache)}
            address = _wrappers[anonymous] = link_once(image, known)["lamina_call"]
        return address


@cache
def _start(workspace: int, recycling: int) -> None:
    if ctypes.CFUNCTYPE(ctypes.c_int)(workspace)():
        raise RuntimeError("this process has no pthread key left for the workspace")
    ctypes.PYFUNCTYPE(ctypes.c_void_p)(recycling)()
