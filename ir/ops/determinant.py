"""Determinants, from the LU decomposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.creation import zeros_like
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square
from lamina.ir.ops.matrix_inverse import inv
from lamina.ir.ops.matrix_parts import adjoint

# Within these powers of 2 a product of pivots, and the next one, has all its digits.
_SAFE_EXPONENT = {"float32": 100, "float64": 900}


class Det(LinearAlgebra):
    """The determinant of square matrices."""

    __props__ = ()
    nd_name = "det"
    gufunc_signature = "(m,m)->()"

    def numpy(self, *arrays: np.ndarray) -> Any:
        return np.linalg.det(arrays[0])

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        n = operands[0].lengths[-1]
        decompose = _Decomposition(lapack, n)
        limit = 2.0 ** _SAFE_EXPONENT[lapack.part]
        product, leaves = b.cell(1.0, lapack.dtype), b.cell(0)
        with lapack.batch() as (a, y):
            decompose(a)
            product.value, leaves.value = 1.0, 0
            with b.loop(n) as i:
                product.value = product.value * decompose.pivot(i)
                size = nd.abs(product.value)
                inside = (size >= 1 / limit) & (size <= limit)
                leaves.value = nd.bitwise_or(leaves.value, b.cast(~inside, "int64"))
            with b.when(nd.eq(leaves.value, 0)):
                y.value = product.value
            with b.otherwise():
                # too large or small on the way, though maybe not in the end
                sign, log = decompose.sign_and_log()
                y.value = sign * b.cast(nd.exp(log), lapack.dtype)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        (a,), (y,), (g,) = inputs, outputs, cotangents
        return [expand_dims(g * nd.conj(y), (-2, -1)) * adjoint(inv(a))]


class SLogDet(LinearAlgebra):
    """The sign of the determinant of square matrices, and the logarithm of its absolute value."""

    __props__ = ()
    nd_name = "slogdet"
    gufunc_signature = "(m,m)->(),()"

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (dtypes[0], real_dtype(dtypes[0]))

    def numpy(self, *arrays: np.ndarray) -> Any:
        return tuple(np.linalg.slogdet(arrays[0]))

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        decompose = _Decomposition(lapack, operands[0].lengths[-1])
        with lapack.batch() as (a, sign, log):
            decompose(a)
            sign.value, log.value = decompose.sign_and_log()

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """With t = tr(A^-1 dA), the logarithm changes by Re t and the sign by i Im(t) sign."""
        (a,), (sign, _), (to_sign, to_log) = inputs, outputs, cotangents
        to_t = to_log
        if to_sign is not None and sign.type.dtype.startswith("complex"):
            turned = nd.imag(to_sign * nd.conj(sign))
            to_t = nd.complex(zeros_like(turned) if to_log is None else to_log, turned)
        if to_t is None:
            return [zeros_like(a)]  # a real sign does not change
        return [expand_dims(to_t, (-2, -1)) * adjoint(inv(a))]


class _Decomposition:
    """The LU decomposition of one matrix after the other, in one place."""

    def __init__(self, lapack: Lapack, n: Any):
        self.lapack, self.n = lapack, n
        self.own, self.pivots = lapack.matrix(n, n), lapack.b.scratch("int32", n)
        self.sign = lapack.b.cell(1.0, lapack.dtype)
        self.log = lapack.b.cell(0.0, lapack.part)

    def __call__(self, a: Any) -> None:
        # that of the transpose has the same determinant
        self.lapack.rows(a, self.own)
        n = self.n
        self.lapack("getrf", n, n, self.own, self.lapack.leading(n), self.pivots)

    def pivot(self, i: Any) -> Any:
        """An element of U's diagonal, negative if its row was exchanged."""
        d = self.own[i, i]
        stays = nd.eq(self.lapack.b.cast(self.pivots[i], "int64"), i + 1)
        return nd.switch(stays, d, -d)

    def sign_and_log(self) -> tuple[Any, Any]:
        """Those of the determinant: 0 and -inf if it is 0."""
        b = self.lapack.b
        self.sign.value, self.log.value = 1.0, 0.0
        with b.loop(self.n) as i:
            d = self.pivot(i)
            size = nd.abs(d)
            self.log.value = self.log.value + nd.log(size)
            self.sign.value = self.sign.value * self._direction(d, size)
        return self.sign.value, self.log.value

    def _direction(self, d: Any, size: Any) -> Any:
        b, dtype = self.lapack.b, self.lapack.dtype
        if self.lapack.real:  # 1 for NaN, as in NumPy
            away = nd.switch(d < 0, b.number(-1.0, dtype), b.number(1.0, dtype))
        else:
            away = d / b.cast(size, dtype)
        return nd.switch(nd.eq(size, 0), b.number(0.0, dtype), away)


def det(x: Any) -> Any:
    """The determinant of square matrices.

    Parameters
    ----------
    x : tensor-like, shape (..., m, m)

    Returns
    -------
    TensorVariable, shape (...)
    """
    return Det()(as_square(x, "det"))


def slogdet(x: Any) -> list[Any]:
    """The sign (complex: the direction) and the logarithm of the size of the determinant of square
    matrices.

    Parameters
    ----------
    x : tensor-like, shape (..., m, m)

    Returns
    -------
    list of two TensorVariable of shape (...)
        0 and -inf for singular matrices.
    """
    return SLogDet()(as_square(x, "slogdet"))
