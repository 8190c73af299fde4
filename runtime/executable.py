"""A compiled function, linked and callable.

The calls of a machine's first function cost a compilation of their wrapper (some 5 ms a signature);
later processes find that on disk, and link what they load in half a millisecond.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.runtime import abi, ctypes_call, linker, native_call
from lamina.runtime.callback import CALLBACKS, Callbacks
from lamina.runtime.descriptor import Signature
from lamina.runtime.disk_cache import DiskCache, open_cache
from lamina.runtime.symbols import resolve

MAIN = "lamina_main"


class Executable:
    """A linked function.

    Attributes
    ----------
    call : callable
        Takes arrays (and numbers) as the signature says and returns one array or a list. It keeps
        the code alive by itself. A builtin function, where the interpreter allows.
    signature : Signature
    name : str
    """

    def __init__(self, call: Callable[..., Any], signature: Signature, name: str) -> None:
        self.call = call
        self.signature = signature
        self.name = name

    def close(self) -> None:
        """Let go of the code, which is unloaded as soon as nobody holds `call`."""

        def call(*arguments: Any, **named: Any) -> Any:
            raise RuntimeError(f"{self.name} is closed")

        self.call = call


def load(
    objects: Sequence[bytes],
    signature: Signature,
    *,
    name: str,
    convert: Callable[[tuple, dict], Sequence[np.ndarray]],
    report: Callable[[int, tuple[int, int, int, int]], Any],
    cells: Sequence[list] = (),
    symbols: Mapping[str, int] | None = None,
    imports: Sequence[str] = (),
    callbacks: Callbacks | None = None,
    cache: DiskCache | None = None,
    path: Any = None,
) -> Executable:
    """Link a compiled function and make it callable.

    Parameters
    ----------
    objects : sequence of bytes
        The object that defines ``lamina_main``; then libraries that it calls, each of which is
        linked once in a process, however many functions name it.
    signature : Signature
        Its inputs and outputs.
    name : str
        What the function is called in errors.
    convert : callable
        ``convert(args, kwargs)`` gets the arguments of a call that machine code cannot take as
        they are, and returns one array for each argument: of the exact class, dtype, rank and
        static dimensions, C-contiguous, aligned, in native byte order; for a mutable input also
        writeable and with memory of its own. It is asked as well when a cell's value has the
        wrong form, and then has to put one of the right form into the cell. It raises what is
        wrong with a call.
    report : callable
        ``report(k, (a, b, c, d))`` raises the error of status k; the integers are the details
        that lamina_main has stored.
    cells : sequence of list
        One list ``[value]`` for each input that is a cell.
    symbols : mapping from str to int, optional
        Addresses of what `objects` refer to, besides what the runtime finds itself
        (`lamina.runtime.symbols`).
    imports : sequence of str
        Names for the runtime to find in objects that are not ELF, which it cannot read.
    callbacks : Callbacks, optional
        What the function asks Python to compute.
    cache : DiskCache, optional
        Where the runtime's own objects lie; by default the user's cache.
    path : optional
        What makes the call, with the functions of `native_call`: for a device a `DevicePath`.

    Raises
    ------
    UnresolvedSymbolError
        The objects call functions that nobody provides.
    RuntimeError
        An object is malformed.
    """
    if len(cells) != len(signature.inputs) - signature.arguments:
        raise ValueError(f"{name} has {len(cells)} cells, not those of its signature")
    cache = open_cache() if cache is None else cache
    path = path or (ctypes_call if _interpreter_is_foreign() else native_call)
    known = {**path.entry_points(cache), **(symbols or {})}
    if callbacks is not None:
        known[CALLBACKS] = id(callbacks)

    def complete(image: bytes) -> dict[str, int]:
        names = [*linker.undefined([image]), *imports]
        return known | resolve([name for name in names if name not in known], cache)

    function, *libraries = objects
    for image in libraries:
        known |= linker.link_once(image, complete(image))
    code = linker.link([function], complete(function), [MAIN])
    call = path.make_call(
        code[MAIN],
        signature,
        name=name,
        convert=convert,
        report=report,
        cells=cells,
        cache=cache,
        kept=(code, callbacks),
    )
    return Executable(call, signature, name)


def _interpreter_is_foreign() -> bool:
    """Whether calls go through ctypes: LAMINA_CALL=ctypes asks for it."""
    if os.environ.get("LAMINA_CALL") == "ctypes":
        return True
    try:
        native_call.check()
    except abi.AbiError:
        return True
    return False
