"""Spread, weighted means, and how variables vary together."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, dtype_or, float_dtype, length, product
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.array_op import normalize_axes, normalize_axis
from lamina.ir.ops.broadcasting import atleast_2d
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.diagonal import diagonal
from lamina.ir.ops.dimshuffle import dimshuffle, expand_dims, squeeze
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.moments import mean
from lamina.ir.ops.reduction import max as largest
from lamina.ir.ops.reduction import min as smallest
from lamina.ir.ops.reduction import sum as total


def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element less the smallest one over `axis`; all of them if None."""
    return largest(a, axis, keepdims) - smallest(a, axis, keepdims)


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False
) -> Any:
    """The mean over `axis`, to which each element contributes by its weight.

    Parameters
    ----------
    a : tensor-like
    axis : int or tuple of int, optional
    weights : tensor-like, optional
        In the shape of `a`, or of its part along `axis`.
    returned : bool
        Whether to return the sum of the weights, too.
    """
    a = as_array(a)
    if weights is None:
        y = mean(a, axis, keepdims=keepdims)
        count = product([length(a, i) for i in normalize_axes(axis, a.type.ndim)])
        return (y, nd.second(y, cast(count, y.type.dtype))) if returned else y
    w = as_array(weights)
    axes = normalize_axes(axis, a.type.ndim)
    if w.type.ndim != a.type.ndim:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        if w.type.ndim != len(axes):
            raise ValueError("Shape of weights must be consistent with shape of a along axis.")
        given = axis if isinstance(axis, (tuple, list)) else (axis,)
        places = [normalize_axis(i, a.type.ndim) for i in given]
        pattern = [places.index(i) if i in axes else "x" for i in range(a.type.ndim)]
        w = dimshuffle(w, pattern)
    dtype = float_dtype(a, w)
    a, w = cast(a, dtype), cast(w, dtype)
    scale = total(nd.second(a, w), axes, keepdims=keepdims)
    y = total(a * w, axes, keepdims=keepdims) / scale
    return (y, scale) if returned else y


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    dtype: Any = None,
) -> Any:
    """The matrix of covariances of variables.

    Parameters
    ----------
    m : tensor-like
        A variable (a vector), or a matrix of them.
    y : tensor-like, optional
        More variables.
    rowvar : bool
        Whether a row of the matrices is a variable, and not a column.
    bias : bool
        Whether sums are divided by the number of observations n, and not by n - 1.
    ddof : int, optional
        They are divided by ``n - ddof``, whatever `bias` is.
    fweights : integer vector, optional
        How often each observation counts.
    aweights : vector, optional
        How important each observation is.
    dtype : optional
        By default that of `m` and `y`, floatX if they are integers.

    Returns
    -------
    variable
        Of one variable that is known to be one, a scalar.
    """
    given = [as_array(v) for v in (m, y) if v is not None]
    if any(v.type.ndim > 2 for v in given):
        raise ValueError("m and y have more than 2 dimensions")
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    dtype = dtype_or(dtype, float_dtype(*given))
    rows = [_rows(cast(v, dtype), rowvar) for v in given]
    x = concatenate(rows, 0) if len(rows) > 1 else rows[0]
    ddof = (0 if bias else 1) if ddof is None else int(ddof)
    real = real_dtype(dtype)
    w = _weights(fweights, aweights, real)
    if w is None:
        divisor = cast(length(x, 1) - ddof, real)
        deviation = x - mean(x, 1, keepdims=True)
        weighted = deviation
    else:
        sum_of_weights = total(w)
        deviation = x - expand_dims(total(x * w, 1) / sum_of_weights, 1)
        weighted = deviation * w
        divisor = sum_of_weights
        if ddof and aweights is None:
            divisor = sum_of_weights - ddof
        elif ddof:
            divisor = sum_of_weights - ddof * total(w * cast(aweights, real)) / sum_of_weights
    result = matmul(deviation, nd.conj(weighted).T) / nd.maximum(divisor, 0)
    return squeeze(result)


def _rows(x: Any, rowvar: bool) -> Any:
    """The variables as rows of a matrix."""
    return atleast_2d(x) if rowvar or x.type.ndim < 2 else x.T


def _weights(fweights: Any, aweights: Any, dtype: str) -> Any:
    weights = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        w = as_array(given)
        if w.type.ndim != 1:
            raise ValueError(f"{name} must be a vector, got {w.type}")
        if name == "fweights" and np.dtype(w.type.dtype).kind not in "iu":
            raise TypeError("fweights must be integer")
        w = cast(w, dtype)
        weights = w if weights is None else weights * w
    return weights


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, dtype: Any = None) -> Any:
    """The matrix of Pearson's correlation coefficients of variables, which ``cov`` takes."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.type.ndim:
        return c / c
    deviation = nd.sqrt(nd.real(diagonal(c)))
    c = c / expand_dims(deviation, 1) / deviation
    if np.dtype(c.type.dtype).kind == "c":
        return nd.complex(nd.clip(nd.real(c), -1, 1), nd.clip(nd.imag(c), -1, 1))
    return nd.clip(c, -1, 1)
