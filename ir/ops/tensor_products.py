"""Products of arrays of any rank, summed over chosen axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, length
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.labelled_axes import Labelled, multiplied, with_lengths


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Product of two arrays, summed over some axes of both.

    Parameters
    ----------
    a, b : tensor-like
    axes : int or pair
        How many of the last axes of `a` are summed over with as many of the first of `b`; or those
        of `a` and, in the same order, those of `b`, each an int or a sequence of ints.

    Returns
    -------
    variable
        With the other axes of `a`, and then those of `b`.

    Raises
    ------
    ValueError
        The axes do not fit, or their lengths differ (at run time, where they are not known before).
    """
    a, b = as_array(a), as_array(b)
    pairs = _pairs(a, b, axes, 0)
    return _summed_over(a, b, pairs, [])


def batched_tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """``tensordot`` of each element of two batches, the first dimensions of `x` and `y`.

    Parameters
    ----------
    x, y : tensor-like
    axes : int or pair
        How many of the last axes of `x` are summed over with as many of those of `y` behind the
        first; or those of `x` and of `y`, counted from the batch on, which is axis 0.
    """
    x, y = as_array(x), as_array(y)
    for v in (x, y):
        if not v.type.ndim:
            raise TypeError(f"a batch has at least one dimension, got {v.type}")
    pairs = _pairs(x, y, axes, 1)
    if any(0 in pair for pair in pairs):
        raise ValueError(f"axis 0 is the batch and cannot be summed over, got axes={axes!r}")
    return _summed_over(x, y, pairs, [(0, 0)])


def batched_dot(a: Any, b: Any) -> Any:
    """``dot`` of each element of two batches, the first dimensions of `a` and `b`."""
    a, b = as_array(a), as_array(b)
    for v in (a, b):
        if not v.type.ndim:
            raise TypeError(f"a batch has at least one dimension, got {v.type}")
    if a.type.ndim == 1 or b.type.ndim == 1:
        return _summed_over(a, b, [], [(0, 0)])
    return _summed_over(a, b, [(a.type.ndim - 1, max(b.type.ndim - 2, 1))], [(0, 0)])


def inner(a: Any, b: Any) -> Any:
    """Product summed over the last axes of two arrays; with a scalar the elementwise product."""
    a, b = as_array(a), as_array(b)
    if not a.type.ndim or not b.type.ndim:
        return nd.mul(a, b)
    return tensordot(a, b, (-1, -1))


def _pairs(a: Any, b: Any, axes: Any, batch: int) -> list[tuple[int, int]]:
    """The axes that are summed over, those of `a` with those of `b`."""
    if isinstance(axes, int):
        if axes < 0 or axes > min(a.type.ndim, b.type.ndim) - batch:
            raise ValueError(f"axes={axes} does not fit {a.type} and {b.type}")
        return [(a.type.ndim - axes + i, batch + i) for i in range(axes)]
    if len(axes) != 2:
        raise ValueError(f"axes is an int, or those of each operand, got {axes!r}")
    of_a, of_b = (
        [normalize_axis(int(i), x.type.ndim) for i in (g if isinstance(g, Sequence) else [g])]
        for g, x in zip(axes, (a, b), strict=True)
    )
    if len(of_a) != len(of_b):
        raise ValueError(f"axes={axes!r} has {len(of_a)} axes of a and {len(of_b)} of b")
    if len(set(of_a)) != len(of_a) or len(set(of_b)) != len(of_b):
        raise ValueError(f"axes={axes!r} has an axis twice")
    return list(zip(of_a, of_b, strict=True))


def _summed_over(
    a: Any, b: Any, pairs: Sequence[tuple[int, int]], batch: Sequence[tuple[int, int]]
) -> Any:
    dtype = common_dtype([a.type.dtype, b.type.dtype])
    a, b = cast(a, dtype), cast(b, dtype)
    for i, j in pairs:
        n, m = a.type.shape[i], b.type.shape[j]
        if None not in (n, m) and n != m:
            raise ValueError(
                f"shape-mismatch for sum: axis {i} of {a} has length {n}, axis {j} of {b} {m}"
            )
    # no length gives way here, not one that is statically 1 either
    a = with_lengths(a, {i: length(b, j) for i, j in pairs if b.type.shape[j] == 1})
    b = with_lengths(b, {j: length(a, i) for i, j in pairs if a.type.shape[i] == 1})
    numbers = count(a.type.ndim)
    of_b = {j: i for i, j in (*pairs, *batch)}
    labels = tuple(of_b[j] if j in of_b else next(numbers) for j in range(b.type.ndim))
    summed = {i for i, _ in pairs}
    left, right = Labelled(a, tuple(range(a.type.ndim))), Labelled(b, labels)
    kept = [n for n in dict.fromkeys((*left.labels, *labels)) if n not in summed]
    return multiplied(left, right, kept).in_order(kept).array
