# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.diagonal import (
    trace,
)
from lamina.ir.ops.matrix_products import (
    kron, matrix_dot, matrix_power,
)
from lamina.ir.ops.norm import (
    norm,
)

__all__ = [
    "kron", "matrix_dot", "matrix_power", "norm", "trace",
]
