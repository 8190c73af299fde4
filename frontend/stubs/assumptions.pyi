# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.assumption import (
    Assume, assume,
)

__all__ = [
    "Assume", "assume",
]
