# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.type import (
    Type,
)

__all__ = [
    "Type",
]
