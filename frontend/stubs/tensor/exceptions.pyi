# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.known_scalar import (
    NotScalarConstantError,
)

__all__ = [
    "NotScalarConstantError",
]
