"""How many elements lie between bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import Length, as_array, as_count, length
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value, weak_type
from lamina.ir.ops.counting import BinCount
from lamina.ir.ops.difference import diff
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.grid import linspace
from lamina.ir.ops.reduction import Max, Min
from lamina.ir.ops.reduction import all as all_of
from lamina.ir.ops.reduction import sum as total
from lamina.ir.ops.requirement import require
from lamina.ir.ops.reshape import flatten
from lamina.ir.ops.searching import ascending, searchsorted


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Any, Any]:
    """How many elements lie between each two neighbours of several bounds.

    Parameters
    ----------
    a : tensor-like
        Real; taken as flattened. NaN is not counted.
    bins : int or integer scalar, or vector
        How many equal bins there are, or their bounds in ascending order. A bin has its left bound,
        the last one its right bound, too. NumPy's names of rules that choose a number are not
        taken.
    range : pair of scalars, optional
        The outer bounds of equal bins; by default the smallest and the largest element.
    density : bool, optional
        Whether to divide by the number of elements counted and the widths of the bins.
    weights : tensor-like, optional
        What each element counts, in the shape of `a`. The sums are of its dtype.

    Returns
    -------
    counts : vector
        int64, of the dtype of the weights, or float64 if `density`.
    bounds : vector

    Raises
    ------
    TypeError
        `a` is complex, or `bins` are neither a number nor a vector.
    ValueError
        There is no bin, weights have another shape; of what is not a constant, at run time: the
        bounds do not ascend, or are not finite.
    """
    a = as_array(a)
    if a.type.dtype.startswith("complex"):
        raise TypeError(f"histogram takes real elements, got {a.type}")
    if a.type.dtype == "bool":
        a = cast(a, "uint8")
    w = None if weights is None else as_array(weights)
    if w is not None and w.type.ndim != a.type.ndim:
        raise ValueError(f"weights should have the same shape as a, got {w.type} and {a.type}")
    x = flatten(a)
    bounds, count, equal = _bounds(x, bins, range)
    place = _in_equal_bins(x, bounds, count) if equal else _in_bins(x, bounds, count)
    counts = _counts(place, None if w is None else flatten(w), count)
    if not density:
        return counts, bounds
    return counts / cast(diff(bounds), "float64") / total(counts), bounds


def _counts(place: Any, w: Any, count: Length) -> Any:
    """What there is in bins 1 to `count`."""
    if w is None:
        return BinCount()(place, count + 2)[1:-1]
    if w.type.dtype.startswith("complex"):
        y = nd.complex(*(_counts(place, part, count) for part in (nd.real(w), nd.imag(w))))
        return cast(y, w.type.dtype)
    y = BinCount(True)(place, cast(w, "float64"), count + 2)[1:-1]
    return cast(y, w.type.dtype)


def _in_bins(x: Any, bounds: Any, count: Length) -> Any:
    """The numbers of the bins, from 1, in which elements are; 0 or `count` + 1 if in none."""
    return nd.switch(nd.eq(x, bounds[-1]), count, searchsorted(bounds, x, "right"))


def _in_equal_bins(x: Any, bounds: Any, count: Length) -> Any:
    """What ``_in_bins`` gives, from the distance to the first bound. That is off by one where it
    rounds to the other side of a bound.
    """
    x = cast(x, bounds.type.dtype)
    first, last = bounds[0], bounds[-1]
    share = (x - first) / (last - first) * cast(count, x.type.dtype)
    guess = nd.clip(cast(nd.switch(nd.isnan(share), 0, share), "int64"), 0, count - 1)
    guess = guess - cast(nd.lt(x, bounds[guess]), "int64")
    guess = nd.maximum(guess, 0)
    further = nd.and_(nd.ge(x, bounds[guess + 1]), nd.lt(guess, count - 1))
    inside = nd.and_(nd.ge(x, first), nd.le(x, last))
    return nd.switch(inside, guess + 1 + cast(further, "int64"), 0)


def _bounds(x: Any, bins: Any, range: Any) -> tuple[Any, Length, bool]:
    """The bounds of the bins, how many bins there are, and whether they are equally wide."""
    if isinstance(bins, str):
        raise TypeError(f"bins must be a number or bounds; rules such as {bins!r} are not taken")
    given = as_array(bins)
    if given.type.ndim > 1:
        raise ValueError(f"`bins` must be 1d, when an array, got {given.type}")
    if given.type.ndim:
        value = constant_value(given)
        message = "`bins` must increase monotonically, when an array"
        if value is not None and np.any(value[:-1] > value[1:]):
            raise ValueError(message)
        bounds = ascending(given, message) if value is None else given
        return bounds, length(given, 0) - 1, False
    if np.dtype(given.type.dtype).kind not in "iu":
        raise TypeError(f"`bins` must be an integer, or an array, got {given.type}")
    count = as_count(bins)
    if not isinstance(count, int):
        count = require(count, nd.ge(count, 1), "`bins` must be positive, when an integer")
    elif count < 1:
        raise ValueError("`bins` must be positive, when an integer")
    first, last = _outer(x, range)
    dtypes = [v.type.dtype for v in (first, last, x)]
    dtype = common_dtype(dtypes, list(map(weak_type, (first, last, x))))
    if np.dtype(dtype).kind in "iu":
        dtype = np.result_type(dtype, float).name
    alone = nd.eq(first, last)
    wide = [cast(v, "float64" if np.dtype(dtype).itemsize == 8 else dtype) for v in (first, last)]
    first = nd.switch(alone, wide[0] - 0.5, wide[0])
    last = nd.switch(alone, wide[1] + 0.5, wide[1])
    bounds = linspace(first, last, count + 1, dtype=dtype)
    too_many = "Too many bins for data range: they would have no width"
    return require(bounds, all_of(nd.lt(bounds[:-1], bounds[1:])), too_many), count, True


def _outer(x: Any, range: Any) -> tuple[Any, Any]:
    """The smallest and largest bound."""
    if range is None:
        empty = nd.eq(as_tensor_variable(length(x, 0)), 0)
        ends = [
            nd.switch(empty, unit, of(x))
            for unit, of in ((0, Min((0,), of_nothing=True)), (1, Max((0,), of_nothing=True)))
        ]
        what = "autodetected range is not finite"
    else:
        ends = [as_tensor_variable(v) for v in range]
        values = [constant_value(v) for v in ends]
        if None not in [v if v is None else 0 for v in values]:
            if values[0] > values[1]:
                raise ValueError("max must be larger than min in range parameter.")
            if not np.all(np.isfinite(values)):
                raise ValueError(f"supplied range of [{range[0]}, {range[1]}] is not finite")
            return ends[0], ends[1]
        ascends = "max must be larger than min in range parameter."
        ends[1] = require(ends[1], nd.le(ends[0], ends[1]), ascends)
        what = "supplied range is not finite"
    finite = nd.and_(nd.isfinite(ends[0]), nd.isfinite(ends[1]))
    return require(ends[0], finite, what), ends[1]
