# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.convolution import (
    convolve1d, convolve2d, correlate,
)

__all__ = [
    "convolve1d", "convolve2d", "correlate",
]
