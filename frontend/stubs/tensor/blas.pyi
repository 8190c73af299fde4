# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.blas import (
    Gemm, Gemv,
)

__all__ = [
    "Gemm", "Gemv",
]
