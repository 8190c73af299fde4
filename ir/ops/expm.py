"""The exponential of matrices, by scaling and squaring."""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import length
from lamina.ir.ops.creation import zeros_like
from lamina.ir.ops.expm_diagonals import KnownDiagonals
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square
from lamina.ir.ops.matrix_parts import adjoint

# Numerator of the [13/13] Pade approximant of exp, constant term 1: Higham (2005),
# doi:10.1137/04061101X, equation 10.33 of "Functions of Matrices".
_PADE = [
    factorial(26 - i) * factorial(13) / (factorial(26) * factorial(i) * factorial(13 - i))
    for i in range(14)
]
# log2 of the norm up to which its backward error is below 2^-53: Higham (2005), table 2.3.
_LARGEST_NORM = float(np.log2(4.25))
# The first coefficient of its backward error: Al-Mohy and Higham (2009), equation 5.4.
_ERROR_COEFFICIENT = factorial(13) ** 2 / (factorial(26) * factorial(27))
# Above this power of 2 a matrix is scaled before its tenth power is made, which would overflow.
_LARGEST_EXPONENT = 100


class Expm(LinearAlgebra):
    """The exponential of square matrices.

    Al-Mohy and Higham (2009), doi:10.1137/09074721X, algorithm 6.1 with the approximant of degree
    13: exp(A) is exp(A / 2^s) squared s times, with s from the norms of powers of A.
    """

    __props__ = ()
    nd_name = "expm"
    gufunc_signature = "(m,m)->(m,m)"
    overwrites = 0

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        from scipy.linalg import expm

        (a,) = arrays
        if not np.isfinite(a).all():
            return np.full_like(a, np.nan)
        return expm(a)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        dtype = results[0].dtype
        # In double precision: the powers of single ones would overflow soon.
        lapack = Lapack(b, "complex128" if dtype.startswith("complex") else "float64")
        n = results[0].lengths[-1]
        ld = lapack.leading(n)
        a, *powers = (b.scratch(lapack.dtype, n, n) for _ in range(4))
        numerator, even, odd = (b.scratch(lapack.dtype, n, n) for _ in range(3))
        sums, pivots = [b.scratch(lapack.part, n) for _ in range(2)], b.scratch("int32", n)
        known = KnownDiagonals(lapack, n)

        def product(x: Any, y: Any, target: Any) -> None:
            lapack.blas("gemm", "N", "N", n, n, n, 1.0, y, ld, x, ld, 0.0, target, ld)

        def root(x: Any, degree: int) -> Any:
            """log2 of the degree-th root of the norm of a power."""
            return nd.log2(_norm(b, x, sums)) / degree

        with lapack.batch() as (_, y):
            finite = lapack.all_finite(y)
            lapack.rows(y, a)
            first = _whole(b, root(a, 1) - float(_LARGEST_EXPONENT))
            _scale(b, a, first)
            product(a, a, powers[0])
            product(powers[0], powers[0], powers[1])
            product(powers[0], powers[1], powers[2])
            fourth, sixth = root(powers[1], 4), root(powers[2], 6)
            size = b.cell(nd.maximum(fourth, sixth))
            with b.when(size.value > _LARGEST_NORM):
                # higher powers may be smaller, as those of matrices far from normal
                product(powers[1], powers[1], even)
                product(powers[1], powers[2], odd)
                eighth, tenth = root(even, 8), root(odd, 10)
                higher = nd.minimum(nd.maximum(sixth, eighth), nd.maximum(eighth, tenth))
                size.value = nd.minimum(size.value, higher)
            more = _whole(b, size.value - _LARGEST_NORM)
            _scale(b, a, more)
            again = _for_rounding(lapack, a, sums)
            _scale(b, a, again)
            more = more + again
            for degree, x in zip((2, 4, 6), powers, strict=True):
                _scale(b, x, more * degree)
            # odd terms A (A6 (b13 A6 + b11 A4 + b9 A2) + b7 A6 + ...), even ones likewise
            for least, target in ((1, odd), (0, even)):
                c = _PADE[least::2]
                _combine(b, numerator, powers, c[4:7], None)
                product(powers[2], numerator, target)
                _combine(b, target, powers, c[1:4], c[0], add=True)
            product(a, odd, numerator)
            known.note(a)
            with b.loop(n) as i, b.loop(n) as j:
                p, q = even[i, j], numerator[i, j]
                a[i, j] = p + q
                even[i, j] = p - q
            # by columns all are transposes, and so is the solution
            lapack("gesv", n, n, even, ld, pivots, a, ld)
            known.restore(a, b.number(0))
            with b.loop(first + more) as i:
                product(a, a, odd)
                lapack.rows(odd, a)
                known.restore(a, i + 1)
            with b.loop(n) as i, b.loop(n) as j:
                y[i, j] = nd.switch(finite, a[i, j], b.number(np.nan, lapack.dtype))

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """The derivative at A^H in the direction g, a block of the exponential of a block matrix:
        Higham (2008), "Functions of Matrices", equation 10.43.
        """
        (a,), (g,) = inputs, cotangents
        ah, n = adjoint(a), length(a, -1)
        upper = concatenate([ah, g], axis=-1)
        lower = concatenate([zeros_like(ah), ah], axis=-1)
        return [Expm()(concatenate([upper, lower], axis=-2))[..., :n, n:]]


