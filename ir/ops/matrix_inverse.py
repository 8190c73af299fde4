"""Inverses of square matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square
from lamina.ir.ops.matrix_parts import adjoint


class MatrixInverse(LinearAlgebra):
    """The inverse of square matrices."""

    __props__ = ()
    nd_name = "matrix_inverse"
    gufunc_signature = "(m,m)->(m,m)"
    overwrites = 0
    faults = ("Singular matrix",)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.linalg.inv(arrays[0])

    def native(self, b: Any, operands: Any, results: Any) -> None:
        # by columns it is the transpose, whose inverse is that of the transpose
        lapack = Lapack(b, results[0].dtype)
        n = results[0].lengths[-1]
        ld, pivots = lapack.leading(n), b.scratch("int32", n)
        space = lapack.workspace("getri", n, results[0], ld, pivots, "work", "lwork")
        with lapack.batch() as (_, y):
            info = lapack("getrf", n, n, y, ld, pivots)
            lapack.fail_if(info > 0)
            lapack("getri", n, y, ld, pivots, *space)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        (y,), (g,) = outputs, cotangents
        return [-matmul(matmul(adjoint(y), g), adjoint(y))]


def inv(a: Any) -> Any:
    """The inverse of square matrices.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix is singular.
    """
    return MatrixInverse()(as_square(a, "inv"))


matrix_inverse = inv
