"""Reads from an object file which symbols it needs."""

from __future__ import annotations

import struct

_SYMBOL_TABLE = 2
_UNDEFINED = 0


def undefined_symbols(data: bytes) -> tuple[str, ...] | None:
    """The symbols that the ELF object `data` uses but does not define, sorted.

    Unlike the declarations of the LLVM module they hold what instruction selection has added
    (`memcpy`, `fmod`) and nothing that went unused. The result is None for other formats than
    64-bit little-endian ELF.
    """
    if data[:6] != b"\x7fELF\x02\x01":
        return None
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + size * i) for i in range(count)]
    names: set[str] = set()
    for _, kind, _, _, offset, length, link, _, _, _ in sections:
        if kind != _SYMBOL_TABLE:
            continue
        strings = sections[link][4]
        for name, _, _, section, _, _ in struct.iter_unpack(
            "<IBBHQQ", data[offset : offset + length]
        ):
            if section == _UNDEFINED and name:
                start = strings + name
                names.add(data[start : data.index(0, start)].decode())
    return tuple(sorted(names))