def _norm(b: Any, x: Any, sums: Any) -> Any:
    """The largest sum of the sizes of a row."""
    largest = b.cell(0.0, sums[0].dtype)
    largest.value = 0.0
    with b.loop(x.lengths[0]) as i:
        sums[0][i] = 0
        with b.loop(x.lengths[1]) as j:
            sums[0][i] = sums[0][i] + nd.abs(x[i, j])
        largest.value = nd.maximum(largest.value, sums[0][i])
    return largest.value


def _whole(b: Any, x: Any) -> Any:
    """`x` rounded up to a natural number; 0 if it is infinite or NaN."""
    inside = nd.and_(nd.isfinite(x), x > 0)
    return b.cast(nd.ceil(nd.switch(inside, x, b.number(0.0, x.dtype))), "int64")


def _scale(b: Any, x: Any, exponent: Any) -> None:
    """x / 2^exponent."""
    with b.when(exponent > 0):
        factor = b.cast(nd.exp2(b.cast(-exponent, "float64")), x.dtype)
        with b.loop(x.lengths[0]) as i, b.loop(x.lengths[1]) as j:
            x[i, j] = x[i, j] * factor


def _for_rounding(lapack: Lapack, a: Any, sums: Any) -> Any:
    """How often to halve a matrix besides, lest rounding exceeds the error of the approximant: from
    the norm of |A|^27, which is the largest element of |A| applied 27 times to ones.
    """
    b, (v, w) = lapack.b, sums
    n = a.lengths[0]
    norm = _norm(b, a, sums)
    with b.loop(n) as i:
        v[i] = 1
    with b.loop(27):
        with b.loop(n) as i:
            w[i] = 0
            with b.loop(n) as j:
                w[i] = w[i] + nd.abs(a[i, j]) * v[j]
        with b.loop(n) as i:
            v[i] = w[i]
    largest = b.cell(0.0, lapack.part)
    largest.value = 0.0
    with b.loop(n) as i:
        largest.value = nd.maximum(largest.value, v[i])
    precision = float(np.finfo(lapack.part).eps) / 2
    error = largest.value * (_ERROR_COEFFICIENT / precision) / norm
    return _whole(b, nd.log2(error) / 26)


def _combine(
    b: Any, target: Any, powers: Any, coefficients: Any, constant: float | None, add: bool = False
) -> None:
    """A linear combination of powers, and of 1."""
    c = [b.number(x, target.dtype) for x in coefficients]
    with b.loop(target.lengths[0]) as i:
        with b.loop(target.lengths[1]) as j:
            total = powers[0][i, j] * c[0] + powers[1][i, j] * c[1] + powers[2][i, j] * c[2]
            target[i, j] = target[i, j] + total if add else total
        if constant is not None:
            target[i, i] = target[i, i] + constant


def expm(a: Any) -> Any:
    """The exponential of square matrices.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)

    Returns
    -------
    TensorVariable, shape (..., m, m)
        NaN where a matrix has NaN or infinity.
    """
    return Expm()(as_square(a, "expm"))
