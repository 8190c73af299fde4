"""Cholesky's decomposition A = L L^H of positive definite matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square
from lamina.ir.ops.matrix_parts import adjoint, diagonal_matrix, main_diagonal, on_triangle
from lamina.ir.ops.solve_triangular import solve_triangular
from lamina.ir.ops.triangle import tril


class Cholesky(LinearAlgebra):
    """The triangular factor of positive definite matrices.

    Parameters
    ----------
    lower : bool
        L with A = L L^H, from the lower triangle of A; else U with A = U^H U, from the upper one.
    on_error : "raise" or "nan"
        What becomes of a matrix that is not positive definite.
    """

    __props__ = ("lower", "on_error")
    nd_name = "cholesky"
    gufunc_signature = "(m,m)->(m,m)"
    overwrites = 0
    faults = ("Matrix is not positive definite",)

    def __init__(self, lower: bool = True, on_error: str = "raise"):
        if on_error not in ("raise", "nan"):
            raise ValueError(f"on_error must be 'raise' or 'nan', got {on_error!r}")
        self.lower, self.on_error = lower, on_error

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (a,) = arrays
        try:
            # NumPy reads the lower triangle
            factor = np.linalg.cholesky(a if self.lower else a.conj().T)
        except np.linalg.LinAlgError:
            if self.on_error == "raise":
                raise
            return np.full_like(a, np.nan)
        return factor if self.lower else factor.conj().T

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        n = results[0].lengths[-1]
        with lapack.batch() as (_, y):
            # By columns this is A^T = conj(A), and the other triangle of it the transposed factor.
            info = lapack("potrf", "U" if self.lower else "L", n, y, lapack.leading(n))
            with b.loop(n) as i:
                with b.loop(*((i + 1, n) if self.lower else (0, i))) as j:
                    y[i, j] = 0
            if self.on_error == "raise":
                lapack.fail_if(info > 0)
            else:
                with b.when(info > 0), b.loop(n) as i, b.loop(n) as j:
                    y[i, j] = float("nan")

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Murray (2016), arXiv:1602.07527, equation 9: L^-H P L^-1, where P is the lower triangle
        of L^H g, its diagonal halved.
        """
        (factor,), (g,) = outputs, cotangents
        if not self.lower:
            factor, g = adjoint(factor), adjoint(g)
        p = tril(matmul(adjoint(factor), tril(g)))
        p = p - diagonal_matrix(main_diagonal(p)) / 2
        inner = solve_triangular(factor, p, trans=2, lower=True)
        outer = solve_triangular(factor, adjoint(inner), trans=2, lower=True)
        return [on_triangle(outer, self.lower)]


def cholesky(
    x: Any,
    lower: bool = True,
    *,
    check_finite: bool = False,
    overwrite_a: bool = False,
    on_error: str = "raise",
) -> Any:
    """Cholesky's decomposition of Hermitian positive definite matrices.

    Parameters
    ----------
    x : tensor-like, shape (..., m, m)
        Only one triangle is read, the lower one if `lower`.
    lower : bool
        Return L with ``x = L @ L^H``, else U with ``x = U^H @ U``.
    check_finite, overwrite_a : bool
        Accepted for compatibility: NaN passes through, and memory is reused where it can be.
    on_error : {"raise", "nan"}
        What to do where a matrix is not positive definite.

    Returns
    -------
    TensorVariable, shape (..., m, m)
        Zero in the other triangle.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix is not positive definite, and `on_error` is "raise".
    """
    return Cholesky(lower, on_error)(as_square(x, "cholesky"))
