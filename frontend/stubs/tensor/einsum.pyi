# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.einsum import (
    einsum,
)

__all__ = [
    "einsum",
]
