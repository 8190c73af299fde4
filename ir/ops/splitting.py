"""Arrays taken apart along an axis."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import (
    Length,
    as_array,
    as_count,
    counts,
    length,
    lengths,
    part,
    smaller,
)
from lamina.ir.ops.array_op import normalize_axis


def split(x: Any, splits_size: Any, n_splits: int | None = None, axis: int = 0) -> list[Any]:
    """Parts of given lengths.

    Parameters
    ----------
    x : tensor-like
    splits_size : int, sequence of int or scalar variables, or integer vector
        The lengths of the parts, which add up to that of `x`. An int is the number of parts, all of
        one length.
    n_splits : int, optional
        The number of parts, where `splits_size` is a vector of unknown length.
    axis : int

    Returns
    -------
    list of variables

    Raises
    ------
    ValueError
        The lengths do not add up; at run time, where they are not known before.

    Examples
    --------
    >>> a, b, c = split(x, [3, 2, 1])
    """
    x = as_array(x)
    axis = normalize_axis(axis, x.type.ndim)
    if isinstance(splits_size, int):
        if splits_size < 1:
            raise ValueError("number sections must be larger than 0.")
        sizes = [length(x, axis) // splits_size] * splits_size
    else:
        sizes = _sizes(splits_size, n_splits)
    if any(isinstance(n, int) and n < 0 for n in sizes):
        raise ValueError("Split sizes cannot be negative")
    total = length(x, axis)
    if all(isinstance(n, int) for n in (total, *sizes)) and sum(sizes) != total:
        raise ValueError(
            f"Split sizes {sizes} do not sum to the input length on axis {axis}: {total}"
        )
    parts, start = [], 0
    for n in sizes[:-1]:
        parts.append(_checked(part(x, axis, start, start + n), axis, n))
        start = start + n
    if sizes:
        # all of the rest: it has the length of the last part if the lengths add up
        parts.append(_checked(part(x, axis, start) if parts else x, axis, sizes[-1]))
    return parts


def _sizes(splits_size: Any, n_splits: int | None) -> list[Length]:
    if isinstance(splits_size, Variable) and n_splits is not None:
        vector = as_array(splits_size)
        if vector.type.ndim == 1:
            if vector.type.shape[0] not in (None, n_splits):
                raise ValueError(f"{vector.type.shape[0]} sizes were given for {n_splits} parts")
            return [as_count(vector[i]) for i in range(n_splits)]
    sizes = counts(splits_size)
    if n_splits is not None and len(sizes) != n_splits:
        raise ValueError(f"{len(sizes)} sizes were given for {n_splits} parts")
    return sizes


def _checked(x: Any, axis: int, n: Length) -> Any:
    """`x`, of which it is checked that an axis has the length `n`."""
    if length(x, axis) is n or isinstance(n, int) and x.type.shape[axis] == n:
        return x
    if x.type.shape[axis] == 1:
        x = part(x, axis, 0, n)  # a length that is known to be 1 would give way
    shape = lengths(x)
    shape[axis] = n
    return broadcast_to(x, shape)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts of nearly one length, or parts between given places.

    Parameters
    ----------
    ary : tensor-like
    indices_or_sections : int, or sequence of int or scalar variables
        The number of parts, of which the first are one longer if need be; or where each part but
        the first begins.
    axis : int
    """
    x = as_array(ary)
    axis = normalize_axis(axis, x.type.ndim)
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1:
            raise ValueError("number sections must be larger than 0.")
        size, longer = divmod(length(x, axis), indices_or_sections)
        places = [i * size + smaller(i, longer) for i in range(1, indices_or_sections)]
    else:
        places = counts(indices_or_sections)
    bounds = [0, *places, None]
    return [part(x, axis, a, b) for a, b in zip(bounds, bounds[1:], strict=False)]


def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts of equally many columns, or between columns; a vector is split along its only axis."""
    x = _of_rank(ary, 1, "hsplit")
    return _split_as_numpy(x, indices_or_sections, min(x.type.ndim - 1, 1))


def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts of equally many rows, or between rows."""
    return _split_as_numpy(_of_rank(ary, 2, "vsplit"), indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts of one length along the third axis, or between places."""
    return _split_as_numpy(_of_rank(ary, 3, "dsplit"), indices_or_sections, 2)


def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The layers of an array along an axis of known length."""
    x = as_array(x)
    axis = normalize_axis(axis, x.type.ndim)
    number = x.type.shape[axis]
    if number is None:
        raise ValueError(
            f"The length of axis {axis} of {x} is not known; declare it in the static shape"
        )
    return tuple(x[(slice(None),) * axis + (i,)] for i in range(number))


def _split_as_numpy(x: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    if isinstance(indices_or_sections, int):
        return split(x, indices_or_sections, axis=axis)
    return array_split(x, indices_or_sections, axis)


def _of_rank(ary: Any, ndim: int, name: str) -> Any:
    x = as_array(ary)
    if x.type.ndim < ndim:
        raise ValueError(f"{name} only works on arrays of {ndim} or more dimensions")
    return x
