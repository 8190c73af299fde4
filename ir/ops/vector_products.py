"""Products of stacks of vectors and matrices, told apart by the shapes that they take."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import dot, matmul
from lamina.ir.ops.dimshuffle import expand_dims, moveaxis, squeeze
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.joining import stack
from lamina.ir.ops.reduction import sum as total
from lamina.ir.ops.specify_shape import specify_shape


def vecdot(x1: Any, x2: Any, dtype: Any = None, *, axis: int = -1) -> Any:
    """Inner products of vectors: (n),(n)->(), with the conjugate of the first.

    Parameters
    ----------
    x1, x2 : tensor-like
        Their other dimensions are broadcast against each other.
    dtype : optional
        That of the result.
    axis : int
        The axis of the vectors, in both.
    """
    a, b = _at_least(1, as_array(x1)), _at_least(1, as_array(x2))
    a, b = moveaxis(a, axis, -1), moveaxis(b, axis, -1)
    _same_length(a, -1, b, -1)
    if a.type.ndim == b.type.ndim == 1:
        return matmul(_conj(a), b, dtype)
    y_dtype = common_dtype([a.type.dtype, b.type.dtype])
    a, b = _exact_ones(cast(a, y_dtype), -1, cast(b, y_dtype), -1)
    y = total(_conj(a) * b, -1, dtype=y_dtype)
    return y if dtype is None else cast(y, dtype)


def matvec(x1: Any, x2: Any, dtype: Any = None) -> Any:
    """Products of matrices and vectors: (m,n),(n)->(m), the other dimensions broadcast."""
    a, b = _at_least(2, as_array(x1)), _at_least(1, as_array(x2))
    if b.type.ndim == 1:
        return matmul(a, b, dtype)
    return squeeze(matmul(a, expand_dims(b, -1), dtype), -1)


def vecmat(x1: Any, x2: Any, dtype: Any = None) -> Any:
    """Products of vectors, conjugated, and matrices: (n),(n,m)->(m), the rest broadcast."""
    a, b = _conj(_at_least(1, as_array(x1))), _at_least(2, as_array(x2))
    if a.type.ndim == 1:
        return matmul(a, b, dtype)
    return squeeze(matmul(expand_dims(a, -2), b, dtype), -2)


def dense_dot(a: Any, b: Any) -> Any:
    """``dot`` of arrays that are dense; all are."""
    return dot(a, b)


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """Vector products.

    Parameters
    ----------
    a, b : tensor-like
        Vectors of 3 components, or of 2 whose third is 0; where the length is not known it must be
        3, which is checked at run time. The other dimensions are broadcast.
    axisa, axisb, axisc : int
        The axis of the vectors in `a`, `b` and the result.
    axis : int, optional
        All three.

    Returns
    -------
    variable
        Of two vectors of 2 components only the third component of the product, with no axis for
        it.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = as_array(a), as_array(b)
    if not a.type.ndim or not b.type.ndim:
        raise ValueError("At least one array has zero dimension")
    a, b = _components(a, axisa), _components(b, axisb)
    (a0, a1, *a2), (b0, b1, *b2) = a, b
    third = a0 * b1 - a1 * b0
    if not a2 and not b2:
        return third
    if a2 and b2:
        first, second = a1 * b2[0] - a2[0] * b1, a2[0] * b0 - a0 * b2[0]
    elif b2:
        first, second = a1 * b2[0], -(a0 * b2[0])
    else:
        first, second = -(a2[0] * b1), a2[0] * b0
    components = [first, second, third]
    return stack(components, normalize_axis(axisc, third.type.ndim + 1))


def _components(x: Any, axis: int) -> list[Any]:
    x = moveaxis(x, axis, -1)
    n = x.type.shape[-1]
    if n not in (2, 3, None):
        raise ValueError("incompatible dimensions for cross product (dimension must be 2 or 3)")
    if n is None:
        x = specify_shape(x, (*(None,) * (x.type.ndim - 1), 3))
    return [x[..., i] for i in range(n or 3)]


def _at_least(ndim: int, x: Any) -> Any:
    if x.type.ndim < ndim:
        raise ValueError(f"expected at least {ndim} dimensions, got {x} of type {x.type}")
    return x


def _same_length(a: Any, i: int, b: Any, j: int) -> None:
    n, m = a.type.shape[i], b.type.shape[j]
    if None not in (n, m) and n != m:
        raise ValueError(f"vectors of lengths {n} and {m} have no product")


def _exact_ones(a: Any, i: int, b: Any, j: int) -> tuple[Any, Any]:
    """`a` and `b`, neither of which is broadcast along an axis where it has length 1."""
    if a.type.shape[i] == 1 and b.type.shape[j] is None:
        b = specify_shape(b, (*(None,) * (b.type.ndim - 1), 1))
    if b.type.shape[j] == 1 and a.type.shape[i] is None:
        a = specify_shape(a, (*(None,) * (a.type.ndim - 1), 1))
    return a, b


def _conj(x: Any) -> Any:
    return nd.conj(x) if np.dtype(x.type.dtype).kind == "c" else x
