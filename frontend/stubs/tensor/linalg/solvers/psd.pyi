# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    CholeskySolve, cho_solve,
)

__all__ = [
    "CholeskySolve", "cho_solve",
]
