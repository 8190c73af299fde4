# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    BlockDiagonal,
)
from lamina.ir.ops.matrix_products import (
    block_diag,
)

__all__ = [
    "BlockDiagonal", "block_diag",
]
