# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.branches import (
    Branches,
)
from lamina.conditional import (
    IfElse, ifelse,
)

__all__ = [
    "Branches", "IfElse", "ifelse",
]
