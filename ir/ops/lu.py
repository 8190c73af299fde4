"""LU decomposition with row pivoting, A = P L U."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import as_array, length, lengths, smaller
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.creation import arange, eye, zeros
from lamina.ir.ops.dimshuffle import expand_dims, squeeze
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_matrices
from lamina.ir.ops.matrix_parts import adjoint
from lamina.ir.ops.routine import Routine
from lamina.ir.ops.solve_triangular import right_side, solve_triangular
from lamina.ir.ops.triangle import tril, triu


class LUFactor(LinearAlgebra):
    """The factors in one matrix, L below the diagonal, whose ones are left out, and U; and the row
    with which each row was exchanged in turn.

    The second operand is the smaller of the two lengths.
    """

    __props__ = ()
    nd_name = "lu_factor"
    gufunc_signature = "(m,n),k->(m,n),(k)"

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (dtypes[0], "int32")

    def numpy(self, *arrays: Any) -> Any:
        from scipy.linalg import get_lapack_funcs

        a, k = arrays
        if not k:
            return a, np.empty(0, np.int32)
        (getrf,) = get_lapack_funcs(("getrf",), (a,))
        return getrf(a)[:2]

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        m, n = operands[0].lengths[-2:]
        own = lapack.matrix(n, m)
        with lapack.batch() as (a, k, packed, pivots):
            lapack.columns(a, own)
            lapack("getrf", m, n, own, lapack.leading(m), pivots)
            lapack.from_columns(own, packed)
            with b.loop(k) as i:
                pivots[i] = pivots[i] - 1

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """With A = [A1 A2] = P L [U1 U2] or A = [A1; A2] = P [L1; L2] U: de Hoog, Anderssen, Lukas
        (2011), doi:10.1137/09077393X, for square matrices; the other parts are L2 = A2 U^-1 and
        U2 = L^-1 A2.
        """
        (a, k), (packed, pivots), (g, _) = inputs, outputs, cotangents
        if g is None:
            return [None, None]
        m, n = a.type.shape[-2:]
        tall = None in (m, n) or m > n
        wide = None in (m, n) or n > m
        square = packed[..., :k, :k] if tall or wide else packed
        to_l = to_u = g[..., :k, :k] if tall or wide else g
        options: dict[str, Any] = {"trans": 2, "lower": True, "unit_diagonal": True}

        def times_inverse_of_u(x: Any) -> Any:
            """x U^-H."""
            return adjoint(solve_triangular(square, adjoint(x)))

        beside = below = None
        if wide:
            beside = solve_triangular(square, g[..., :k, k:], **options)
            to_l = to_l - matmul(beside, adjoint(packed[..., :k, k:]))
        if tall:
            below = times_inverse_of_u(g[..., k:, :k])
            to_u = to_u - matmul(adjoint(packed[..., k:, :k]), below)
        inner = tril(matmul(adjoint(unit_lower(square)), tril(to_l, -1)), -1)
        inner = inner + triu(matmul(triu(to_u), adjoint(triu(square))))
        to_a = times_inverse_of_u(solve_triangular(square, inner, **options))
        if beside is not None:
            to_a = concatenate([to_a, beside], axis=-1)
        if below is not None:
            if beside is not None:  # one of the two is empty
                rest = zeros((length(below, -2), length(beside, -1)), below.type.dtype)
                rest = broadcast_to(rest, (*lengths(below)[:-1], length(beside, -1)))
                below = concatenate([below, rest], axis=-1)
            to_a = concatenate([to_a, below], axis=-2)
        return [SwapRows(backwards=True)(to_a, pivots), None]


class SwapRows(Routine):
    """Exchange row i with row ``pivots[i]``, for i = 0, 1, ...; or from the last one.

    Parameters
    ----------
    backwards : bool
    """

    __module__ = "lamina.tensor.linalg"
    __props__ = ("backwards",)
    nd_name = "swap_rows"
    gufunc_signature = "(m,n),(k)->(m,n)"
    overwrites = 0

    def __init__(self, backwards: bool = False):
        self.backwards = backwards

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return [dtypes[0], "int64"]

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, pivots = arrays
        order = np.arange(len(x))
        places = range(len(pivots))
        for i in reversed(places) if self.backwards else places:
            order[[i, pivots[i]]] = order[[pivots[i], i]]
        return x[order]

    failures = ({"kind": "linalg", "what": "A pivot is no row of the matrix"},)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, "float64")
        m, n = results[0].lengths[-2:]
        with lapack.batch() as (_, pivots, y):
            with b.loop(pivots.lengths[0], down=self.backwards) as i:
                j = pivots[i]
                inside = (j >= 0) & (j < m) & (i < m)
                lapack.fail_if(~inside)
                with b.when(inside), b.loop(n) as column:
                    upper, lower = y[i, column], y[j, column]
                    y[i, column] = lower
                    y[j, column] = upper

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [SwapRows(not self.backwards)(output_grads[0], inputs[1]), None]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[True], [False]]


def unit_lower(packed: Any) -> Any:
    """L of the packed factors of stacks of matrices of shape (m, k)."""
    rows, columns = length(packed, -2), length(packed, -1)
    return tril(packed, -1) + eye(rows, columns, dtype=packed.type.dtype)


def lu_factor(a: Any, *, check_finite: bool = True, overwrite_a: bool = False) -> list[Any]:
    """LU decomposition, in the form that ``lu_solve`` takes.

    Parameters
    ----------
    a : tensor-like, shape (..., m, n)
    check_finite, overwrite_a : bool
        Accepted for compatibility.

    Returns
    -------
    list of TensorVariable
        L below the diagonal and U, of shape (..., m, n); and, of dtype int32 and shape
        (..., min(m, n)), the row with which each row was exchanged in turn.
    """
    a = as_matrices(a, "lu_factor")
    return LUFactor()(a, smaller(length(a, -2), length(a, -1)))


def lu(
    a: Any,
    permute_l: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
    overwrite_a: bool = False,
) -> list[Any]:
    """LU decomposition A = P L U.

    Parameters
    ----------
    a : tensor-like, shape (..., m, n)
    permute_l : bool
        Return P L and U.
    p_indices : bool
        In place of P, return the rows of L of which ``a = L[p] @ U`` is made.
    check_finite, overwrite_a : bool
        Accepted for compatibility.

    Returns
    -------
    list of TensorVariable
        P of shape (..., m, m), or p of shape (..., m) and dtype int64; L of shape (..., m, k) with
        ones on its diagonal; U of shape (..., k, n), where k is the smaller of m and n.
    """
    packed, pivots = lu_factor(a)
    k = smaller(length(packed, -2), length(packed, -1))
    lower, upper = unit_lower(packed[..., :k]), triu(packed[..., :k, :])
    if permute_l:
        return [SwapRows(backwards=True)(lower, pivots), upper]
    m = length(packed, -2)
    if p_indices:
        order = SwapRows(backwards=True)(expand_dims(arange(m), 1), pivots)
        return [squeeze(order, order.type.ndim - 1), lower, upper]
    return [SwapRows(backwards=True)(eye(m, dtype=packed.type.dtype), pivots), lower, upper]


def pivot_to_permutation(p: Any, inverse: bool = False) -> Any:
    """The permutation that exchanges make.

    Parameters
    ----------
    p : integer tensor-like, shape (..., m)
        What each place was exchanged with in turn, as ``lu_factor`` has it.
    inverse : bool
        Return q with ``a[q] = L @ U`` instead of p with ``a = (L @ U)[p]``.
    """
    p = as_tensor_variable(p)
    order = SwapRows(backwards=not inverse)(expand_dims(arange(length(p, -1)), 1), p)
    return squeeze(order, order.type.ndim - 1)


def lu_solve(
    LU_and_pivots: Any,
    b: Any,
    trans: int | bool = 0,
    b_ndim: int | None = None,
    check_finite: bool = True,
    overwrite_b: bool = False,
) -> Any:
    """The solution of op(A) x = b from the decomposition of A.

    Parameters
    ----------
    LU_and_pivots : pair of tensor-like
        What ``lu_factor`` returns for A, of shape (..., m, m).
    b : tensor-like, shape (..., m) or (..., m, n)
    trans : {0, 1, 2}
        Solve with A, its transpose, or its conjugate transpose.
    b_ndim : {1, 2}, optional
        As ``solve`` has it.
    check_finite, overwrite_b : bool
        Accepted for compatibility.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: A is singular.
    """
    packed, pivots = LU_and_pivots
    packed = as_matrices(packed, "lu_solve")
    b, core = right_side(as_array(b), b_ndim)
    trans = int(trans)
    if trans not in (0, 1, 2):
        raise ValueError(f"trans must be 0, 1 or 2, got {trans}")
    x = expand_dims(b, -1) if core == 1 else b
    lower: dict[str, Any] = {"lower": True, "unit_diagonal": True, "trans": trans}
    if trans == 0:
        x = solve_triangular(packed, SwapRows()(x, pivots), **lower)
        x = solve_triangular(packed, x)
    else:
        x = solve_triangular(packed, x, trans=trans)
        x = SwapRows(backwards=True)(solve_triangular(packed, x, **lower), pivots)
    return squeeze(x, x.type.ndim - 1) if core == 1 else x
