"""Values between samples of a function of one variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, length
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value
from lamina.ir.ops.creation import zeros_like
from lamina.ir.ops.gradient_barriers import disconnected_grad
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.requirement import require
from lamina.ir.ops.searching import searchsorted
from lamina.ir.ops.sorting import argsort

_METHODS = ("linear", "nearest", "first", "last", "mean")


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """The values at `x` of the function that is straight between samples.

    Parameters
    ----------
    x : tensor-like
        Real.
    xp : vector
        Where the samples are, in ascending order unless there is a period; else the result means
        nothing.
    fp : vector
        The samples, real or complex, as many.
    left, right : scalar, optional
        The value below ``xp[0]`` and above ``xp[-1]``, by default ``fp[0]`` and ``fp[-1]``.
    period : scalar, optional
        With what the function repeats; then there is no left and right.

    Returns
    -------
    variable
        In the shape of `x`, of dtype float64 or complex128. Its gradient with respect to `x` is
        that of the line to the right of a sample.

    Raises
    ------
    ValueError
        `xp` or `fp` is no vector, they differ in length, or `period` is 0; at run time, there is no
        sample.

    Examples
    --------
    >>> import lamina.tensor as pt
    >>> pt.interp([0.5, 7.0], [0.0, 1.0, 2.0], [5.0, 6.0, 9.0]).eval()
    array([5.5, 9. ])
    """
    x, xp, fp = (as_array(v) for v in (x, xp, fp))
    _check_samples(xp, fp)
    for v in (x, xp):
        if v.type.dtype.startswith("complex"):
            raise TypeError(f"interp takes real positions, got {v} of type {v.type}")
    dtype = "complex128" if fp.type.dtype.startswith("complex") else "float64"
    x, xp, fp = cast(x, "float64"), cast(xp, "float64"), cast(fp, dtype)
    if period is not None:
        x, xp, fp = _wrapped(x, xp, fp, period)
        left = right = None
    n = length(xp, 0)
    if isinstance(n, int) and n == 0:
        raise ValueError("array of sample points is empty")
    n = as_tensor_variable(n)
    first, last = (
        require(i, nd.gt(n, 0), "array of sample points is empty") for i in (zeros_like(n), n - 1)
    )
    y = _on_lines(x, xp, fp, last)
    below, above = (fp[i] if v is None else v for i, v in ((first, left), (last, right)))
    y = nd.switch(nd.lt(x, xp[first]), cast(below, dtype), y)
    y = nd.switch(nd.gt(x, xp[last]), cast(above, dtype), y)
    # of one sample, NumPy takes no place to be NaN
    return nd.switch(nd.and_(nd.isnan(x), nd.gt(last, 0)), cast(x, dtype), y)


def _check_samples(xp: Any, fp: Any) -> None:
    if xp.type.ndim != 1 or fp.type.ndim != 1:
        raise ValueError(f"samples and their places are vectors, got {fp.type} and {xp.type}")
    lengths = [v.type.shape[0] for v in (xp, fp)]
    if None not in lengths and lengths[0] != lengths[1]:
        raise ValueError(f"fp and xp are not of the same length: {lengths[1]} and {lengths[0]}")


def _on_lines(x: Any, xp: Any, fp: Any, last: Any) -> Any:
    """The values on the lines between samples; at and beyond the last sample, and before the first,
    theirs.
    """
    if fp.type.dtype == "complex128":
        return nd.complex(*(_on_lines(x, xp, part, last) for part in (nd.real(fp), nd.imag(fp))))
    i = nd.clip(searchsorted(disconnected_grad(xp), x, "right") - 1, 0, last)
    j = nd.minimum(i + 1, last)
    x0, x1, y0, y1 = xp[i], xp[j], fp[i], fp[j]
    at_end = nd.eq(i, last)
    # divided by 1 where there is no line: a gradient goes through both branches of a switch
    slope = (y1 - y0) / nd.switch(at_end, 1.0, x1 - x0)
    y = slope * (x - x0) + y0
    # where samples or places are infinite: from the other side, or the sample that both are
    y = nd.switch(nd.isnan(y), nd.switch(nd.eq(x, x0), y0, slope * (x - x1) + y1), y)
    y = nd.switch(nd.and_(nd.isnan(y), nd.eq(y0, y1)), y0, y)
    return nd.switch(at_end, y0, y)


def _wrapped(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Places within a period, in order, and those of a sample more at either end."""
    period = as_tensor_variable(period)
    value = constant_value(period)
    if period.type.ndim:
        raise TypeError(f"the period is a scalar, got {period.type}")
    if value is not None and value == 0:
        raise ValueError("period must be a non-zero value")
    period = nd.abs(cast(period, "float64"))
    if value is None:
        period = require(period, nd.neq(period, 0), "period must be a non-zero value")
    x, xp = nd.mod(x, period), nd.mod(xp, period)
    order = argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, concatenate([fp[-1:], fp, fp[:1]])


def interpolate1d(
    x: Any,
    y: Any,
    method: str = "linear",
    left_pad: Any = None,
    right_pad: Any = None,
    extrapolate: bool = True,
) -> Callable[[Any], Any]:
    """A function that gives values between samples.

    Parameters
    ----------
    x : vector
        Where the samples are, in any order.
    y : vector
        The samples, as many.
    method : "linear", "nearest", "first", "last" or "mean"
        What is between two samples: a line, the nearer one (the first at the same distance), the
        first, the last, their mean. At a sample it is the sample.
    left_pad, right_pad : scalar, optional
        The value before the first and after the last sample, by default these.
    extrapolate : bool
        Whether lines go on beyond the first and last sample, on a side without a pad.

    Returns
    -------
    callable
        Of an array, in whose shape the values are.

    Raises
    ------
    ValueError
        There is no such method, or `x` and `y` are no vectors of one length.
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}, got {method!r}")
    xp, fp = as_array(x), as_array(y)
    _check_samples(xp, fp)
    order = argsort(xp, kind="stable")
    xp, fp = xp[order], fp[order]
    n = as_tensor_variable(length(xp, 0))

    def interpolated(x: Any) -> Any:
        v = as_array(x)
        # the samples left and right of the place, which are one and the same at a sample
        found = searchsorted(disconnected_grad(xp), v, "left")
        last = nd.clip(found, 0, n - 1)
        exact = nd.eq(xp[last], v)
        first = nd.switch(exact, last, nd.clip(found - 1, 0, n - 1))
        below, above = nd.lt(v, xp[0]), nd.gt(v, xp[-1])
        if method == "linear":
            y = _line(v, xp, fp, found, n)
        elif method == "mean":
            y = (fp[first] + fp[last]) / 2
        elif method == "nearest":
            y = nd.switch(nd.le(v - xp[first], xp[last] - v), fp[first], fp[last])
        else:
            y = fp[first if method == "first" else last]
        for outside, pad, end in ((below, left_pad, 0), (above, right_pad, -1)):
            if pad is not None or not (extrapolate and method == "linear"):
                y = nd.switch(outside, fp[end] if pad is None else pad, y)
        return y

    return interpolated


def _line(v: Any, xp: Any, fp: Any, found: Any, n: Any) -> Any:
    """The line through the samples around a place, or the two nearest to it."""
    i = nd.maximum(nd.minimum(found - 1, n - 2), 0)
    j = nd.minimum(i + 1, n - 1)
    distance = xp[j] - xp[i]
    alone = nd.eq(distance, 0)
    slope = (fp[j] - fp[i]) / nd.switch(alone, 1, distance)
    return nd.switch(alone, fp[i], fp[i] + slope * (v - xp[i]))
