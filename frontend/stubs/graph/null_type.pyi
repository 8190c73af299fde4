# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.gradient_types import (
    NullType, null_type,
)

__all__ = [
    "NullType", "null_type",
]
