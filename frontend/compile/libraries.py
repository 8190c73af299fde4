"""Libraries that compiled functions call, compiled once for a machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache


def libraries_for(image: bytes) -> list[bytes]:
    """The objects of the vector math functions and matrix products that an object file calls."""
    functions, products = b"lm_" in image, b"lamina_product_" in image
    if not functions and not products:
        return []
    from lamina.codegen.object_file import undefined_symbols

    needed = undefined_symbols(image)
    found = []
    if functions:
        from lamina.codegen import vector_math
        from lamina.codegen.target import host

        # not ELF: all of them
        symbols = vector_math.scalar_symbols(host()) if needed is None else needed
        found += [_functions(symbol) for symbol in vector_math.required(symbols)]
    if products:
        from lamina.codegen import matrix_products

        dtypes = ("f32", "f64") if needed is None else matrix_products.required(needed)
        found += [_products(dtype) for dtype in dtypes]
    return found


@cache
def _functions(symbol: str) -> bytes:
    from lamina.codegen import vector_math
    from lamina.codegen.target import host

    return stored(
        vector_math.library_key(host(), [symbol]),
        lambda: vector_math.library_object(host(), [symbol]),
    )


@cache
def _products(dtype: str) -> bytes:
    from lamina.codegen import matrix_products
    from lamina.codegen.target import host

    return stored(
        matrix_products.library_key(host(), dtype),
        lambda: matrix_products.library_object(host(), dtype),
    )


def stored(key: str, make: Callable[[], bytes]) -> bytes:
    """What `make` makes, from the disk cache if it has been made before."""
    from lamina.ir.configuration import config
    from lamina.runtime.disk_cache import open_cache

    cache = open_cache(config.cache_dir or None, wanted=config.cache)
    found = cache.get(key)
    if found is None:
        found = make()
        cache.put(key, found)
    return found
