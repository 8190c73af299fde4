"""Singular value decomposition, by LAPACK's divide and conquer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.arguments import length, smaller
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_matrices
from lamina.ir.ops.matrix_parts import (
    adjoint,
    diagonal_matrix,
    inverse_differences,
    main_diagonal,
    scaled_columns,
)


class SVD(LinearAlgebra):
    """A = U diag(s) V^H, as U, s and V^H; or s alone.

    The second operand is the smaller of the two lengths.

    Parameters
    ----------
    full_matrices : bool
        Complete U and V to square matrices.
    compute_uv : bool
    """

    __props__ = ("full_matrices", "compute_uv")
    nd_name = "svd"
    faults = ("SVD did not converge",)

    def __init__(self, full_matrices: bool = True, compute_uv: bool = True):
        self.full_matrices, self.compute_uv = full_matrices and compute_uv, compute_uv

    @property
    def gufunc_signature(self) -> str:  # type: ignore[override]
        if not self.compute_uv:
            return "(m,n),k->(k)"
        return "(m,n),k->" + ("(m,m),(k),(n,n)" if self.full_matrices else "(m,k),(k),(k,n)")

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        real = real_dtype(dtypes[0])
        return (dtypes[0], real, dtypes[0]) if self.compute_uv else (real,)

    def numpy(self, *arrays: Any) -> Any:
        if not np.isfinite(arrays[0]).all():
            raise np.linalg.LinAlgError(self.faults[0])
        found = np.linalg.svd(arrays[0], self.full_matrices, self.compute_uv)
        return tuple(found) if self.compute_uv else found

    def native(self, b: Any, operands: Any, results: Any) -> None:
        a = operands[0]
        lapack = Lapack(b, a.dtype)
        m, n = a.lengths[-2:]
        decompose = Decomposition(lapack, m, n, self._job())
        with lapack.batch() as parts:
            found = parts[len(operands) :]
            with decompose(parts[0], found[1 if self.compute_uv else 0]):
                if self.compute_uv:
                    lapack.from_columns(decompose.u, found[0])
                    lapack.from_columns(decompose.vh, found[2])

    def _job(self) -> str:
        return "N" if not self.compute_uv else "A" if self.full_matrices else "S"

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Townsend (2016), "Differentiating the singular value decomposition"; with the phase of
        complex vectors, Wan and Zhang (2019), arXiv:1909.02659.
        """
        a = inputs[0]
        if not self.compute_uv:
            k = smaller(length(a, -2), length(a, -1))
            u, _, vh = SVD(full_matrices=False)(a, k)
            return [_through_values(u, vh, cotangents[0]), None]
        (u, s, vh), (to_u, to_s, to_vh) = outputs, cotangents
        if self.full_matrices:
            if to_u is not None or to_vh is not None:
                raise MethodNotDefined(
                    f"{self}.grad: the vectors that complete U and V have no gradient; "
                    "use full_matrices=False"
                )
            k = length(s, -1)
            u, vh = u[..., :k], vh[..., :k, :]
        terms = [] if to_s is None else [_through_values(u, vh, to_s)]
        if to_u is not None or to_vh is not None:
            terms.append(_through_vectors(u, s, vh, to_u, to_vh))
        return [sum(terms[1:], terms[0]), None]


def _through_values(u: Any, vh: Any, to_s: Any) -> Any:
    return matmul(scaled_columns(u, to_s), vh)


