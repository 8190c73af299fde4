"""Linear algebra: all that `lamina.tensor.linalg` offers, and the ops that it is made of."""

# ruff: noqa: F401  a namespace

from __future__ import annotations

from lamina.ir.ops.cholesky import Cholesky, cholesky
from lamina.ir.ops.cholesky_solve import CholeskySolve, cho_solve
from lamina.ir.ops.determinant import Det, SLogDet, det, slogdet
from lamina.ir.ops.diagonal import trace
from lamina.ir.ops.eigen import Eig, eig
from lamina.ir.ops.expm import Expm, expm
from lamina.ir.ops.hermitian_eigen import Eigh, Eigvalsh, eigh, eigvalsh
from lamina.ir.ops.lstsq import Lstsq, lstsq
from lamina.ir.ops.lu import LUFactor, SwapRows, lu, lu_factor, lu_solve, pivot_to_permutation
from lamina.ir.ops.matrix_callables import BlockDiagonal, KroneckerProduct
from lamina.ir.ops.matrix_inverse import MatrixInverse, inv, matrix_inverse
from lamina.ir.ops.pseudo_inverse import MatrixPinv, pinv
from lamina.ir.ops.qr import QR, qr
from lamina.ir.ops.qz import QZ, ordqz, qz
from lamina.ir.ops.riccati import SolveDiscreteARE, solve_discrete_are
from lamina.ir.ops.schur import Schur, schur
from lamina.ir.ops.solve import Solve, solve
from lamina.ir.ops.solve_triangular import SolveBase, SolveTriangular, solve_triangular
from lamina.ir.ops.svd import SVD, svd
from lamina.ir.ops.sylvester import (
    SolveSylvester,
    solve_continuous_lyapunov,
    solve_discrete_lyapunov,
    solve_sylvester,
)
from lamina.ir.ops.tensor_equations import TensorInv, tensorinv, tensorsolve
from lamina.ir.ops.tridiagonal_lu import (
    LUFactorTridiagonal,
    SolveLUFactorTridiagonal,
    tridiagonal_lu_factor,
    tridiagonal_lu_solve,
)

OPS = (
    Cholesky, CholeskySolve, Det, Eig, Eigh, Eigvalsh, Expm, LUFactor, LUFactorTridiagonal, Lstsq,
    MatrixInverse, MatrixPinv, QR, QZ, SLogDet, SVD, Schur, Solve, SolveDiscreteARE,
    SolveLUFactorTridiagonal, SolveSylvester, SolveTriangular, SwapRows,
)  # fmt: skip
"""What the dialect has an operation for."""
