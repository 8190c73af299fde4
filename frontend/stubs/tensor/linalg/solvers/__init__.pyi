# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    cho_solve, lstsq, lu_solve, solve, solve_continuous_lyapunov, solve_discrete_are,
    solve_discrete_lyapunov, solve_sylvester, solve_triangular, tensorsolve, tridiagonal_lu_factor,
    tridiagonal_lu_solve,
)

__all__ = [
    "cho_solve", "lstsq", "lu_solve", "solve", "solve_continuous_lyapunov", "solve_discrete_are",
    "solve_discrete_lyapunov", "solve_sylvester", "solve_triangular", "tensorsolve",
    "tridiagonal_lu_factor", "tridiagonal_lu_solve",
]
