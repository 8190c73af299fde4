"""Libraries that compiled functions call, compiled once for a machine."""

from __future__ import annotations

from functools import cache


def libraries_for(image: bytes) -> list[bytes]:
    """The objects of the vector math functions that an object file calls."""
    if b"lm_" not in image:
        return []
    from lamina.codegen import vector_math
    from lamina.codegen.object_file import undefined_symbols
    from lamina.codegen.target import host

    needed = undefined_symbols(image)
    if needed is None:  # not ELF: all of them
        needed = vector_math.scalar_symbols(host())
    return [_library(symbol) for symbol in vector_math.required(needed)]


@cache
def _library(symbol: str) -> bytes:
    from lamina.codegen import vector_math
    from lamina.codegen.target import host
    from lamina.ir.configuration import config
    from lamina.runtime.disk_cache import open_cache

    cache = open_cache(config.cache_dir or None, wanted=config.cache)
    key = vector_math.library_key(host(), [symbol])
    stored = cache.get(key)
    if stored is None:
        stored = vector_math.library_object(host(), [symbol])
        cache.put(key, stored)
    return stored
