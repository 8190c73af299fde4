"""Addresses, by name, of what compiled code calls from outside: BLAS, LAPACK, special functions,
libm, CPython.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import sys
from collections.abc import Iterable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType

from lamina.runtime import bit_generators, half
from lamina.runtime.abi import c_function
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.linker import link_once
from lamina.runtime.machine_code import compile_ir
from lamina.runtime.numpy_sorting import PREFIXES, sorting_function

_SPECIAL = "scipy_special_"


class UnresolvedSymbolError(RuntimeError):
    """Compiled code calls functions that nobody provides."""


def resolve(names: Iterable[str], cache: DiskCache) -> dict[str, int]:
    """Return the addresses of external functions.

    Parameters
    ----------
    names : iterable of str
        ``dgemm_`` and all other names of BLAS and LAPACK with Fortran's underscore;
        ``scipy_special_jv_dd``, see `special_function`; ``numpy_sort_int8_stable``, see
        `lamina.runtime.numpy_sorting`; ``random_normal`` and others of NumPy's random C functions;
        names of CPython's C-API; conversions of half; names of libm, libc and the compiler's
        runtime.
        Integers of BLAS and LAPACK are of 32 bits; complex results come by value.
    cache : DiskCache
        Where objects of the runtime lie.

    Raises
    ------
    UnresolvedSymbolError
        Some name is found nowhere; the message lists them all.
    """
    found = {name: _address(name, cache) for name in names}
    missing = sorted(name for name, address in found.items() if not address)
    if missing:
        raise UnresolvedSymbolError(f"compiled code needs {', '.join(missing)}, found nowhere")
    return found


def _address(name: str, cache: DiskCache) -> int:
    if name in half.NAMES:
        # Also where libgcc has them: its older versions take a half in an integer register.
        return link_once(compile_ir(half.IR, cache), {})[name]
    if name in bit_generators.NAMES:
        return link_once(compile_ir(bit_generators.ir(), cache), bit_generators.functions())[name]
    if name.startswith(bit_generators.PREFIX):
        return bit_generators.numpy_function(name)
    if name.startswith(("Py", "_Py")):
        return c_function(name) if hasattr(ctypes.pythonapi, name) else 0
    if name.startswith(PREFIXES):
        return sorting_function(name)
    if name.startswith(_SPECIAL):
        return special_function(*name.removeprefix(_SPECIAL).rsplit("_", 1))
    if name.endswith("_") and (address := _fortran(name[:-1])):
        return address
    for library in _libraries():
        if hasattr(library, name):
            return ctypes.cast(library[name], ctypes.c_void_p).value or 0
    return 0


@cache
def _libraries() -> list[ctypes.CDLL]:
    """The process, which has libc and where CPython is linked to it libm; then others by name."""
    names = (None, "libm.so.6", "libgcc_s.so.1")
    libraries = []
    for name in names if sys.platform == "linux" else names[:1]:
        try:
            libraries.append(ctypes.CDLL(name))
        except OSError:
            continue
    return libraries


def _fortran(name: str) -> int:
    for module in ("cython_blas", "cython_lapack"):
        capsule = _exports(module).get(name)
        if capsule is not None:
            return _pointer(name, capsule)
    return 0


def special_function(name: str, letters: str) -> int:
    """The address of a function of ``scipy.special.cython_special``.

    Parameters
    ----------
    name : str
        SciPy's. Where SciPy has overloads, they are called ``__pyx_fuse_0jv`` and so on, in an
        order that differs between functions; a capsule's name tells the C types.
    letters : str
        The types of the parameters: ``"dd"`` for two doubles. The result is a double too, and the
        last parameter, which Cython adds, an int that is ignored.

    Raises
    ------
    UnresolvedSymbolError
        This SciPy has no function of that name and those types.
    """
    exports = importlib.import_module("scipy.special.cython_special").__pyx_capi__
    wanted = f"double ({', '.join('double' for _ in letters)}, int __pyx_skip_dispatch)".encode()
    for key in (name, *(f"__pyx_fuse_{i}{name}" for i in range(4))):
        if key in exports and _signature(exports[key]) == wanted:
            return _pointer(name, exports[key])
    import scipy

    raise UnresolvedSymbolError(
        f"scipy.special.cython_special of SciPy {scipy.__version__} has no function {name} of "
        f"{len(letters)} doubles: another version of SciPy may have it"
    )


def _signature(capsule: object) -> bytes:
    get_name = ctypes.PYFUNCTYPE(ctypes.c_char_p, ctypes.py_object)
    return get_name(("PyCapsule_GetName", ctypes.pythonapi))(capsule) or b""


def _pointer(name: str, capsule: object) -> int:
    signature = _signature(capsule)
    if b"int64" in signature or b"long" in signature:
        raise UnresolvedSymbolError(f"this SciPy's {name} takes integers of 64 bits")
    get = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    return get(("PyCapsule_GetPointer", ctypes.pythonapi))(capsule, signature)


@cache
def _exports(module: str) -> dict[str, object]:
    """The C functions of scipy.linalg.`module`, whose package takes 0.2 s to import.

    The extension is loaded from its file and not left in sys.modules: a later import through the
    package gives the same module object and binds it in the package as usual.
    """
    name = f"scipy.linalg.{module}"
    if name in sys.modules or "scipy.linalg" in sys.modules:
        return importlib.import_module(name).__pyx_capi__
    loaded = _load(name, module)
    sys.modules.pop(name, None)
    return (loaded or importlib.import_module(name)).__pyx_capi__


def _load(name: str, module: str) -> ModuleType | None:
    scipy = importlib.util.find_spec("scipy")
    for folder in (scipy and scipy.submodule_search_locations) or ():
        for suffix in EXTENSION_SUFFIXES:
            path = Path(folder, "linalg", f"{module}{suffix}")
            if path.is_file():
                loader = ExtensionFileLoader(name, str(path))
                spec = ModuleSpec(name, loader, origin=str(path))
                loaded = loader.create_module(spec)
                loader.exec_module(loaded)
                return loaded
    return None
