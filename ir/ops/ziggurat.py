"""The tables of NumPy's ziggurats for normal and exponential draws, asked from its C functions.

A draw takes 64 random bits: some choose a layer, the others are a magnitude m. If m is below a
limit of the layer, the draw is m times its width; else the function goes on, with more random bits
(G. Marsaglia, W. W. Tsang, The Ziggurat Method for Generating Random Variables, 2000). So a
function that is given chosen bits tells its tables.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np


class Ziggurat(NamedTuple):
    """How a C function reads 64 bits.

    Attributes
    ----------
    function : str
    layer, sign, magnitude : int
        The first bit of each; the layer has 8. -1: there is no sign.
    bits : int
        Of the magnitude.
    """

    function: str
    layer: int
    sign: int
    magnitude: int
    bits: int


NORMAL = Ziggurat("random_standard_normal", 0, 8, 9, 52)
EXPONENTIAL = Ziggurat("random_standard_exponential", 3, -1, 11, 53)


class _BitGenerator(ctypes.Structure):
    """NumPy's bitgen_t."""

    _fields_ = (
        ("state", ctypes.c_void_p),
        ("next_uint64", ctypes.c_void_p),
        ("next_uint32", ctypes.c_void_p),
        ("next_double", ctypes.c_void_p),
        ("next_raw", ctypes.c_void_p),
    )


_NEXT_64 = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)
_NEXT_DOUBLE = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)


@cache
def tables(ziggurat: Ziggurat) -> tuple[np.ndarray, np.ndarray]:
    """The width of each layer, a float64, and the limit of its magnitudes, an int64."""
    draw = _prober(ziggurat)
    widths, limits = np.zeros(256), np.zeros(256, np.int64)
    for layer in range(256):
        low, high = 0, 1 << ziggurat.bits
        while low < high:
            middle = (low + high) // 2
            if draw(layer, middle)[1]:
                low = middle + 1
            else:
                high = middle
        limits[layer] = low
        widths[layer] = draw(layer, 1)[0] if low > 1 else 0.0
    return widths, limits


def _prober(ziggurat: Ziggurat) -> Callable[[int, int], tuple[float, bool]]:
    """From a layer and a magnitude, the draw, and whether it took no other bits."""
    import numpy.random._generator as generator

    function: Any = ctypes.CDLL(generator.__file__)[ziggurat.function]
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_void_p]

    def word(layer: int, magnitude: int) -> int:
        return magnitude << ziggurat.magnitude | layer << ziggurat.layer

    first: list[int] = []
    asked = [0]
    plain = word(2, 1)  # ends a draw that has begun anew

    def next_64(state: Any) -> int:
        asked[0] += 1
        return first.pop() if first else plain

    def next_double(state: Any) -> float:
        asked[0] += 1
        return 0.5

    kept = _NEXT_64(next_64), _NEXT_DOUBLE(next_double)
    bits, double = (ctypes.cast(f, ctypes.c_void_p) for f in kept)
    source = _BitGenerator(None, bits, None, double, bits)

    def draw(layer: int, magnitude: int) -> tuple[float, bool]:
        first[:] = [word(layer, magnitude)]
        asked[0] = 0
        x = function(ctypes.addressof(source))
        return x, asked[0] == len(kept) - 1

    return draw
