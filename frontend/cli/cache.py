"""``lamina cache``: the compiled functions on disk."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any) -> None:
    """Add ``cache``."""
    parser = commands.add_parser("cache", help="show or clear the compiled functions on disk")
    parser.add_argument("--clear", action="store_true", help="remove them all")
    parser.set_defaults(action=_cache)


def _cache(arguments: argparse.Namespace) -> None:
    from lamina.ir.configuration import config
    from lamina.runtime.disk_cache import open_cache

    cache = open_cache(config.cache_dir or None)
    if arguments.clear:
        cache.clear()
    usage = cache.info()
    print(f"folder:    {usage.directory}")
    print(f"functions: {usage.entries}")
    print(f"size:      {usage.bytes / 1e6:.1f} MB of at most {usage.limit / 1e6:.0f} MB")
    if usage.problem:
        print(f"not used:  {usage.problem}")
