"""Compiled functions as files: a header, parts of bytes, and a checksum of both.

    16 bytes  "lamina function\\n"
    u32       version of what follows and of how its machine code is called
    u64       length of the header
    header    JSON; "parts" lists the names and lengths of the parts
    parts
    32 bytes  SHA-256 of all before

Integers are little-endian. Nothing in it is a pickle; but its machine code runs when it is called.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

VERSION = 1

_MAGIC = b"lamina function\n"
_HEAD = struct.Struct("<IQ")
_DIGEST = hashlib.sha256().digest_size


class FunctionFileError(ValueError):
    """A file is no saved function, is damaged, or is for another version or machine."""


class FunctionFile(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    header : dict
        Of what JSON has.
    parts : dict of str to bytes
    """

    header: dict[str, Any]
    parts: dict[str, bytes]


def write(
    path: str | os.PathLike[str], header: Mapping[str, Any], parts: Mapping[str, bytes]
) -> None:
    """Write a file, whole or not at all: what `path` named before stays if it fails."""
    sizes = [[name, len(part)] for name, part in parts.items()]
    text = json.dumps({**header, "parts": sizes}).encode()
    content = b"".join([_MAGIC, _HEAD.pack(VERSION, len(text)), text, *parts.values()])
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(content + hashlib.sha256(content).digest())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def read(path: str | os.PathLike[str]) -> FunctionFile:
    """Read a file.

    Raises
    ------
    FunctionFileError
        It is none that `write` has written, has been changed since, or is of another version.
    OSError
        It cannot be read.
    """
    content = Path(path).read_bytes()
    start = len(_MAGIC) + _HEAD.size
    if len(content) < start or not content.startswith(_MAGIC):
        raise FunctionFileError(f"{path} is no saved function")
    version, length = _HEAD.unpack_from(content, len(_MAGIC))
    if version != VERSION:
        raise FunctionFileError(
            f"{path} is a saved function of version {version}, and this Lamina reads version "
            f"{VERSION}: save it again"
        )
    body = content[:-_DIGEST]
    if hashlib.sha256(body).digest() != content[-_DIGEST:]:
        raise FunctionFileError(f"{path} is damaged: its checksum does not agree")
    header = json.loads(body[start : start + length])
    parts, place = {}, start + length
    for name, size in header.pop("parts"):
        parts[name] = body[place : place + size]
        place += size
    return FunctionFile(header, parts)
