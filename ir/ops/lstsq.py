"""Least squares, by LAPACK's singular value decomposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.arguments import larger, length, smaller
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.dimshuffle import expand_dims, squeeze
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_matrices, lapack_dtype


class Lstsq(LinearAlgebra):
    """The shortest X for which |B - A X| is smallest, the rank of A, its singular values, and for
    each column the square of that distance: NaN, where the rank is not n or A is not tall.

    Operands are A, B, the relative size of singular values that count as 0, and min(m, n).
    """

    __props__ = ()
    nd_name = "lstsq"
    gufunc_signature = "(m,n),(m,c),(),k->(n,c),(),(k),(c)"
    faults = ("SVD did not converge in Linear Least Squares",)

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        dtype = lapack_dtype(*dtypes[:2])
        return [dtype, dtype, real_dtype(dtype), "int64"]

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        real = real_dtype(dtypes[0])
        return (dtypes[0], "int32", real, real)

    def numpy(self, *arrays: Any) -> Any:
        a, b, rcond, _ = arrays
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise np.linalg.LinAlgError(self.faults[0])
        x, squares, rank, s = np.linalg.lstsq(a, b, float(rcond))
        if not squares.size:
            squares = np.full(b.shape[1], np.nan)
        return x, rank, s, squares

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, operands[0].dtype)
        m, n = operands[0].lengths[-2:]
        count = operands[1].lengths[-1]
        tallest = nd.maximum(m, n)
        wide = nd.maximum(count, 1)  # LAPACK wants a column, at least
        own, right = lapack.matrix(n, m), lapack.matrix(wide, tallest)
        cut, rank = b.cell(0.0, lapack.part), b.cell(0, "int32")
        start = (m, n, wide, own, lapack.leading(m), right, lapack.leading(tallest))
        asked = ("work", "lwork", *(() if lapack.real else ("rwork",)), "iwork")
        space = lapack.workspace("gelsd", *start, b.scratch(lapack.part, 1), cut, rank, *asked)
        with lapack.batch() as (a, y, rcond, _, x, found, s, squares):
            finite = lapack.all_finite(a) & lapack.all_finite(y)
            lapack.fail_if(~finite)
            with b.when(finite):
                lapack.columns(a, own)
                lapack.columns(y, right)
                with b.loop(m, n) as i, b.loop(count) as j:
                    right[j, i] = 0
                with b.loop(count, wide) as j, b.loop(tallest) as i:
                    right[j, i] = 0
                cut.value, rank.value = rcond, 0
                with b.when((m > 0) & (n > 0)):
                    info = lapack("gelsd", *start, s, cut, rank, *space)
                    lapack.fail_if(info > 0)
                with b.otherwise():
                    with b.loop(count) as j, b.loop(n) as i:
                        right[j, i] = 0
                found.value = rank.value
                lapack.from_columns(right, x)
                determined = nd.eq(b.cast(rank.value, "int64"), n) & (m > n)
                with b.loop(count) as j:
                    squares[j] = nd.switch(determined, b.number(0.0, lapack.part), float("nan"))
                    with b.loop(n, m) as i:
                        size = nd.abs(right[j, i])
                        squares[j] = squares[j] + size * size

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        raise MethodNotDefined("lstsq has no gradient; pinv(a) @ b has one")


def lstsq(a: Any, b: Any, rcond: Any = None) -> list[Any]:
    """The least squares solution of a x = b, as ``numpy.linalg.lstsq``.

    Parameters
    ----------
    a : tensor-like, shape (..., m, n)
    b : tensor-like, shape (m,), or (..., m, c)
    rcond : float or scalar variable, optional
        Singular values smaller than this part of the largest count as 0. By default max(m, n) times
        the precision of the dtype; -1 for the precision itself.

    Returns
    -------
    list of TensorVariable
        x, of shape (n,) or (..., n, c); for each column of b the sum of squares of ``b - a @ x``;
        the rank of a, int32; the singular values of a, of shape (..., k), k the smaller of m and n.
        The sums have length 0 where the rank is below n or m <= n; in a batch, whose members have
        one shape, they are NaN there.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, or the iteration did not converge.
    """
    a, b = as_matrices(a, "lstsq"), as_tensor_variable(b)
    if not b.type.ndim:
        raise ValueError("b must have one dimension or more")
    vector = b.type.ndim == 1
    m, n = length(a, -2), length(a, -1)
    real = real_dtype(lapack_dtype(a.type.dtype, b.type.dtype))
    if rcond is None:
        rcond = as_tensor_variable(larger(m, n)) * np.finfo(real).eps
    rcond = cast(as_tensor_variable(rcond), real)
    x, rank, s, squares = Lstsq()(a, expand_dims(b, -1) if vector else b, rcond, smaller(m, n))
    if squares.type.ndim == 1:
        determined = nd.eq(cast(rank, "int64"), as_tensor_variable(n)) & nd.gt(
            as_tensor_variable(m), n
        )
        squares = squares[: nd.switch(determined, length(squares, 0), 0)]
    return [squeeze(x, x.type.ndim - 1) if vector else x, squares, rank, s]
