# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.contraction import (
    Blockwise,
)

__all__ = [
    "Blockwise",
]
