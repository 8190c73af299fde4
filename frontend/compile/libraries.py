"""Libraries that compiled functions call, compiled once for a machine."""

from __future__ import annotations


def libraries_for(image: bytes) -> list[bytes]:
    """The object of the vector math functions, if an object file calls any."""
    if b"lm_" not in image:
        return []
    from lamina.codegen import vector_math
    from lamina.codegen.target import host
    from lamina.runtime.disk_cache import open_cache

    cache, key = open_cache(), vector_math.library_key(host())
    stored = cache.get(key)
    if stored is None:
        stored = vector_math.library_object(host())
        cache.put(key, stored)
    return [stored]
