"""The elements of an array that differ."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, length, lengths, product
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.creation import ones, zeros_like
from lamina.ir.ops.cumulative import cumsum
from lamina.ir.ops.difference import diff
from lamina.ir.ops.dimshuffle import expand_dims, moveaxis
from lamina.ir.ops.gather import Scatter
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.nonzero import flatnonzero
from lamina.ir.ops.reduction import any as any_of
from lamina.ir.ops.reshape import flatten, reshape
from lamina.ir.ops.sorting import argsort, lexsort, sort


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """The elements of an array, or its parts along an axis, each once and in order.

    Parameters
    ----------
    ar : tensor-like
    return_index : bool
        Whether to return where each occurs first.
    return_inverse : bool
        Whether to return which one stands at each place: in the shape of `ar`, a vector where there
        is an axis.
    return_counts : bool
        Whether to return how often each occurs.
    axis : int, optional
        By default `ar` is flattened.
    equal_nan : bool
        Whether one NaN stands for all; where there is an axis, none equals another.

    Returns
    -------
    variable, or tuple of them
        The others are int64.

    Examples
    --------
    >>> import lamina.tensor as pt
    >>> values, counts = pt.unique([3, 1, 3], return_counts=True)
    >>> values.eval(), counts.eval()
    (array([1, 3]), array([1, 2]))
    """
    x = as_array(ar)
    shape = lengths(x)
    ordered = return_index or return_inverse
    if axis is None:
        x, place = flatten(x), 0
        order = argsort(x, kind="stable" if return_index else None) if ordered else None
        s = sort(x) if order is None else x[order]
        new = nd.neq(s[1:], s[:-1])
        if equal_nan and np.dtype(s.type.dtype).kind in "fc":
            new = nd.and_(new, nd.invert(nd.and_(nd.isnan(s[1:]), nd.isnan(s[:-1]))))
    else:
        place = normalize_axis(axis, x.type.ndim)
        x = moveaxis(x, place, 0)
        # the first column decides before the others
        rows = reshape(x, [length(x, 0), product(lengths(x)[1:])])
        order = lexsort(rows.T[::-1])
        rows, s = rows[order], x[order]
        new = any_of(nd.neq(rows[1:], rows[:-1]), 1)
    n = length(s, 0)
    # the first of all is new if there is one
    new = concatenate([ones([1], "bool"), new])[:n]
    first = flatnonzero(new)
    results = [moveaxis(s[first], 0, place)]
    if return_index:
        results.append(order[first])  # type: ignore[index]
    if return_inverse:
        number = cumsum(new) - 1
        put = Scatter.of(("a0",), ("i0",), (("i0",),), (0,), True)
        inverse = put(zeros_like(number), number, order)
        results.append(reshape(inverse, shape) if axis is None else inverse)
    if return_counts:
        end = expand_dims(cast(n, "int64"), 0)
        results.append(diff(concatenate([first, end])))
    return tuple(results) if len(results) > 1 else results[0]
