# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    LUFactor, lu, lu_factor, pivot_to_permutation,
)

__all__ = [
    "LUFactor", "lu", "lu_factor", "pivot_to_permutation",
]
