# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    Expm, KroneckerProduct, expm,
)
from lamina.ir.ops.matrix_products import (
    kron, matrix_dot, matrix_power,
)

__all__ = [
    "Expm", "KroneckerProduct", "expm", "kron", "matrix_dot", "matrix_power",
]
