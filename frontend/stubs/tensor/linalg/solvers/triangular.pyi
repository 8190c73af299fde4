# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    SolveTriangular, solve_triangular,
)

__all__ = [
    "SolveTriangular", "solve_triangular",
]
