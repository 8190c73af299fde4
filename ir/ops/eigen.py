"""Eigenvalues and eigenvectors of general matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square
from lamina.ir.ops.matrix_parts import (
    adjoint,
    diagonal_matrix,
    inverse_differences,
    main_diagonal,
    scaled_columns,
)
from lamina.ir.ops.solve import solve

_COMPLEX = {"float32": "complex64", "float64": "complex128"}


class Eig(LinearAlgebra):
    """Eigenvalues and right eigenvectors of length 1, complex always."""

    __props__ = ()
    nd_name = "eig"
    gufunc_signature = "(m,m)->(m),(m,m)"
    faults = ("Array must not contain infs or NaNs", "Eigenvalues did not converge")

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (_COMPLEX[real_dtype(dtypes[0])],) * 2

    def numpy(self, *arrays: np.ndarray) -> Any:
        return tuple(np.linalg.eig(arrays[0]))

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, operands[0].dtype)
        n = operands[0].lengths[-1]
        ld = lapack.leading(n)
        own, vectors = lapack.matrix(n, n), lapack.matrix(n, n)
        values = [b.scratch(lapack.dtype, n) for _ in range(2 if lapack.real else 1)]
        more = () if lapack.real else (b.scratch(lapack.part, n * 2),)
        start = ("N", "V", n, own, ld, *values, own, ld, vectors, ld)
        space = lapack.workspace("geev", *start, "work", "lwork", *more)
        with lapack.batch() as (a, w, v):
            finite = lapack.all_finite(a)
            lapack.fail_if(~finite)
            with b.when(finite):
                lapack.columns(a, own)
                info = lapack("geev", *start, *space, *more)
                lapack.fail_if(info > 0, 1)
                if lapack.real:
                    _unpack(lapack, n, values, vectors, w, v)
                else:
                    with b.loop(n) as j:
                        w[j] = values[0][j]
                    lapack.from_columns(vectors, v)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Boeddeker et al. (2017), arXiv:1701.00392, equations 4.77 and 4.115: for vectors of
        length 1, and functions that do not depend on their phase.
        """
        (w, v), (to_w, to_v) = outputs, cotangents
        inner = None if to_w is None else diagonal_matrix(to_w)
        if to_v is not None:
            x = matmul(adjoint(v), to_v)
            along = cast(nd.real(main_diagonal(x)), v.type.dtype)
            x = x - scaled_columns(matmul(adjoint(v), v), along)
            x = x * nd.conj(inverse_differences(w))
            inner = x if inner is None else inner + x
        if inner is None:
            return [None]
        # V^-H inner V^H
        return [solve(adjoint(v), matmul(inner, adjoint(v)))]


def _unpack(lapack: Lapack, n: Any, values: Any, vectors: Any, w: Any, v: Any) -> None:
    """Complex pairs: of the vectors, column j is the real part of one and j + 1 the imaginary."""
    b, (real, imaginary) = lapack.b, values
    with b.loop(n) as j:
        w[j] = nd.complex(real[j], imaginary[j])
        first, second = imaginary[j] > 0, imaginary[j] < 0
        re = nd.switch(second, j - 1, j)
        im = nd.switch(first, j + 1, j)
        sign = nd.switch(first, b.number(1.0, lapack.dtype), b.number(-1.0, lapack.dtype))
        sign = nd.switch(first | second, sign, b.number(0.0, lapack.dtype))
        with b.loop(n) as i:
            v[i, j] = nd.complex(vectors[re, i], sign * vectors[im, i])


def eig(a: Any) -> list[Any]:
    """Eigenvalues and right eigenvectors of square matrices.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)

    Returns
    -------
    list of two TensorVariable
        The eigenvalues, of shape (..., m), and the eigenvectors, of length 1, as columns of an
        array of shape (..., m, m); complex also where they are all real.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, or the iteration did not converge.
    """
    return Eig()(as_square(a, "eig"))
