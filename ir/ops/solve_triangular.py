"""Linear systems with triangular matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.dimshuffle import expand_dims, matrix_transpose
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square
from lamina.ir.ops.matrix_parts import adjoint, without_diagonal
from lamina.ir.ops.triangle import tril, triu

_TRANS = {0: 0, 1: 1, 2: 2, "N": 0, "T": 1, "C": 2}


class SolveBase(LinearAlgebra):
    """A solver of A X = B by LAPACK.

    Parameters
    ----------
    b_ndim : 1 or 2
        Whether B is a vector or a matrix, leading dimensions apart.
    """

    __module__ = "lamina.tensor.linalg.solvers.core"
    overwrites = 1
    b_ndim: int

    @property
    def gufunc_signature(self) -> str:  # type: ignore[override]
        return "(m,m),(m)->(m)" if self.b_ndim == 1 else "(m,m),(m,n)->(m,n)"

    def right_sides(self, b: Any, x: Any) -> tuple[Any, Any]:
        """The number of right sides and the distance between rows, of B or X by rows."""
        return (x.lengths[1], nd.maximum(x.lengths[1], 1)) if self.b_ndim == 2 else (1, 1)


class SolveTriangular(SolveBase):
    """Solves op(A) X = B, where A is triangular.

    Parameters
    ----------
    trans : 0, 1 or 2
        op(A) is A, its transpose, its conjugate transpose.
    lower, unit_diagonal : bool
    b_ndim : 1 or 2
    """

    __module__ = "lamina.tensor.linalg"
    __props__ = ("trans", "lower", "unit_diagonal", "b_ndim")
    nd_name = "solve_triangular"
    faults = ("Singular matrix",)

    def __init__(
        self, trans: int = 0, lower: bool = False, unit_diagonal: bool = False, b_ndim: int = 2
    ):
        self.trans, self.lower = trans, lower
        self.unit_diagonal, self.b_ndim = unit_diagonal, b_ndim

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        from scipy.linalg import solve_triangular

        a, right = arrays
        if not right.size:
            return np.zeros_like(right)
        return solve_triangular(
            a, right, self.trans, self.lower, self.unit_diagonal, check_finite=False
        )

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        n = operands[0].lengths[-1]
        own = lapack.matrix(n, n)
        with lapack.batch() as (a, _, x):
            lapack.rows(a, own)
            if not self.unit_diagonal:
                with b.loop(n) as i:
                    lapack.fail_if(nd.eq(own[i, i], 0))
            solve_by_rows(lapack, self, own, n, x, "NTC"[self.trans], self.lower,
                          self.unit_diagonal)  # fmt: skip

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        a, (x,), (g,) = inputs[0], outputs, cotangents
        back = {0: 2, 1: 0, 2: 0}[self.trans]
        if self.trans == 1:  # A^T X = B: B' = conj(A)^-1 g
            a = nd.conj(a)
        to_b = SolveTriangular(back, self.lower, self.unit_diagonal, self.b_ndim)(a, g)
        to_a = -outer_product(to_b, x, self.b_ndim)
        if self.trans == 1:
            to_a = matrix_transpose(to_a)
        elif self.trans == 2:
            to_a = adjoint(to_a)
        to_a = (tril if self.lower else triu)(to_a)
        return [without_diagonal(to_a) if self.unit_diagonal else to_a, to_b]


def solve_by_rows(
    lapack: Lapack, op: SolveBase, a: Any, n: Any, x: Any, trans: str, lower: bool, unit: bool
) -> None:
    """Solve op(A) X = B in `x`, where A and B lie by rows.

    By columns they are A^T and B^T, so what is solved is X^T op(A)^T = B^T.
    """
    count, step = op.right_sides(lapack.b, x)
    lapack.blas(
        "trsm", "R", "U" if lower else "L", trans, "U" if unit else "N", count, n, 1.0, a,
        lapack.leading(n), x, step,
    )  # fmt: skip


def outer_product(g: Any, x: Any, b_ndim: int) -> Any:
    """g x^H."""
    if b_ndim == 1:
        return expand_dims(g, -1) * expand_dims(nd.conj(x), -2)
    return matmul(g, adjoint(x))


def right_side(b: Any, b_ndim: int | None) -> tuple[Any, int]:
    """`b` as a variable, and the number of its core dimensions.

    Raises
    ------
    ValueError
        `b_ndim` is not 1 or 2, or `b` has fewer dimensions.
    """
    b = as_tensor_variable(b)
    core = min(b.type.ndim, 2) if b_ndim is None else b_ndim
    if core not in (1, 2):
        raise ValueError(f"b_ndim must be 1 or 2, got {core}")
    if b.type.ndim < core:
        raise ValueError(f"b must have {core} dimensions or more, got {b} of type {b.type}")
    return b, core


def solve_triangular(
    a: Any,
    b: Any,
    *,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    check_finite: bool = True,
    overwrite_b: bool = False,
    b_ndim: int | None = None,
) -> Any:
    """The solution of op(a) x = b for a triangular `a`.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)
        Only one triangle is read.
    b : tensor-like, shape (..., m) or (..., m, n)
    trans : {0, 1, 2, "N", "T", "C"}
        Solve with `a`, its transpose, or its conjugate transpose.
    lower : bool
        Read the lower triangle of `a`.
    unit_diagonal : bool
        Take the diagonal of `a` as ones, unread.
    check_finite, overwrite_b : bool
        Accepted for compatibility: NaN passes through, and memory is reused where it can be.
    b_ndim : {1, 2}, optional
        Whether the right side is a vector or a matrix; what is before is batch. By default 2, or 1
        where `b` has one dimension.

    Returns
    -------
    TensorVariable, of the shape of `b` with the batch of both

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: there is a zero on the diagonal.
    """
    if trans not in _TRANS:
        raise ValueError(f"trans must be 0, 1, 2, 'N', 'T' or 'C', got {trans!r}")
    b, core = right_side(b, b_ndim)
    op = SolveTriangular(_TRANS[trans], lower, unit_diagonal, core)
    return op(as_square(a, "solve_triangular"), b)
