# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    BlockDiagonal, Cholesky, CholeskySolve, Eigvalsh, Expm, LUFactor, QZ, Schur, Solve, SolveBase,
    SolveTriangular, cho_solve, cholesky, eigvalsh, expm, lu, lu_factor, lu_solve, ordqz,
    pivot_to_permutation, qr, qz, schur, solve, solve_continuous_lyapunov, solve_discrete_are,
    solve_discrete_lyapunov, solve_sylvester, solve_triangular,
)
from lamina.ir.ops.matrix_products import (
    block_diag, kron,
)

__all__ = [
    "BlockDiagonal", "Cholesky", "CholeskySolve", "Eigvalsh", "Expm", "LUFactor", "QZ", "Schur",
    "Solve", "SolveBase", "SolveTriangular", "block_diag", "cho_solve", "cholesky", "eigvalsh",
    "expm", "kron", "lu", "lu_factor", "lu_solve", "ordqz", "pivot_to_permutation", "qr", "qz",
    "schur", "solve", "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov",
    "solve_sylvester", "solve_triangular",
]
