# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.fourier import (
    FFT, Fourier, fft, ifft, irfft, rfft,
)

__all__ = [
    "FFT", "Fourier", "fft", "ifft", "irfft", "rfft",
]
