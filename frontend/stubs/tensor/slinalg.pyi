# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.matrix_products import (
    block_diag, kron,
)

__all__ = [
    "block_diag", "kron",
]
