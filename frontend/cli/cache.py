"""``lamina cache``: the compiled functions on disk."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any) -> None:
    """Add ``cache``."""
    parser = commands.add_parser("cache", help="show or clear the compiled functions on disk")
    parser.add_argument(
        "what",
        nargs="?",
        choices=("list", "clear", "purge", "basecompiledir"),
        default="list",
        help="list: show how many there are (default); clear, purge: remove them all; "
        "basecompiledir: print the folder alone",
    )
    parser.add_argument("--clear", action="store_true", help="the same as clear")
    parser.set_defaults(action=_cache)


def _cache(arguments: argparse.Namespace) -> None:
    from lamina.ir.configuration import config
    from lamina.runtime.disk_cache import open_cache

    cache = open_cache(config.cache_dir or None)
    if arguments.clear or arguments.what in ("clear", "purge"):
        cache.clear()
    usage = cache.info()
    if arguments.what == "basecompiledir":
        print(usage.directory)
        return
    print(f"folder:    {usage.directory}")
    print(f"functions: {usage.entries}")
    print(f"size:      {usage.bytes / 1e6:.1f} MB of at most {usage.limit / 1e6:.0f} MB")
    if usage.problem:
        print(f"not used:  {usage.problem}")
