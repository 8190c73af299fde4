"""Numbers at regular distances, and the points that they span."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import (
    Length,
    as_count,
    dtype_or,
    float_dtype,
    larger,
    length,
)
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.broadcasting import atleast_1d
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant, constant_value
from lamina.ir.ops.creation import alloc, arange
from lamina.ir.ops.dimshuffle import dimshuffle, moveaxis, shape_padright
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.joining import stack
from lamina.ir.ops.requirement import require
from lamina.ir.ops.reshape import flatten


def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers at equal distances.

    Parameters
    ----------
    start, stop : tensor-like
        The first and, if `endpoint`, the last number.
    num : int or scalar variable
    retstep : bool
        Whether to return the distance, too: NaN where there are not two numbers.
    dtype : optional
        By default that of the ends, floatX if they are integers.
    axis : int
        The dimension of the result along which the numbers are.
    """
    start, stop, dtype, num = _ends(start, stop, dtype, num)
    distances = num - 1 if endpoint else num
    step = (stop - start) / cast(larger(distances, 1), real_dtype(start.type.dtype))
    place = _places(num, start, stop)
    y = cast(place, real_dtype(start.type.dtype)) * step + start
    if endpoint:
        y = nd.switch(nd.eq(place, larger(distances, 1)), stop, y)
    if np.dtype(dtype).kind in "iu":
        y = nd.floor(y)
    y = moveaxis(cast(y, dtype), 0, axis)
    if not retstep:
        return y
    if isinstance(distances, int):
        return y, step if distances > 0 else constant(np.nan, dtype=start.type.dtype)
    return y, nd.switch(nd.gt(distances, 0), step, np.nan)


def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``base ** linspace(start, stop)``: `num` numbers in equal ratios."""
    base = as_tensor_variable(base)
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    if base.type.ndim:
        raise TypeError(f"the base of logspace is a scalar, got {base} of type {base.type}")
    y = nd.pow(base, exponents)
    return y if dtype is None else cast(y, dtype)


def geomspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers in equal ratios, of which the first and, if `endpoint`, the last are given.

    Negative numbers go with negative ones; complex ones are on a spiral.
    """
    for end in (start, stop):
        known = constant_value(end)
        if known is not None and (known == 0).any():
            raise ValueError("Geometric sequence cannot include zero")
    start, stop, dtype, num = _ends(start, stop, dtype, num)
    sign = nd.sign(start)
    first, last = start / sign, stop / sign
    y = nd.pow(10.0, linspace(nd.log10(first), nd.log10(last), num, endpoint))
    place = _places(num, start, stop)
    y = nd.switch(nd.eq(place, 0), first, y)
    if endpoint:
        y = nd.switch(nd.eq(place, larger(num - 1, 1)), last, y)
    return moveaxis(cast(y * sign, dtype), 0, axis)


def _ends(start: Any, stop: Any, dtype: Any, num: Any) -> tuple[Any, Any, str, Length]:
    """The ends in the dtype to compute in, the dtype of the result, and the number of numbers."""
    num = as_count(num)
    if isinstance(num, int) and num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    if not isinstance(num, int):
        message = "Number of samples, {0}, must be non-negative."
        num = require(num, nd.ge(num, 0), message, num)
    ends = as_tensor_variable(start), as_tensor_variable(stop)
    computed = float_dtype(*ends)
    start, stop = (cast(v, computed) for v in ends)
    return start, stop, dtype_or(dtype, computed), num


def _places(num: Length, start: Any, stop: Any) -> Any:
    """0, 1, ... along a new first dimension of `start` and `stop`."""
    return shape_padright(arange(num), max(start.type.ndim, stop.type.ndim))


def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """For each of several coordinate vectors the array of its values on the grid of all.

    Parameters
    ----------
    *xi : tensor-like
        Vectors; others are flattened.
    sparse : bool
        Whether each result has length 1 in the dimensions of the others.
    indexing : {"xy", "ij"}
        Whether the first vector runs along the second dimension and the second along the first, or
        each along its own.
    copy
        Taken for compatibility; results never share memory.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    vectors = [flatten(atleast_1d(x)) for x in xi]
    axes = list(range(len(vectors)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    results = [
        dimshuffle(v, [0 if i == axis else "x" for i in range(len(axes))])
        for v, axis in zip(vectors, axes, strict=True)
    ]
    if sparse:
        return tuple(results)
    shape: list[Length] = [1] * len(vectors)
    for v, axis in zip(vectors, axes, strict=True):
        shape[axis] = length(v, 0)
    return tuple(alloc(v, *shape) for v in results)


class Grid:
    """Indexed by slices: the points of the grid that they span, ``mgrid[0:3, 0:1:5j]``.

    A slice is start:stop:step; an imaginary step is the number of points, with stop among them. The
    parts may be symbolic.

    Parameters
    ----------
    sparse : bool
        Whether the result is a tuple of an array a slice, of length 1 in the other dimensions, and
        not one array with a layer a slice.
    """

    def __init__(self, sparse: bool):
        self.sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return _points(key)
        if not isinstance(key, tuple) or not all(isinstance(entry, slice) for entry in key):
            raise TypeError(f"a grid is indexed by slices, got {key!r}")
        axes = meshgrid(*map(_points, key), sparse=self.sparse, indexing="ij")
        if not self.sparse:
            return stack(axes)
        dtype = common_dtype([v.type.dtype for v in axes])
        return tuple(cast(v, dtype) for v in axes)

    def __repr__(self) -> str:
        return "ogrid" if self.sparse else "mgrid"


def _points(entry: slice) -> Any:
    start = 0 if entry.start is None else entry.start
    if isinstance(entry.step, complex):
        return linspace(start, entry.stop, int(abs(entry.step)))
    return arange(start, entry.stop, 1 if entry.step is None else entry.step)


mgrid = Grid(sparse=False)
ogrid = Grid(sparse=True)
