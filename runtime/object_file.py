"""Which symbols an object file defines and which it lacks."""

from __future__ import annotations

import struct
from typing import NamedTuple


class Symbols(NamedTuple):
    """Global names of an object file."""

    defined: tuple[str, ...]
    undefined: tuple[str, ...]


def symbols(image: bytes) -> Symbols | None:
    """Return the global symbols of an ELF object of 64 bits; None for any other format.

    Only the object itself knows all that it lacks: besides what the IR declares, instruction
    selection adds calls of memset, fmod or __truncdfhf2.

    Raises
    ------
    RuntimeError
        The object is not whole.
    """
    if image[:5] != b"\x7fELF\x02":
        return None
    try:
        return _read(image)
    except (struct.error, ValueError, IndexError) as error:
        raise RuntimeError(f"this is not a whole object file: {error}") from None


def _read(image: bytes) -> Symbols:
    order = "<" if image[5] == 1 else ">"
    # Elf64_Ehdr: e_shoff at 40; e_shentsize, e_shnum at 58.
    (table,) = struct.unpack_from(f"{order}Q", image, 40)
    size, count = struct.unpack_from(f"{order}HH", image, 58)
    # Elf64_Shdr: sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, ...
    sections = [
        struct.unpack_from(f"{order}IIQQQQI", image, table + number * size)
        for number in range(count)
    ]
    defined: list[str] = []
    undefined: list[str] = []
    for _, kind, _, _, start, length, link in sections:
        if kind != 2:  # SHT_SYMTAB
            continue
        strings = sections[link][4]
        # Elf64_Sym: st_name, st_info, st_other, st_shndx, st_value, st_size
        entries = struct.iter_unpack(f"{order}IBBHQQ", image[start : start + length])
        for name, binding, _, section, _, _ in entries:
            if binding >> 4 == 0 or name == 0:  # STB_LOCAL
                continue
            begin = strings + name
            text = image[begin : image.index(b"\0", begin)].decode()
            (defined if section else undefined).append(text)
    return Symbols(tuple(defined), tuple(undefined))
