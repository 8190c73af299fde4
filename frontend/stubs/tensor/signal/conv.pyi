# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.convolution import (
    Convolve, convolve1d, convolve2d,
)

__all__ = [
    "Convolve", "convolve1d", "convolve2d",
]
