# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.fourier import (
    fft, ifft,
)
from lamina.ir.ops.real_fourier import (
    irfft, rfft,
)

__all__ = [
    "fft", "ifft", "irfft", "rfft",
]
