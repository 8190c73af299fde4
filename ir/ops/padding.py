"""Arrays extended at their ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import (
    Length,
    as_array,
    as_count,
    larger,
    length,
    lengths,
    part,
    product,
    smaller,
)
from lamina.ir.ops.arrangement import flip
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.creation import alloc, arange
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.grid import linspace
from lamina.ir.ops.indexing import set_subtensor
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.moments import mean
from lamina.ir.ops.quantiles import median
from lamina.ir.ops.reduction import max as largest
from lamina.ir.ops.reduction import min as smallest
from lamina.ir.ops.reshape import reshape

# What to put before and after an axis: (x, axis, (before, after), option of either end) -> the two.
Ends = Callable[[Any, int, tuple[Length, Length], tuple[Any, Any]], tuple[Any, Any]]


def pad(x: Any, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Any:
    """An array extended at the ends of its axes.

    Parameters
    ----------
    x : tensor-like
    pad_width : int, pair, sequence of a pair an axis, dict from axis to those, or integer variable
        How many elements to add before and after.
    mode : str
        "constant" (the default), "edge", "linear_ramp", "maximum", "mean", "median", "minimum",
        "reflect", "symmetric", "wrap" or "empty", as in NumPy ("empty" adds zeros).
    constant_values, end_values : scalar, pair, or sequence of a pair an axis
        What is added by "constant"; where "linear_ramp" ends. 0 by default.
    stat_length : int, pair, or sequence of a pair an axis
        How many elements at the end "maximum", "mean", "median" and "minimum" look at; all by
        default.
    reflect_type : {"even", "odd"}
        Whether "reflect" and "symmetric" add what is at the other side of the end, or what is as
        far beyond the end's value as that is below.
    """
    x = as_array(x)
    allowed = OPTIONS.get(mode) if isinstance(mode, str) else None
    if allowed is None:
        raise ValueError(f"mode {mode!r} is not supported; there are {', '.join(OPTIONS)}")
    if set(kwargs) - set(allowed):
        unknown = set(kwargs) - set(allowed)
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")
    widths = [_width_pair(pair) for pair in _pairs(_by_axis(pad_width, x.type.ndim), x.type.ndim)]
    if mode in ("constant", "empty"):
        return _with_constants(x, widths, kwargs.get("constant_values", 0))
    for axis, (before, after) in enumerate(widths):
        if length(x, axis) == 0 and (before, after) != (0, 0):
            raise ValueError(
                f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'"
            )
    if mode in PERIODIC:
        odd = kwargs.get("reflect_type", "even")
        if odd not in ("even", "odd"):
            raise ValueError(f"reflect_type is 'even' or 'odd', got {odd!r}")
        for axis, pair in enumerate(widths):
            if pair != (0, 0):
                x = _continued(x, axis, *pair, mode, odd == "odd")
        return x
    option = allowed[0] if allowed else ""
    options = _pairs(kwargs.get(option, None if option == "stat_length" else 0), x.type.ndim)
    for axis, (pair, either) in enumerate(zip(widths, options, strict=True)):
        if pair != (0, 0):
            left, right = ENDS[mode](x, axis, pair, either)
            x = concatenate([cast(left, x.type.dtype), x, cast(right, x.type.dtype)], axis)
    return x


def _by_axis(pad_width: Any, ndim: int) -> Any:
    if not isinstance(pad_width, Mapping):
        return pad_width
    widths: list[Any] = [(0, 0)] * ndim
    for axis, width in pad_width.items():
        widths[normalize_axis(axis, ndim)] = (
            width if isinstance(width, (tuple, list)) else (width,) * 2
        )
    return widths


def _pairs(values: Any, ndim: int) -> list[tuple[Any, Any]]:
    """A scalar, a pair, or a pair an axis, as a pair an axis."""
    if isinstance(values, Variable):
        values = as_tensor_variable(values)
        if values.type.ndim > 2:
            raise ValueError(f"{values} of type {values.type} is no pair for each axis")
        if values.type.ndim == 0:
            return [(values, values)] * ndim
        if values.type.ndim == 1:
            return [(values[0], values[0 if values.type.shape[0] == 1 else 1])] * ndim
        rows = [0 if values.type.shape[0] == 1 else i for i in range(ndim)]
        return [(values[i, 0], values[i, 0 if values.type.shape[1] == 1 else 1]) for i in rows]
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if not isinstance(values, (tuple, list)):
        return [(values, values)] * ndim
    rows = list(values)
    if not any(_is_sequence(row) for row in rows):
        if len(rows) not in (1, 2):
            raise ValueError(f"{values!r} is no pair for each of {ndim} axes")
        return [(rows[0], rows[-1])] * ndim
    rows = [row if _is_sequence(row) else (row,) for row in rows]
    if len(rows) not in (1, ndim) or any(len(row) not in (1, 2) for row in rows):
        raise ValueError(f"{values!r} is no pair for each of {ndim} axes")
    return [(row[0], row[-1]) for row in (rows * ndim if len(rows) == 1 else rows)]


def _is_sequence(row: Any) -> bool:
    return isinstance(row, (tuple, list))


def _width_pair(pair: tuple[Any, Any]) -> tuple[Length, Length]:
    before, after = map(as_count, pair)
    if any(isinstance(n, int) and n < 0 for n in (before, after)):
        raise ValueError("index can't contain negative values")
    return before, after


def _with_constants(x: Any, widths: list[tuple[Length, Length]], values: Any) -> Any:
    if isinstance(values, (tuple, list, np.ndarray)) or getattr(values, "ndim", 0):
        for axis, ((before, after), (low, high)) in enumerate(
            zip(widths, _pairs(values, x.type.ndim), strict=True)
        ):
            ends = [
                alloc(cast(v, x.type.dtype), *_replaced(lengths(x), axis, n))
                for v, n in ((low, before), (high, after))
            ]
            x = concatenate([ends[0], x, ends[1]], axis)
        return x
    old = lengths(x)
    shape = [before + n + after for n, (before, after) in zip(old, widths, strict=True)]
    inside = tuple(slice(b, b + n) for n, (b, _) in zip(old, widths, strict=True))
    return set_subtensor(alloc(cast(values, x.type.dtype), *shape)[inside], x)


def _replaced(shape: list[Length], axis: int, n: Length) -> list[Length]:
    return [n if i == axis else m for i, m in enumerate(shape)]


def _first_and_last(x: Any, axis: int) -> tuple[Any, Any]:
    index = (slice(None),) * axis
    return x[(*index, 0)], x[(*index, -1)]


def _edges(x: Any, axis: int, widths: Any, options: Any) -> tuple[Any, Any]:
    low, high = (expand_dims(v, axis) for v in _first_and_last(x, axis))
    return _spread(low, x, axis, widths[0]), _spread(high, x, axis, widths[1])


def _spread(layer: Any, x: Any, axis: int, n: Length) -> Any:
    """One layer of `x`, `n` times."""
    return alloc(layer, *_replaced(lengths(x), axis, n))


def _ramps(x: Any, axis: int, widths: Any, ends: Any) -> tuple[Any, Any]:
    left, right = (
        linspace(end, v, n, endpoint=False, dtype=x.type.dtype, axis=axis)
        for end, v, n in zip(ends, _first_and_last(x, axis), widths, strict=True)
    )
    return left, flip(right, axis)


def _statistics(statistic: Callable[..., Any]) -> Ends:
    def ends(x: Any, axis: int, widths: Any, numbers: Any) -> tuple[Any, Any]:
        n = length(x, axis)
        low, high = (n, n) if numbers == (None, None) else _width_pair(numbers)
        low, high = smaller(low, n), smaller(high, n)
        layers = statistic(part(x, axis, 0, low), axis), statistic(part(x, axis, n - high, n), axis)
        return _spread(layers[0], x, axis, widths[0]), _spread(layers[1], x, axis, widths[1])

    return ends


def _rounded(statistic: Callable[..., Any]) -> Callable[..., Any]:
    """A mean or median in the dtype of its operand."""

    def rounded(x: Any, axis: int) -> Any:
        if np.dtype(x.type.dtype).kind not in "iu":
            return cast(statistic(x, axis, keepdims=True), x.type.dtype)
        y = statistic(cast(x, "float64"), axis, keepdims=True)
        return cast(nd.round_half_to_even(y), x.type.dtype)

    return rounded


def _continued(x: Any, axis: int, before: Length, after: Length, mode: str, odd: bool) -> Any:
    """`x` continued periodically, mirrored or not."""
    left = _continuation(x, axis, before, mode, odd)
    right = _continuation(flip(x, axis), axis, after, mode, odd)
    return concatenate([flip(left, axis), x, right], axis)


def _continuation(x: Any, axis: int, count: Length, mode: str, odd: bool) -> Any:
    """What comes before `x`, the nearest first: whole periods, and the beginning of one more.

    Each half of a period stays a view of `x`, and no period is copied where there is none.
    """
    n = length(x, axis)
    first, second = _halves(x, axis, n, mode)
    fall = None
    if odd:
        # mirrored at the values of the ends, it falls by twice their distance with each period
        low, high = (expand_dims(v, axis) for v in _first_and_last(x, axis))
        fall = 2 * (high - low)
        first, second = 2 * low - first, second - fall
    half = n - 1 if mode == "reflect" else n
    period = half if second is None else larger(2 * half, 1)
    whole, rest = count // period, count % period
    parts = []
    if whole != 0:
        halves = [first] if second is None else [first, second]
        parts = [_periods(halves, axis, whole, fall)]
    ends = [part(first, axis, 0, rest)]
    if second is not None and not (isinstance(half, int) and count <= half):
        ends.append(part(second, axis, 0, larger(rest - half, 0)))
    parts += ends if fall is None else [v - cast(whole, x.type.dtype) * fall for v in ends]
    y = concatenate(parts, axis)
    # of an axis that proves empty there is nothing to continue
    return y if y.type.shape[axis] == count else broadcast_to(y, _replaced(lengths(y), axis, count))


def _halves(x: Any, axis: int, n: Length, mode: str) -> tuple[Any, Any]:
    """What comes before `x`, the nearest first, until it repeats; the second half may be None."""
    if mode == "wrap":
        return flip(x, axis), None
    if mode == "symmetric":
        return x, flip(x, axis)
    # of one element the second half is that one
    return part(x, axis, 1), part(x, axis, n - 2, None, -1)


def _periods(halves: list[Any], axis: int, number: Length, fall: Any) -> Any:
    copies = []
    for v in halves:
        shape = lengths(v)
        copies.append(alloc(expand_dims(v, axis), *shape[:axis], number, *shape[axis:]))
    y = concatenate(copies, axis + 1)
    if fall is not None:
        others = tuple(i for i in range(y.type.ndim) if i != axis)
        y = y - cast(expand_dims(arange(number), others), y.type.dtype) * expand_dims(fall, axis)
    shape = lengths(y)
    return reshape(y, [*shape[:axis], product(shape[axis : axis + 2]), *shape[axis + 2 :]])


ENDS: dict[str, Ends] = {
    "edge": _edges,
    "linear_ramp": _ramps,
    "maximum": _statistics(lambda x, axis: largest(x, axis, keepdims=True)),
    "minimum": _statistics(lambda x, axis: smallest(x, axis, keepdims=True)),
    "mean": _statistics(_rounded(mean)),
    "median": _statistics(_rounded(median)),
}
PERIODIC = ("reflect", "symmetric", "wrap")
OPTIONS = {
    "constant": ("constant_values",),
    "edge": (),
    "linear_ramp": ("end_values",),
    "maximum": ("stat_length",),
    "mean": ("stat_length",),
    "median": ("stat_length",),
    "minimum": ("stat_length",),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
    "wrap": (),
    "empty": (),
}
