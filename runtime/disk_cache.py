"""Objects on disk, for other processes: a folder of files named by the hash of their cause.

A file holds a header, the SHA-256 of the rest, and the rest. It is written under another name and
moved to its own, so that a reader sees it whole or not at all, however many processes write. What
does not agree with its checksum is a miss and is removed. Reading sets a file's time; if the
folder grows beyond its limit, the files not read for longest go. Trouble with the file system is
never an error: a function is then compiled anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import stat
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

_HEADER = b"lamina object 1\n"
_DIGEST = hashlib.sha256().digest_size
_KEY = re.compile("[0-9a-f]{16,128}")
_LIMIT = 1 << 30

# An eviction goes below the limit by this part, so that the next put does not evict again.
_KEPT = 0.8
# Temporary files of this age, in seconds, belong to processes that ended while they wrote.
_ABANDONED = 3600.0


class Usage(NamedTuple):
    """What a cache holds; `problem` says why it is not used, empty if it is."""

    directory: Path | None
    entries: int
    bytes: int
    limit: int
    problem: str


class _Entry(NamedTuple):
    used: float
    size: int
    path: Path


class DiskCache:
    """A store of bytes by key that several processes share.

    Parameters
    ----------
    directory : path or None
        Made when something is first put; None keeps nothing.
    limit : int
        Bytes beyond which entries are removed.

    Examples
    --------
    >>> cache = DiskCache(None)
    >>> cache.put("0123456789abcdef", b"code")
    >>> cache.get("0123456789abcdef") is None
    True
    """

    def __init__(self, directory: str | os.PathLike[str] | None, limit: int = _LIMIT) -> None:
        self.directory = None if directory is None else Path(directory)
        self.limit = limit
        self._lock = threading.Lock()
        self._size: int | None = None  # an estimate: other processes write as well

    def get(self, key: str) -> bytes | None:
        """Return what was put under `key`, or None."""
        path = self._path(key)
        if path is None or self._problem():
            return None
        try:
            with path.open("rb") as file:
                content = file.read()
        except OSError:
            return None
        start = len(_HEADER) + _DIGEST
        value = content[start:]
        if content[:start] != _HEADER + hashlib.sha256(value).digest():
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keep `value` under `key`, if the file system lets us."""
        path = self._path(key)
        if path is None or self.directory is None:
            return
        content = b"".join((_HEADER, hashlib.sha256(value).digest(), value))
        if len(content) > self.limit:
            return
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._problem():
                return
            path.parent.mkdir(mode=0o700, exist_ok=True)
            temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            try:
                temporary.write_bytes(content)
                temporary.replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
        except OSError:
            return
        self._limit_size(len(content))

    def info(self) -> Usage:
        """Return what the cache holds."""
        entries = list(self._entries())
        size = sum(entry.size for entry in entries)
        return Usage(self.directory, len(entries), size, self.limit, self._problem())

    def clear(self) -> None:
        """Remove all entries."""
        for entry in self._entries(abandoned=0.0):
            with contextlib.suppress(OSError):
                entry.path.unlink()
        self._size = None

    def _path(self, key: str) -> Path | None:
        if not _KEY.fullmatch(key):
            raise ValueError(f"a key is 16 to 128 hexadecimal digits, not {key!r}")
        return None if self.directory is None else self.directory / key[:2] / key[2:]

    def _problem(self) -> str:
        """Why entries of the folder are not to be run as code."""
        if self.directory is None:
            return "no cache is wanted"
        if sys.platform == "win32":
            return ""
        try:
            status = self.directory.stat()
        except FileNotFoundError:
            return ""
        except OSError as error:
            return str(error)
        if status.st_mode & stat.S_IWOTH:
            return f"everybody may write to {self.directory}"
        if status.st_uid not in (os.getuid(), 0) and os.getuid() != 0:
            return f"{self.directory} belongs to another user"
        return ""

    def _limit_size(self, added: int) -> None:
        with self._lock:
            if self._size is None:
                self._size = sum(entry.size for entry in self._entries())
            else:
                self._size += added
            if self._size <= self.limit:
                return
            entries = sorted(self._entries())
            self._size = sum(entry.size for entry in entries)
            for entry in entries:
                if self._size <= _KEPT * self.limit:
                    break
                with contextlib.suppress(OSError):
                    entry.path.unlink()
                self._size -= entry.size

    def _entries(self, abandoned: float = _ABANDONED) -> Iterator[_Entry]:
        """All entries; temporary files older than `abandoned` seconds are removed on the way."""
        if self.directory is None:
            return
        now = time.time()
        for path in self.directory.glob("[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                if not path.name.startswith("."):
                    yield _Entry(status.st_mtime, status.st_size, path)
                elif now - status.st_mtime >= abandoned:
                    path.unlink()


def default_directory() -> Path | None:
    """Return LAMINA_CACHE_DIR, else lamina in XDG_CACHE_HOME, else ~/.cache/lamina.

    None is for a user without a home.
    """
    if chosen := os.environ.get("LAMINA_CACHE_DIR"):
        return Path(chosen)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "lamina"
    try:
        return Path.home() / ".cache" / "lamina"
    except RuntimeError:
        return None


@cache
def _opened(directory: Path | None) -> DiskCache:
    return DiskCache(directory)


def open_cache(
    directory: str | os.PathLike[str] | None = None, *, wanted: bool = True
) -> DiskCache:
    """Return this process's cache in `directory`, which is the default one if it is empty.

    One that is not wanted keeps nothing.
    """
    if not wanted:
        return _opened(None)
    return _opened(Path(directory) if directory else default_directory())
