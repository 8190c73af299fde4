"""Linear systems with matrices of which Cholesky's decomposition is known."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.lapack import Lapack, as_square
from lamina.ir.ops.matrix_parts import adjoint
from lamina.ir.ops.solve_triangular import SolveBase, outer_product, right_side, solve_by_rows
from lamina.ir.ops.triangle import tril, triu


class CholeskySolve(SolveBase):
    """Solves A X = B, given C with A = C C^H if `lower`, else A = C^H C.

    Parameters
    ----------
    lower : bool
    b_ndim : 1 or 2
    """

    __module__ = "lamina.tensor.linalg"
    __props__ = ("lower", "b_ndim")
    nd_name = "cho_solve"
    faults = ("Singular matrix",)

    def __init__(self, lower: bool = True, b_ndim: int = 2):
        self.lower, self.b_ndim = lower, b_ndim

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        from scipy.linalg import cho_solve

        c, right = arrays
        if not right.size:
            return np.zeros_like(right)
        if not np.diag(c).all():
            raise np.linalg.LinAlgError("Singular matrix")
        return cho_solve((c, self.lower), right, check_finite=False)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        n = operands[0].lengths[-1]
        own = lapack.matrix(n, n)
        with lapack.batch() as (c, _, x):
            lapack.rows(c, own)
            with b.loop(n) as i:
                lapack.fail_if(nd.eq(own[i, i], 0))
            for trans in "NC" if self.lower else "CN":
                solve_by_rows(lapack, self, own, n, x, trans, self.lower, unit=False)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        (c, _), (x,), (g,) = inputs, outputs, cotangents
        to_b = self(c, g)
        to_a = -outer_product(to_b, x, self.b_ndim)
        to_a = to_a + adjoint(to_a)
        to_c = tril(matmul(to_a, tril(c))) if self.lower else triu(matmul(triu(c), to_a))
        return [to_c, to_b]


def cho_solve(
    c_and_lower: Any,
    b: Any,
    *,
    check_finite: bool = True,
    overwrite_b: bool = False,
    b_ndim: int | None = None,
) -> Any:
    """The solution of A x = b from Cholesky's decomposition of A.

    Parameters
    ----------
    c_and_lower : pair of tensor-like and bool
        The factor, of shape (..., m, m), and whether it is the lower one. What is in its other
        triangle does not matter.
    b : tensor-like, shape (..., m) or (..., m, n)
    b_ndim : {1, 2}, optional
        As ``solve`` has it.
    check_finite, overwrite_b : bool
        Accepted for compatibility.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: there is a zero on the diagonal.
    """
    c, lower = c_and_lower
    b, core = right_side(b, b_ndim)
    return CholeskySolve(bool(lower), core)(as_square(c, "cho_solve"), b)
