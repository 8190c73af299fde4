"""Medians, quantiles and percentiles: elements of sorted arrays, and what lies between two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, float_dtype, length, lengths, part, product
from lamina.ir.ops.array_op import normalize_axes
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value, weak_type
from lamina.ir.ops.dimshuffle import dimshuffle, expand_dims, moveaxis
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.moments import mean
from lamina.ir.ops.reduction import any as any_of
from lamina.ir.ops.requirement import require
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.sorting import sort
from lamina.ir.ops.taking import take

# Places in the sorted array, from 0, of the quantiles q of n elements, in the names of NumPy. Where
# they are fractions, and nothing else is said, the quantile is as far between two elements.
# (R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50
# (1996), 361-365, has nine of them.)
_Place = Callable[[Any, Any], Any]


def _continuous(alpha: float, beta: float) -> _Place:
    return lambda n, q: n * q + (alpha + q * (1 - alpha - beta)) - 1


def _nearest_even(n: Any, q: Any) -> Any:
    """The nearest observation; of two, the one of even number, counted from 1."""
    place = n * q - 1.5
    odd = nd.eq(nd.mod(nd.floor(place), 2), 1)
    return nd.switch(nd.and_(_whole(place), odd), place, nd.floor(place) + 1)


def _midpoint(n: Any, q: Any) -> Any:
    place = (n - 1) * q
    return (nd.floor(place) + nd.ceil(place)) * 0.5


def _whole(place: Any) -> Any:
    return nd.eq(place, nd.floor(place))


# Those that are elements.
_DISCRETE: dict[str, _Place] = {
    "inverted_cdf": lambda n, q: nd.ceil(n * q - 1),
    "closest_observation": _nearest_even,
    "lower": lambda n, q: nd.floor((n - 1) * q),
    "higher": lambda n, q: nd.ceil((n - 1) * q),
    "nearest": lambda n, q: nd.round_half_to_even((n - 1) * q),
}
_BETWEEN: dict[str, _Place] = {
    "linear": lambda n, q: (n - 1) * q,
    "averaged_inverted_cdf": lambda n, q: n * q - 1,
    "interpolated_inverted_cdf": _continuous(0, 1),
    "hazen": _continuous(0.5, 0.5),
    "weibull": _continuous(0, 0),
    "median_unbiased": _continuous(1 / 3.0, 1 / 3.0),
    "normal_unbiased": _continuous(3 / 8.0, 3 / 8.0),
    "midpoint": _midpoint,
}
# How far between two elements, by the place.
_FRACTION: dict[str, Callable[[Any], Any]] = {
    "averaged_inverted_cdf": lambda place: nd.switch(_whole(place), 0.5, 1.0),
}


def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The element in the middle of the sorted array, or the mean of the two that are.

    Parameters
    ----------
    x : tensor-like
        Integers give floatX.
    axis : int or tuple of int, optional
        All axes by default.
    keepdims : bool

    Returns
    -------
    variable
        NaN where there is a NaN, or no element.

    Examples
    --------
    >>> import lamina.tensor as pt
    >>> pt.median([[1.0, 5.0], [2.0, 9.0]], axis=0).eval()
    array([1.5, 7. ])
    """
    x = as_array(x)
    axes = normalize_axes(axis, x.type.ndim)
    s = sort(_sampled_last(x, axes))
    n = length(s, -1)
    middle = mean(part(s, -1, _at_least_0((n - 1) // 2), n // 2 + 1), -1)
    if np.dtype(s.type.dtype).kind in "fc":
        middle = nd.switch(any_of(nd.isnan(part(s, -1, -1)), -1), np.nan, middle)
    return expand_dims(middle, axes) if keepdims and axes else middle


def _at_least_0(n: Any) -> Any:
    return max(n, 0) if isinstance(n, int) else nd.maximum(n, 0)


def quantile(
    a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """What a share `q` of the elements does not exceed.

    Parameters
    ----------
    a : tensor-like
        Real.
    q : tensor-like
        In [0, 1].
    axis : int or tuple of int, optional
        All axes by default.
    method : str
        What lies between two elements, by a name of ``numpy.quantile``: "inverted_cdf",
        "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
        "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint",
        "nearest".
    keepdims : bool

    Returns
    -------
    variable
        First the dimensions of `q`, then those of `a` that are left. NaN where there is a NaN.

    Raises
    ------
    TypeError
        `a` is complex.
    ValueError
        There is no such method; `q` is outside of [0, 1], where it is no constant at run time.
    IndexError
        At run time: there are no elements.
    """
    x, q = as_array(a), as_tensor_variable(q)
    return _quantile(x, q, weak_type(q), axis, method, keepdims, (1, "Quantiles"))


def percentile(
    a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """``quantile`` of the shares ``q / 100``."""
    x, q = as_array(a), as_tensor_variable(q)
    return _quantile(x, q, weak_type(q), axis, method, keepdims, (100, "Percentiles"))


def _quantile(
    x: Any, q: Any, weak: Any, axis: Any, method: str, keepdims: bool, whole: tuple[int, str]
) -> Any:
    if x.type.dtype.startswith("complex"):
        raise TypeError("a must be an array of real numbers")
    if method not in _DISCRETE and method not in _BETWEEN:
        known = ", ".join([*_DISCRETE, *_BETWEEN])
        raise ValueError(f"{method!r} is not a valid method. Use one of: {known}")
    q, exact = _shares(q, weak, *whole)
    axes = normalize_axes(axis, x.type.ndim)
    s = sort(_sampled_last(x, axes))
    n = length(s, -1)
    count = n if isinstance(n, int) else cast(n, q.type.dtype)
    if method in _DISCRETE or (method == "linear" and exact):
        place = (_DISCRETE.get(method) or _BETWEEN[method])(count, q)
        y = _taken(s, cast(nd.maximum(place, 0), "int64"), q.type.ndim)
    else:
        y = _between(s, n, count, q, weak, method)
    if np.dtype(s.type.dtype).kind == "f":
        y = nd.switch(any_of(nd.isnan(part(s, -1, -1)), -1), np.nan, y)
    return expand_dims(y, [q.type.ndim + i for i in axes]) if keepdims and axes else y


def _shares(q: Any, weak: Any, whole: int, what: str) -> tuple[Any, bool]:
    """`q` as parts of 1, of a float dtype; and whether they are the integers 0 and 1."""
    message = f"{what} must be in the range [0, {whole}]"
    value = constant_value(q)
    if value is not None and not np.all((value >= 0) & (value <= whole)):
        raise ValueError(message)
    exact = weak is int or weak is None and np.dtype(q.type.dtype).kind in "iu"
    kept = np.dtype(q.type.dtype).kind == "f" and weak is None
    q = cast(q, q.type.dtype if kept else "float64")
    if value is None:
        q = require(q, nd.and_(nd.ge(q, 0), nd.le(q, whole)), message)
    return (q, exact) if whole == 1 else (q / whole, False)


def _between(s: Any, n: Any, count: Any, q: Any, weak: Any, method: str) -> Any:
    """What lies at places between the elements of `s`."""
    place = _BETWEEN[method](count, q)
    low = nd.floor(place)
    fraction = _FRACTION[method](place) if method in _FRACTION else place - low
    at = cast(low, "int64")
    lower = nd.clip(at, 0, n - 1)
    upper = nd.switch(nd.lt(place, 0), 0, nd.clip(at + 1, 0, n - 1))
    own = float_dtype(s)
    dtype = common_dtype([own, q.type.dtype], [None, None if weak is None else float])
    a, b = (cast(_taken(s, i, q.type.ndim), own) for i in (lower, upper))
    shape = [*range(q.type.ndim), *["x"] * (s.type.ndim - 1)]
    t, rest = (cast(dimshuffle(v, shape), dtype) for v in (fraction, 1 - fraction))
    distance = cast(b - a, dtype)
    # from the nearer element, so that all of the way to it is exactly it
    return nd.switch(nd.ge(t, 0.5), b - distance * rest, a + distance * t)


def _taken(s: Any, places: Any, ndim: int) -> Any:
    """The elements of the last axis at `places`, whose dimensions come first."""
    y = take(s, places, -1)
    kept = s.type.ndim - 1
    return dimshuffle(y, [*range(kept, kept + ndim), *range(kept)])


def _sampled_last(x: Any, axes: tuple[int, ...]) -> Any:
    """`x` with one axis, the last, in place of `axes`."""
    kept = [n for i, n in enumerate(lengths(x)) if i not in axes]
    x = moveaxis(x, axes, range(len(kept), x.type.ndim)) if axes else x
    if len(axes) == 1:
        return x
    return reshape(x, [*kept, product([length(x, i) for i in range(len(kept), x.type.ndim)])])
