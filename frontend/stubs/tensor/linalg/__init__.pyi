# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.lapack import (
    LinearAlgebra,
)
from lamina.ir.ops.linear_algebra import (
    BlockDiagonal, Cholesky, CholeskySolve, Det, Eig, Eigh, Eigvalsh, Expm, KroneckerProduct,
    LUFactor, LUFactorTridiagonal, Lstsq, MatrixInverse, MatrixPinv, QR, QZ, SLogDet, SVD, Schur,
    Solve, SolveBase, SolveDiscreteARE, SolveLUFactorTridiagonal, SolveSylvester, SolveTriangular,
    TensorInv, cho_solve, cholesky, det, eig, eigh, eigvalsh, expm, inv, lstsq, lu, lu_factor,
    lu_solve, matrix_inverse, ordqz, pinv, pivot_to_permutation, qr, qz, schur, slogdet, solve,
    solve_continuous_lyapunov, solve_discrete_are, solve_discrete_lyapunov, solve_sylvester,
    solve_triangular, svd, tensorinv, tensorsolve, trace, tridiagonal_lu_factor,
    tridiagonal_lu_solve,
)
from lamina.ir.ops.lu import (
    SwapRows,
)
from lamina.ir.ops.matrix_products import (
    block_diag, kron, matrix_dot, matrix_power,
)
from lamina.ir.ops.norm import (
    norm,
)

__all__ = [
    "BlockDiagonal", "Cholesky", "CholeskySolve", "Det", "Eig", "Eigh", "Eigvalsh", "Expm",
    "KroneckerProduct", "LUFactor", "LUFactorTridiagonal", "LinearAlgebra", "Lstsq",
    "MatrixInverse", "MatrixPinv", "QR", "QZ", "SLogDet", "SVD", "Schur", "Solve", "SolveBase",
    "SolveDiscreteARE", "SolveLUFactorTridiagonal", "SolveSylvester", "SolveTriangular", "SwapRows",
    "TensorInv", "block_diag", "cho_solve", "cholesky", "det", "eig", "eigh", "eigvalsh", "expm",
    "inv", "kron", "lstsq", "lu", "lu_factor", "lu_solve", "matrix_dot", "matrix_inverse",
    "matrix_power", "norm", "ordqz", "pinv", "pivot_to_permutation", "qr", "qz", "schur", "slogdet",
    "solve", "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov",
    "solve_sylvester", "solve_triangular", "svd", "tensorinv", "tensorsolve", "trace",
    "tridiagonal_lu_factor", "tridiagonal_lu_solve",
]
