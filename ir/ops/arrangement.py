"""Elements in another order, or repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import (
    as_array,
    counts,
    length,
    lengths,
    part,
    product,
    with_length,
)
from lamina.ir.ops.array_op import normalize_axes, normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value
from lamina.ir.ops.creation import alloc, arange
from lamina.ir.ops.cumulative import cumsum
from lamina.ir.ops.dimshuffle import dimshuffle, shape_padleft, swapaxes
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.requirement import require
from lamina.ir.ops.reshape import flatten, reshape
from lamina.ir.ops.searching import searchsorted
from lamina.ir.ops.taking import take


def flip(m: Any, axis: Any = None) -> Any:
    """The elements in reverse order along `axis`: an int, several, or None for every axis."""
    m = as_array(m)
    axes = normalize_axes(axis, m.type.ndim)
    backward = slice(None, None, -1)
    return m[tuple(backward if i in axes else slice(None) for i in range(m.type.ndim))]


def flipud(m: Any) -> Any:
    """The rows in reverse order."""
    return flip(_of_rank(m, 1), 0)


def fliplr(m: Any) -> Any:
    """The columns in reverse order."""
    return flip(_of_rank(m, 2), 1)


def _of_rank(m: Any, ndim: int) -> Any:
    m = as_array(m)
    if m.type.ndim < ndim:
        raise ValueError(f"Input must be >= {ndim}-d.")
    return m


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """An array turned `k` times by 90 degrees, from the first of two axes towards the second."""
    m = as_array(m)
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    first, second = (normalize_axis(axis, m.type.ndim) for axis in axes)
    if first == second:
        raise ValueError("Axes must be different.")
    match k % 4:
        case 0:
            return m
        case 1:
            return swapaxes(flip(m, second), first, second)
        case 2:
            return flip(m, (first, second))
        case _:
            return flip(swapaxes(m, first, second), second)


def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """The elements moved by `shift` places; those that leave at one end enter at the other.

    Parameters
    ----------
    x : tensor-like
    shift : int, scalar variable, or a sequence of them
    axis : int, sequence of int, or None
        As many as there are shifts, one serving for all; None shifts the flattened array.
    """
    x = as_array(x)
    if axis is None:
        return reshape(roll(flatten(x), shift, 0), lengths(x))
    axes = list(axis) if isinstance(axis, (tuple, list)) else [axis]
    shifts = counts(shift)
    number = max(len(axes), len(shifts))
    if {len(axes), len(shifts)} - {1, number}:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences of one length")
    axes, shifts = (v * (number // len(v)) for v in (axes, shifts))
    for places, a in zip(shifts, axes, strict=True):
        x = _rolled(x, places, normalize_axis(a, x.type.ndim))
    return x


def _rolled(x: Any, shift: Any, axis: int) -> Any:
    n = length(x, axis)
    if n == 0:
        return x
    # of an empty axis whose length is not known, too: a number modulo 0 is 0
    start = n - shift % n
    moved = concatenate([part(x, axis, start), part(x, axis, 0, start)], axis)
    return with_length(moved, axis, n)


def tile(A: Any, reps: Any) -> Any:
    """An array repeated as a whole along each axis.

    Parameters
    ----------
    A : tensor-like
    reps : int, sequence of int or scalar variables, or vector of known length
        How often along each axis. Axes are added in front where there are fewer than numbers, and
        numbers of 1 where there are fewer than axes.
    """
    x, reps = as_array(A), counts(reps)
    ndim = max(x.type.ndim, len(reps))
    x = shape_padleft(x, ndim - x.type.ndim)
    return _copied(x, [1] * (ndim - len(reps)) + reps, [False] * ndim)


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element repeated, beside itself.

    Parameters
    ----------
    a : tensor-like
    repeats : int, scalar variable, or vector of integers
        How often; of a vector, how often each element along the axis.
    axis : int, optional
        The axis along which to repeat; None repeats the elements of the flattened array.
    """
    x = as_array(a)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normalize_axis(axis, x.type.ndim)
    each = as_tensor_variable(repeats)
    if each.type.ndim == 1 and each.type.shape[0] != 1:
        return _each_so_often(x, each, axis)
    times = counts(repeats)
    return _copied(
        x,
        [times[0] if i == axis else 1 for i in range(x.type.ndim)],
        [i == axis for i in range(x.type.ndim)],
    )


def _each_so_often(x: Any, repeats: Any, axis: int) -> Any:
    """Each part of `x` along an axis as often as an element of `repeats` says."""
    if np.dtype(repeats.type.dtype).kind not in "biu":
        raise TypeError(f"repeats must be integers, got {repeats.type}")
    times = cast(repeats, "int64")
    known = constant_value(times)
    if known is not None and (known < 0).any():
        raise ValueError("repeats may not contain negative values.")
    ends = cumsum(times)
    n, m = length(x, axis), length(times, 0)
    if isinstance(n, int) and isinstance(m, int) and n != m:
        raise ValueError(f"repeat: {m} numbers of repeats for {n} elements along axis {axis}")
    # the sum does not tell that one is negative or that there are too few
    fits = nd.and_(nd.ge(nd.minimum(times, 0).sum(), 0), nd.eq(m, n))
    message = "repeats may not contain negative values, and must be as many as there are elements"
    total = require(times.sum(), fits, message)
    return take(x, searchsorted(ends, arange(total), side="right"), axis)


def _copied(x: Any, times: Sequence[Any], beside: Sequence[bool]) -> Any:
    """`x` repeated along each axis: each element beside itself, or all one after another."""
    if any(isinstance(n, int) and n < 0 for n in times):
        raise ValueError("repeats may not contain negative values.")
    pattern: list[Any] = []
    broadcast: list[Any] = []
    result: list[Any] = []
    for axis, n in enumerate(times):
        old = length(x, axis)
        if n == 1 or old == 1:
            pattern.append(axis)
            broadcast.append(old if n == 1 else n)
        else:
            pattern += [axis, "x"] if beside[axis] else ["x", axis]
            broadcast += [old, n] if beside[axis] else [n, old]
        result.append(product([old, n]))
    if all(isinstance(n, int) and n == 1 for n in times):
        return x
    copies = alloc(dimshuffle(x, pattern), *broadcast)
    return copies if len(pattern) == x.type.ndim else reshape(copies, result)
