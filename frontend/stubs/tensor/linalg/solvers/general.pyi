# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    Solve, lu_solve, solve,
)

__all__ = [
    "Solve", "lu_solve", "solve",
]
