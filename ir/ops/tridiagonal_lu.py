"""LU decomposition of tridiagonal matrices, given by their diagonals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.arguments import larger, length
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.diagonal import diagonal
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square, lapack_dtype
from lamina.ir.ops.solve_structured import RightSides
from lamina.ir.ops.solve_triangular import SolveBase, right_side

_LENGTHS = "The diagonals' lengths are not those of a tridiagonal matrix"


class LUFactorTridiagonal(LinearAlgebra):
    """From the diagonals below, on and above the main one: L's, U's three, and the rows that were
    exchanged, counted from 1, as LAPACK's gttrf has them.
    """

    __props__ = ()
    nd_name = "tridiagonal_lu_factor"
    gufunc_signature = "(p),(n),(p),q->(p),(n),(p),(q),(n)"
    faults = (_LENGTHS,)

    def make_node(self, *inputs: Any) -> Apply:
        """Three diagonals; the length n - 2 of the fourth need not be given."""
        if len(inputs) == 3:
            n = length(as_tensor_variable(inputs[1]), -1)
            inputs = (*inputs, larger(n - 2, 0))
        return super().make_node(*inputs)

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (*[dtypes[0]] * 4, "int32")

    def numpy(self, *arrays: Any) -> Any:
        from scipy.linalg import get_lapack_funcs

        below, middle, above, further = arrays
        n = len(middle)
        if len(below) != max(n - 1, 0):
            raise np.linalg.LinAlgError(self.faults[0])
        if n < 3:  # SciPy's wrapper takes no such matrices
            return _small(below, middle, above)
        (gttrf,) = get_lapack_funcs(("gttrf",), (middle,))
        *found, _ = gttrf(below, middle, above)
        return tuple(found)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        n, p = operands[1].lengths[-1], operands[0].lengths[-1]
        fits = (p + 1 <= n) & (p + 1 >= n) | (n <= 0) & (p <= 0)
        with lapack.batch() as (*given, _, below, middle, above, further, pivots):
            lapack.fail_if(~fits)
            with b.when(fits):
                for x, y in zip(given, (below, middle, above), strict=True):
                    lapack.rows(x, y)
                lapack("gttrf", n, below, middle, above, further, pivots)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        raise MethodNotDefined(
            'tridiagonal_lu_factor has no gradient; solve(a, b, assume_a="tridiagonal") has one'
        )


def _small(below: Any, middle: Any, above: Any) -> Any:
    """Of a matrix of length 2 or less."""
    below, middle, above = (np.array(x) for x in (below, middle, above))
    pivots = np.arange(1, len(middle) + 1, dtype=np.int32)
    if len(middle) == 2:
        size = [np.abs(x.real) + np.abs(x.imag) for x in (middle, below)]
        if size[0][0] < size[1][0]:
            rows = [[below[0], middle[1]], [middle[0], above[0]]]
            pivots[0] = 2
        else:
            rows = [[middle[0], above[0]], [below[0], middle[1]]]
        factor = rows[1][0] / rows[0][0] if rows[0][0] != 0 else rows[1][0]
        middle[:] = rows[0][0], rows[1][1] - factor * rows[0][1]
        below[0], above[0] = factor, rows[0][1]
    return below, middle, above, middle[:0], pivots


class SolveLUFactorTridiagonal(SolveBase):
    """Solves A X = B, or A^T X = B, from what ``LUFactorTridiagonal`` makes of A.

    Parameters
    ----------
    b_ndim : 1 or 2
    transposed : bool
    """

    __module__ = "lamina.tensor.linalg"
    __props__ = ("b_ndim", "transposed")
    nd_name = "tridiagonal_lu_solve"
    overwrites = 5
    faults = ("Singular matrix", _LENGTHS)

    def __init__(self, b_ndim: int = 2, transposed: bool = False):
        self.b_ndim, self.transposed = b_ndim, transposed

    @property
    def gufunc_signature(self) -> str:  # type: ignore[override]
        right = "(n)" if self.b_ndim == 1 else "(n,c)"
        return f"(p),(n),(p),(q),(n),{right}->{right}"

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        dtype = lapack_dtype(*dtypes[:4], dtypes[5])
        return [*[dtype] * 4, "int32", dtype]

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (dtypes[0],)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        """By the matrices that the diagonals stand for."""
        below, middle, above, further, pivots, right = arrays
        n = len(middle)
        if len(below) != max(n - 1, 0) or len(further) != max(n - 2, 0):
            raise np.linalg.LinAlgError(_LENGTHS)
        upper = np.diag(middle)
        if n > 1:
            upper = upper + np.diag(above, 1)
        if n > 2:
            upper = upper + np.diag(further, 2)
        matrix = upper
        for i in reversed(range(n - 1)):  # A = P0 L0 P1 L1 ... U
            step = np.eye(n, dtype=middle.dtype)
            step[i + 1, i] = below[i]
            matrix = step @ matrix
            other = pivots[i] - 1
            matrix[[i, other]] = matrix[[other, i]]
        matrix = matrix.T if self.transposed else matrix
        if self.b_ndim == 1:
            return np.linalg.solve(matrix, right[:, None])[:, 0]
        return np.linalg.solve(matrix, right)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        n, p, q = (operands[i].lengths[-1] for i in (1, 0, 3))
        fits = (p + 1 <= n) & (p + 1 >= n) & (q + 2 >= n)
        own = [b.scratch(lapack.dtype, x) for x in (p, n, p, q)]
        order = b.scratch("int32", n)
        right = RightSides(lapack, self, results)
        trans = "T" if self.transposed else "N"
        with lapack.batch() as (*given, pivots, _, x):
            lapack.fail_if(~fits & (n > 0), 1)
            valid = b.cell(1)
            valid.value = 1
            with b.loop(n) as i:
                j = b.cast(pivots[i], "int64")
                order[i] = pivots[i]
                lapack.fail_if(nd.eq(given[1][i], 0))
                with b.when((j < i + 1) | (j > i + 2) | (j > n)):
                    valid.value = 0
            lapack.fail_if(valid.value < 1, 1)
            for y, z in zip(given, own, strict=True):
                lapack.rows(y, z)

            def call(count: Any, columns: Any) -> Any:
                ld = lapack.leading(n)
                return lapack("gttrs", trans, n, count, *own, order, columns, ld)

            with b.when(fits & (valid.value > 0)):
                right.solve(x, call)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        raise MethodNotDefined(
            'tridiagonal_lu_solve has no gradient; solve(a, b, assume_a="tridiagonal") has one'
        )


def tridiagonal_lu_factor(a: Any) -> list[Any]:
    """LU decomposition of tridiagonal matrices, in the form that ``tridiagonal_lu_solve`` takes.

    Parameters
    ----------
    a : tensor-like, shape (..., n, n)
        Only the three diagonals are read.

    Returns
    -------
    list of TensorVariable
        The factors below the diagonal, of shape (..., n - 1); U's three diagonals, of lengths n,
        n - 1 and n - 2; and for each row the one that it was exchanged with, int32, counted from 1.
    """
    a = as_square(a, "tridiagonal_lu_factor")
    below, middle, above = (diagonal(a, k, -2, -1) for k in (-1, 0, 1))
    return LUFactorTridiagonal()(below, middle, above)


def tridiagonal_lu_solve(
    a_diagonals: Sequence[Any],
    b: Any,
    *,
    b_ndim: int | None = None,
    transposed: bool = False,
    overwrite_b: bool = False,
) -> Any:
    """The solution of a x = b from what ``tridiagonal_lu_factor`` makes of `a`.

    Parameters
    ----------
    a_diagonals : sequence of five tensor-like
    b : tensor-like, shape (..., n) or (..., n, c)
    b_ndim : {1, 2}, optional
        As ``solve`` has it.
    transposed : bool
        Solve with the transpose.
    overwrite_b : bool
        Accepted for compatibility.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix is singular, or the diagonals belong to none.
    """
    b, core = right_side(b, b_ndim)
    return SolveLUFactorTridiagonal(core, transposed)(*a_diagonals, b)
