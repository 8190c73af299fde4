"""Mean, variance and standard deviation."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.graph.tensor_type import dtype_name
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.array_op import normalize_axes
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant
from lamina.ir.ops.dimshuffle import squeeze
from lamina.ir.ops.reduction import sum
from lamina.ir.ops.shape import shape


def mean(
    x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
) -> Any:
    """Mean over `axis`; that of integers is floatX."""
    x = as_tensor_variable(x)
    if dtype is None:
        dtype = config.floatX if np.dtype(x.type.dtype).kind in "biu" else x.type.dtype
    dtype = dtype_name(dtype)
    y = sum(
        x,
        axis,
        dtype if np.dtype(dtype).kind == "c" or np.dtype(x.type.dtype).kind in "biu" else None,
        keepdims,
    )
    counts = cast(shape(x), "float64" if dtype in ("complex128", "int64") else real_dtype(dtype))
    for a in normalize_axes(axis, x.type.ndim):
        y = nd.true_div(y, counts[a])
    y = cast(y, dtype)
    if y.name is None and y.owner is not None:
        y.name = "mean"
    return y


def var(
    x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
) -> Any:
    """Variance over `axis`: the mean square of the deviations from the mean.

    Parameters
    ----------
    ddof : int
        The sum is divided by ``n - ddof``; by 0 if that is negative.
    corrected : bool
        Subtract the square of the mean deviation, which is 0 but for rounding of the mean: the
        corrected two-pass algorithm (T. Chan, G. Golub, R. LeVeque, The American Statistician
        37(3), 1983).
    """
    x = as_tensor_variable(x)
    axes = normalize_axes(axis, x.type.ndim)
    deviation = x - mean(x, axes, keepdims=True)
    y = mean(_square_of_abs(deviation), axes, keepdims=True)
    if corrected:
        y = y - _square_of_abs(mean(deviation, axes, keepdims=True))
    if ddof:
        n = cast(constant(np.int64(1)), y.type.dtype)
        for a in axes:
            n = n * cast(shape(x)[a], y.type.dtype)
        y = y * n / nd.maximum(n - ddof, 0)
    if not keepdims and axes:
        y = squeeze(y, axes)
    if y.name is None:
        y.name = "var"
    return y


def _square_of_abs(z: Any) -> Any:
    return nd.sqr(nd.abs(z)) if z.type.dtype.startswith("complex") else nd.sqr(z)


def std(
    x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
) -> Any:
    """Standard deviation over `axis`: the square root of `var`."""
    y = nd.sqrt(var(x, axis, ddof, keepdims, corrected))
    y.name = "std"
    return y