def _through_vectors(u: Any, s: Any, vh: Any, to_u: Any, to_vh: Any) -> Any:
    dtype, v = u.type.dtype, adjoint(vh)
    column, row = expand_dims(s, -1), expand_dims(s, -2)
    inverse = cast(inverse_differences(s * s), dtype)  # 1 / (s_j^2 - s_i^2)
    inner, terms = None, []
    if to_u is not None:
        x = matmul(adjoint(u), to_u)
        inner = inverse * (x - adjoint(x)) * row
        if dtype.startswith("complex"):
            turned = nd.imag(main_diagonal(x)) / s
            inner = inner + diagonal_matrix(nd.complex(turned * 0, turned))
        outside = (to_u - matmul(u, x)) / row
        terms.append(matmul(outside, vh))
    if to_vh is not None:
        to_v = adjoint(to_vh)
        x = matmul(vh, to_v)
        of_v = column * (inverse * (x - adjoint(x)))
        inner = of_v if inner is None else inner + of_v
        outside = (to_v - matmul(v, x)) / row
        terms.append(matmul(u, adjoint(outside)))
    return matmul(matmul(u, inner), vh) + sum(terms[1:], terms[0])


class Decomposition:
    """The decomposition of one matrix after the other, in one place.

    Attributes
    ----------
    u, vh : View
        By columns.
    """

    def __init__(self, lapack: Lapack, m: Any, n: Any, job: str):
        b = lapack.b
        self.lapack, self.m, self.n, self.job = lapack, m, n, job
        k = nd.minimum(m, n)
        self.own = lapack.matrix(n, m)
        rows_of_vh = n if job == "A" else k
        self.u = lapack.matrix(m if job == "A" else k, m) if job != "N" else self.own
        self.vh = lapack.matrix(n, rows_of_vh) if job != "N" else self.own
        self.leading = [lapack.leading(x) for x in (m, m, rows_of_vh)]
        more = [b.scratch("int32", nd.maximum(k * 8, 1))]
        if not lapack.real:
            # LAPACK's documentation of zgesdd: the larger of its two cases
            larger = nd.maximum(k * 5 + 5, nd.maximum(m, n) * 2 + k * 2 + 1)
            more.insert(0, b.scratch(lapack.part, nd.maximum(k * larger, 1)))
        space = lapack.workspace("gesdd", *self._arguments(self.own), "work", "lwork", *more)
        self.space = [*space, *more]

    def _arguments(self, s: Any) -> tuple[Any, ...]:
        of_a, of_u, of_vh = self.leading
        return (self.job, self.m, self.n, self.own, of_a, s, self.u, of_u, self.vh, of_vh)

    @contextmanager
    def __call__(self, a: Any, s: Any, fault: int = 0) -> Iterator[None]:
        """Decompose `a`, with the singular values to `s`; do the block if that is done."""
        lapack, b = self.lapack, self.lapack.b
        finite = lapack.all_finite(a)
        lapack.fail_if(~finite, fault)
        with b.when(finite):
            lapack.columns(a, self.own)
            if self.job == "A":  # what an empty matrix leaves
                for square in (self.u, self.vh):
                    with b.loop(square.lengths[0]) as i, b.loop(square.lengths[0]) as j:
                        square[i, j] = b.cast(nd.eq(i, j), lapack.dtype)
            with b.when((self.m > 0) & (self.n > 0)):
                info = lapack("gesdd", *self._arguments(s), *self.space)
                lapack.fail_if(info > 0, fault)
            yield


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    *,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str | None = None,
) -> Any:
    """Singular value decomposition a = U diag(s) V^H.

    Parameters
    ----------
    a : tensor-like, shape (..., m, n)
    full_matrices : bool
        Complete U and V to square matrices.
    compute_uv : bool
        Return U and V^H too.
    hermitian, overwrite_a, check_finite, lapack_driver
        Accepted for compatibility; the values do not depend on them.

    Returns
    -------
    list of TensorVariable, or one
        U of shape (..., m, m); s, in descending order, of shape (..., k), k the smaller of m and n;
        V^H of shape (..., n, n). If not `full_matrices`, U is of shape (..., m, k) and V^H of shape
        (..., k, n). Only s, if not `compute_uv`.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, or the iteration did not converge.
    """
    a = as_matrices(a, "svd")
    return SVD(full_matrices, compute_uv)(a, smaller(length(a, -2), length(a, -1)))
