# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.blas import (
    Gemm, Gemv,
)
from lamina.ir.ops.tensor_products import (
    batched_dot, batched_tensordot,
)

__all__ = [
    "Gemm", "Gemv", "batched_dot", "batched_tensordot",
]
