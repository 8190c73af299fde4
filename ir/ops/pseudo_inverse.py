"""Moore and Penrose's inverses, by singular value decomposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_matrices, lapack_dtype
from lamina.ir.ops.matrix_parts import adjoint, diagonal_matrix, main_diagonal, on_triangle
from lamina.ir.ops.svd import Decomposition
from lamina.ir.ops.triangle import tril


class MatrixPinv(LinearAlgebra):
    """The pseudo-inverse of matrices; the second operand is the relative size of singular values
    that count as 0.

    Parameters
    ----------
    hermitian : bool
        Read the lower triangle of a Hermitian matrix only.
    """

    __props__ = ("hermitian",)
    nd_name = "matrix_pinv"
    gufunc_signature = "(m,n),()->(n,m)"
    faults = ("SVD did not converge",)

    def __init__(self, hermitian: bool = False):
        self.hermitian = hermitian

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        dtype = lapack_dtype(dtypes[0])
        return [dtype, real_dtype(dtype)]

    def numpy(self, *arrays: Any) -> np.ndarray:
        a, rcond = arrays
        if self.hermitian:
            a = np.tril(a, -1) + np.tril(a, -1).conj().T + np.diag(np.real(np.diag(a)))
        if not np.isfinite(a).all():
            raise np.linalg.LinAlgError(self.faults[0])
        return np.linalg.pinv(a, rcond)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        m, n = operands[0].lengths[-2:]
        k = nd.minimum(m, n)
        decompose = Decomposition(lapack, m, n, "S")
        s = b.scratch(lapack.part, k)
        whole = b.scratch(lapack.dtype, m, n) if self.hermitian else None
        with lapack.batch() as (a, rcond, y):
            if whole is not None:
                with b.loop(m) as i:
                    with b.loop(i) as j:
                        whole[i, j] = a[i, j]
                        whole[j, i] = nd.conj(a[i, j])
                    whole[i, i] = a[i, i] if lapack.real else b.cast(nd.real(a[i, i]), a.dtype)
                a = whole
            with b.loop(n) as i, b.loop(m) as j:
                y[i, j] = 0
            with decompose(a, s), b.when(k > 0):
                with b.loop(k) as i:
                    counts = s[i] > rcond * s[0]
                    inverse = nd.switch(counts, 1 / s[i], b.number(0.0, lapack.part))
                    with b.loop(m) as j:
                        x = decompose.u[i, j]
                        decompose.u[i, j] = nd.conj(x) * b.cast(inverse, lapack.dtype)
                    if not lapack.real:
                        with b.loop(n) as j:
                            decompose.vh[j, i] = nd.conj(decompose.vh[j, i])
                # by columns y is its transpose, conj(U) S^-1 conj(V^H)
                _, of_u, of_vh = decompose.leading
                lapack.blas(
                    "gemm", "N", "N", m, n, k, 1.0, decompose.u, of_u, decompose.vh, of_vh, 0.0, y,
                    lapack.leading(m),
                )  # fmt: skip

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Golub and Pereyra (1973), doi:10.1137/0710036, equation 4.12, for constant rank."""
        (a, _), (y,), (g,) = inputs, outputs, cotangents
        if self.hermitian:
            below = tril(a, -1)
            a = below + adjoint(below) + diagonal_matrix(nd.real(main_diagonal(a)))
        yh, gh = adjoint(y), adjoint(g)
        inner = matmul(gh, y)
        of_left = matmul(inner, yh)  # g^H Y Y^H
        of_right = matmul(yh, matmul(y, gh))  # Y^H Y g^H
        to_a = -matmul(matmul(yh, g), yh)
        to_a = to_a + of_left - matmul(a, matmul(y, of_left))
        to_a = to_a + of_right - matmul(matmul(of_right, y), a)
        return [on_triangle(to_a, lower=True) if self.hermitian else to_a, None]


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Moore and Penrose's inverse, as ``numpy.linalg.pinv``.

    Parameters
    ----------
    a : tensor-like, shape (..., m, n)
    rcond : scalar or tensor-like of the shape of the batch, optional
        Singular values not larger than this part of the largest count as 0: 1e-15 by default.
    hermitian : bool
        `a` is Hermitian, and only its lower triangle is read.
    rtol : optional
        Another name for `rcond`.

    Returns
    -------
    TensorVariable, shape (..., n, m)

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, or the iteration did not converge.
    """
    if rcond is not None and rtol is not None:
        raise ValueError("`rtol` and `rcond` can't be both set.")
    given = rcond if rcond is not None else rtol if rtol is not None else 1e-15
    a = as_matrices(a, "pinv")
    part = real_dtype(lapack_dtype(a.type.dtype))
    return MatrixPinv(hermitian)(a, cast(as_tensor_variable(given), part))
