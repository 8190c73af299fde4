"""Diagonals: taken, filled, and matrices that have one.

The elements of diagonal k of an n by m matrix are m + 1 places apart in row-major order, which is a
slice of the flattened matrix.
"""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import (
    Length,
    as_array,
    as_count,
    dtype_or,
    larger,
    length,
    lengths,
    product,
    smaller,
)
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.creation import eye, zeros
from lamina.ir.ops.dimshuffle import moveaxis
from lamina.ir.ops.indexing import set_subtensor
from lamina.ir.ops.reduction import sum
from lamina.ir.ops.reshape import flatten, reshape


def identity(n: Any, dtype: Any = None) -> Any:
    """The n by n matrix with ones on its diagonal, floatX unless `dtype` is given."""
    return eye(n, dtype=dtype)


def identity_like(x: Any, dtype: Any = None) -> Any:
    """Ones on the diagonal of a matrix of zeros in the shape of `x`, and its dtype unless given."""
    x = as_array(x)
    if x.type.ndim != 2:
        raise ValueError(f"identity_like takes a matrix, got {x.type}")
    return eye(length(x, 0), length(x, 1), dtype=dtype_or(dtype, x.type.dtype))


def diagonal(a: Any, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of the matrices along two axes, as the last dimension.

    Parameters
    ----------
    a : tensor-like
    offset : int or scalar variable
        Which diagonal: positive above the main one, negative below.
    axis1, axis2 : int
        The rows and the columns of the matrices.
    """
    a = as_array(a)
    if a.type.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    rows, columns = (normalize_axis(axis, a.type.ndim) for axis in (axis1, axis2))
    if rows == columns:
        raise ValueError("axis1 and axis2 cannot be the same")
    a = moveaxis(a, (rows, columns), (-2, -1))
    n, m = length(a, -2), length(a, -1)
    flat = reshape(a, [*lengths(a)[:-2], product([n, m])])
    return flat[..., _places(n, m, as_count(offset))]


def _places(n: Length, m: Length, k: Length) -> slice:
    """The places of diagonal k in a flattened n by m matrix."""
    if isinstance(k, int):
        start = k if k >= 0 else -k * m
    else:
        start = nd.switch(k >= 0, k, -k * m)
    number = larger(smaller(n + smaller(k, 0), m - larger(k, 0)), 0)
    return slice(start, start + number * (m + 1), m + 1)


def extract_diag(x: Any) -> Any:
    """The main diagonal of a matrix."""
    return diagonal(x)


def diag(v: Any, k: Any = 0) -> Any:
    """The square matrix with a vector on diagonal `k`; or diagonal `k` of a matrix."""
    v, k = as_array(v), as_count(k)
    if v.type.ndim == 2:
        return diagonal(v, k)
    if v.type.ndim != 1:
        raise ValueError(f"Input must be 1- or 2-d, got {v.type}")
    n = length(v, 0) + (abs(k) if isinstance(k, int) else nd.abs(k))
    flat = zeros((product([n, n]),), v.type.dtype)
    return reshape(set_subtensor(flat[_places(n, n, k)], v), (n, n))


def trace(a: Any, offset: Any = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """The sum of a diagonal, as ``diagonal`` takes it."""
    return sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


def fill_diagonal(a: Any, val: Any) -> Any:
    """A copy of `a` with `val` on its main diagonal.

    Parameters
    ----------
    a : tensor-like of two dimensions, or of more dimensions of one length
    val : scalar, or vector as long as the diagonal
    """
    a = as_array(a)
    if a.type.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.type.ndim == 2:
        return fill_diagonal_offset(a, val, 0)
    n = length(a, 0)
    known = {m for m in a.type.shape if m is not None}
    if len(known) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    if a.type.shape != (n,) * a.type.ndim:
        a = broadcast_to(a, (n,) * a.type.ndim)
    step: Length = 1
    for _ in range(a.type.ndim - 1):
        step = step * n + 1
    return _with_places(a, slice(None, None, step), val)


def fill_diagonal_offset(a: Any, val: Any, offset: Any) -> Any:
    """A copy of a matrix with `val` on diagonal `offset`."""
    a = as_array(a)
    if a.type.ndim != 2:
        raise ValueError(f"fill_diagonal_offset takes a matrix, got {a.type}")
    return _with_places(a, _places(length(a, 0), length(a, 1), as_count(offset)), val)


def _with_places(a: Any, places: slice, val: Any) -> Any:
    """`a` with `val` in some places of the flattened array."""
    return reshape(set_subtensor(flatten(a)[places], cast(val, a.type.dtype)), lengths(a))
