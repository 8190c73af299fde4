# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    LUFactorTridiagonal, SolveLUFactorTridiagonal, tridiagonal_lu_factor, tridiagonal_lu_solve,
)

__all__ = [
    "LUFactorTridiagonal", "SolveLUFactorTridiagonal", "tridiagonal_lu_factor",
    "tridiagonal_lu_solve",
]
