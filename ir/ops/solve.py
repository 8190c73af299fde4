"""Linear systems with square matrices, of structures that LAPACK knows."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.ops.dimshuffle import matrix_transpose
from lamina.ir.ops.lapack import Lapack, as_square
from lamina.ir.ops.matrix_parts import adjoint, diagonal_matrix, main_diagonal, on_triangle
from lamina.ir.ops.solve_structured import (
    solve_banded,
    solve_diagonal,
    solve_symmetric,
    solve_tridiagonal,
)
from lamina.ir.ops.solve_triangular import (
    SolveBase,
    outer_product,
    right_side,
    solve_by_rows,
    solve_triangular,
)
from lamina.ir.ops.triangle import tril, triu

_NAMES = {
    "general": "gen", "symmetric": "sym", "hermitian": "her", "positive definite": "pos",
    "lower triangular": "lower", "upper triangular": "upper",
}  # fmt: skip
_READS_ONE_TRIANGLE = ("sym", "her", "pos")


class Solve(SolveBase):
    """Solves A X = B.

    Parameters
    ----------
    assume_a : "gen", "sym", "her", "pos", "diagonal", "tridiagonal" or "banded"
        The structure of A.
    lower : bool
        Which triangle is read of one that is symmetric, Hermitian or positive definite.
    b_ndim : 1 or 2
    """

    __module__ = "lamina.tensor.linalg"
    __props__ = ("assume_a", "lower", "b_ndim")
    nd_name = "solve"
    faults = ("Singular matrix", "Matrix is not positive definite")

    def __init__(self, assume_a: str = "gen", lower: bool = False, b_ndim: int = 2):
        if assume_a not in _SOLVERS:
            known = ", ".join([*_SOLVERS, *_NAMES])
            raise ValueError(f"{assume_a!r} is not a recognized structure; known are {known}")
        self.assume_a, self.lower, self.b_ndim = assume_a, lower, b_ndim

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        a, right = arrays
        a = self._whole(a)
        if self.assume_a == "pos":
            np.linalg.cholesky(a)
        if self.b_ndim == 1:
            return np.linalg.solve(a, right[:, None])[:, 0]
        return np.linalg.solve(a, right)

    def _whole(self, a: np.ndarray) -> np.ndarray:
        """The matrix of which parts are read."""
        match self.assume_a:
            case "diagonal":
                return np.diag(np.diag(a))
            case "tridiagonal":
                return np.triu(np.tril(a, 1), -1)
            case "gen" | "banded":
                return a
        part = np.tril(a, -1) if self.lower else np.triu(a, 1)
        if self.assume_a == "sym":
            return part + part.T + np.diag(np.diag(a))
        return part + part.conj().T + np.diag(np.real(np.diag(a)))

    def native(self, b: Any, operands: Any, results: Any) -> None:
        _SOLVERS[self.assume_a](Lapack(b, results[0].dtype), self, operands, results)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        (a, _), (x,), (g,) = inputs, outputs, cotangents
        to_b = Solve(self.assume_a, not self.lower, self.b_ndim)(adjoint(a), g)
        return [self._read(-outer_product(to_b, x, self.b_ndim)), to_b]

    def _read(self, to_a: Any) -> Any:
        """The cotangent of what is read of A."""
        match self.assume_a:
            case "diagonal":
                return diagonal_matrix(main_diagonal(to_a))
            case "tridiagonal":
                return triu(tril(to_a, 1), -1)
            case "gen" | "banded":
                return to_a
        return on_triangle(to_a, self.lower, conjugate=self.assume_a != "sym")


def _solve_general(lapack: Lapack, op: Solve, operands: Any, results: Any) -> None:
    """With A^T = P L U, which is what getrf makes of A by rows, X^T P L U = B^T."""
    b = lapack.b
    n = operands[0].lengths[-1]
    own, pivots = lapack.matrix(n, n), b.scratch("int32", n)
    with lapack.batch() as (a, _, x):
        lapack.rows(a, own)
        info = lapack("getrf", n, n, own, lapack.leading(n), pivots)
        lapack.fail_if(info > 0)
        solve_by_rows(lapack, op, own, n, x, "N", lower=True, unit=False)
        solve_by_rows(lapack, op, own, n, x, "N", lower=False, unit=True)
        with b.loop(n, down=True) as i:
            j = b.cast(pivots[i], "int64") - 1
            if op.b_ndim == 1:
                _exchange(x, (i,), (j,))
            else:
                with b.loop(x.lengths[1]) as column:
                    _exchange(x, (i, column), (j, column))


def _exchange(x: Any, one: Any, other: Any) -> None:
    first, second = x[one], x[other]
    x[one] = second
    x[other] = first


def _solve_positive_definite(lapack: Lapack, op: Solve, operands: Any, results: Any) -> None:
    n = operands[0].lengths[-1]
    own = lapack.matrix(n, n)
    with lapack.batch() as (a, _, x):
        lapack.rows(a, own)
        info = lapack("potrf", "U" if op.lower else "L", n, own, lapack.leading(n))
        lapack.fail_if(info > 0, 1)
        for trans in "NC" if op.lower else "CN":
            solve_by_rows(lapack, op, own, n, x, trans, op.lower, unit=False)


_SOLVERS: dict[str, Any] = {
    "gen": _solve_general,
    "sym": solve_symmetric,
    "her": solve_symmetric,
    "pos": _solve_positive_definite,
    "diagonal": solve_diagonal,
    "tridiagonal": solve_tridiagonal,
    "banded": solve_banded,
}


def solve(
    a: Any,
    b: Any,
    *,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str = "gen",
    transposed: bool = False,
    b_ndim: int | None = None,
) -> Any:
    """The solution of a x = b.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)
    b : tensor-like, shape (..., m) or (..., m, n)
    lower : bool
        Read the lower triangle of `a`, not the upper one, where `assume_a` says that one tells
        everything.
    assume_a : str
        What `a` is known to be: "gen", "sym", "her", "pos" (or "general", "symmetric", "hermitian",
        "positive definite"), "diagonal", "tridiagonal", "banded", "lower triangular" or
        "upper triangular". The bandwidths of a banded matrix are found.
    transposed : bool
        Solve with the transpose of `a`.
    b_ndim : {1, 2}, optional
        Whether the right side is a vector or a matrix; what is before is batch. By default 2, or 1
        where `b` has one dimension.
    check_finite, overwrite_a, overwrite_b : bool
        Accepted for compatibility: NaN passes through, and memory is reused where it can be.

    Returns
    -------
    TensorVariable, of the shape of `b` with the batch of both

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix is singular, or not positive definite though assumed to be.
    """
    a = as_square(a, "solve")
    b, core = right_side(b, b_ndim)
    structure = _NAMES.get(assume_a, assume_a)
    if transposed:
        a, lower = matrix_transpose(a), not lower
        structure = {"lower": "upper", "upper": "lower"}.get(structure, structure)
    if structure in ("lower", "upper"):
        return solve_triangular(a, b, lower=structure == "lower", b_ndim=core)
    return Solve(structure, lower and structure in _READS_ONE_TRIANGLE, core)(a, b)
