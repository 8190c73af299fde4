"""Linking of objects in memory, by LLVM's LLJIT: 0.2 ms for a small one."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from functools import cache

import llvmlite.binding as llvm

from lamina.runtime import object_file
from lamina.runtime.machine_code import machine

_numbers = itertools.count()
_lock = threading.RLock()
_linked: dict[bytes, dict[str, int]] = {}
_trackers: list[llvm.ResourceTracker] = []


@cache
def _jit() -> llvm.LLJIT:
    # JITLink gives an object's sections one piece of memory; RuntimeDyld one each, which may be too
    # far apart for code that reaches constants by 32 bits, and then ends the process.
    return llvm.create_lljit_compiler(machine(), use_jit_link=True, suppress_errors=True)


def undefined(images: Sequence[bytes]) -> list[str]:
    """Return the names that objects lack together; none if their format is not ELF."""
    tables = [table for image in images if (table := object_file.symbols(image))]
    defined = {name for table in tables for name in table.defined}
    lacking = dict.fromkeys(name for table in tables for name in table.undefined)
    return [name for name in lacking if name not in defined and name != "_GLOBAL_OFFSET_TABLE_"]


def link(
    images: Sequence[bytes], known: Mapping[str, int], exports: Sequence[str]
) -> llvm.ResourceTracker:
    """Link objects to each other and to addresses.

    Parameters
    ----------
    images : sequence of bytes
        Objects.
    known : mapping from str to int
        Addresses of what they refer to; more names than that are allowed.
    exports : sequence of str
        What they define and is asked for: ``link(...)["lamina_main"]`` is an address.

    Returns
    -------
    ResourceTracker
        Its end unloads the code.

    Raises
    ------
    RuntimeError
        An object is malformed, or a name is neither defined nor known.
    """
    lacking = undefined(images)
    missing = [name for name in lacking if not known.get(name)]
    if missing:
        # LLVM would write to standard error and, for an address of 0, abort the process.
        raise RuntimeError(f"nothing defines {', '.join(missing)}")
    library = llvm.JITLibraryBuilder()
    for image in images:
        library.add_object_img(image)
    elf = all(image.startswith(b"\x7fELF") for image in images)
    for name in lacking if elf else known:
        library.import_symbol(name, known[name])
    if not elf:
        library.add_current_process()
    for name in exports:
        library.export_symbol(name)
    return library.link(_jit(), f"lamina.{next(_numbers)}")


def link_once(image: bytes, known: Mapping[str, int]) -> Mapping[str, int]:
    """Return the addresses of all that a library's object defines.

    The library is linked when it is first asked for, and stays until the process ends.
    """
    with _lock:
        addresses = _linked.get(image)
        if addresses is None:
            table = object_file.symbols(image)
            if table is None:
                raise RuntimeError("a library has to be an ELF object of 64 bits")
            names = table.defined
            tracker = link([image], known, names)
            _trackers.append(tracker)
            addresses = _linked[image] = {name: tracker[name] for name in names}
        return addresses
