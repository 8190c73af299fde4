"""Dimensions joined into one and one split into several; arrays packed side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.ir.ops.arguments import as_array, counts, length, lengths, product
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.shape import as_shape_vector
from lamina.ir.ops.splitting import split


def join_dims(x: Any, start_axis: int = 0, n_axes: int | None = None) -> Any:
    """Make one dimension of several that follow each other.

    Parameters
    ----------
    x : tensor-like
    start_axis : int
        The first of them.
    n_axes : int, optional
        How many; all that follow if None. Of none of them comes a new dimension of length 1.

    Raises
    ------
    ValueError
        `x` has not so many dimensions.

    Examples
    --------
    >>> join_dims(x, 1, 2)  # (2, 3, 4, 5) becomes (2, 12, 5)
    """
    x = as_array(x)
    ndim = x.type.ndim
    start = start_axis + ndim if start_axis < 0 else start_axis
    number = ndim - start if n_axes is None else n_axes
    if not 0 <= start <= ndim or number < 0 or start + number > ndim:
        raise ValueError(f"{x} has {ndim} dimensions, not {n_axes} from {start_axis} on")
    shape = lengths(x)
    joined = product(shape[start : start + number])
    return reshape(x, [*shape[:start], joined, *shape[start + number :]])


def split_dims(x: Any, shape: Any, axis: int | None = None) -> Any:
    """Make several dimensions of one.

    Parameters
    ----------
    x : tensor-like
    shape : int, sequence of int or scalar variables, or integer vector of known length
        The new lengths, of which one may be -1. None of them drop a dimension of length 1.
    axis : int, optional
        The dimension; it need not be given if there is only one.

    Raises
    ------
    ValueError
        The lengths do not fit; at run time, where they are not known before.

    Examples
    --------
    >>> split_dims(x, (3, 4), axis=1)  # (2, 12, 5) becomes (2, 3, 4, 5)
    """
    x = as_array(x)
    if axis is None:
        if x.type.ndim != 1:
            raise ValueError(f"split_dims needs an axis for {x} of type {x.type}")
        axis = 0
    axis = normalize_axis(axis, x.type.ndim)
    new = counts(shape)
    if -1 in [n for n in new if isinstance(n, int)]:
        known = product([n for n in new if not isinstance(n, int) or n != -1])
        total = length(x, axis)
        if isinstance(total, int) and isinstance(known, int) and (not known or total % known):
            raise ValueError(f"a dimension of length {total} cannot be split into {tuple(new)}")
        if not isinstance(known, int) or known:
            new = [total // known if isinstance(n, int) and n == -1 else n for n in new]
    old = lengths(x)
    return reshape(x, [*old[:axis], *new, *old[axis + 1 :]])


def pack(*tensors: Any, axes: int | Sequence[int] | None = None) -> tuple[Any, list[Any]]:
    """Arrays of different shapes as parts of one, in which they follow each other along an axis.

    Parameters
    ----------
    *tensors : tensor-like
    axes : int or sequence of int, optional
        The dimensions that all arrays have and that stay: from the front 0, 1, ..., from the end
        -1, -2, ... without gaps. The rest of each array becomes one dimension, along which they are
        joined; all of it if None.

    Returns
    -------
    packed : variable
    packed_shapes : list of integer vectors
        The lengths of the dimensions of each array that were joined, for ``unpack``.

    Notes
    -----
    As ``einops.pack`` with the pattern ``"a b * c"`` for ``axes=(0, 1, -1)``.

    Examples
    --------
    >>> packed, shapes = pack(matrix, vector, scalar)
    >>> matrix, vector, scalar = unpack(packed, axes=None, packed_shapes=shapes)
    """
    if not tensors:
        raise ValueError("pack takes at least one array")
    arrays = [as_array(x) for x in tensors]
    before, after = _kept(axes)
    flat, shapes = [], []
    for x in arrays:
        if x.type.ndim < before + after:
            raise ValueError(f"{x} of type {x.type} has not the dimensions axes={axes!r}")
        joined = x.type.ndim - before - after
        shapes.append(as_shape_vector(lengths(x)[before : before + joined]))
        flat.append(join_dims(x, before, joined))
    return concatenate(flat, before), shapes


def unpack(
    packed_input: Any, axes: int | Sequence[int] | None, packed_shapes: Sequence[Any]
) -> list[Any]:
    """The arrays that ``pack`` made one of.

    Parameters
    ----------
    packed_input : tensor-like
    axes : int or sequence of int, optional
        The dimensions that stayed, as for ``pack``.
    packed_shapes : sequence of shapes
        Of each array the lengths of the dimensions that were joined.
    """
    packed = as_array(packed_input)
    before, after = _kept(axes)
    if packed.type.ndim != before + 1 + after:
        raise ValueError(
            f"{packed} of type {packed.type} should have {before + 1 + after} dimensions, of "
            f"which axes={axes!r} stayed"
        )
    shapes = [counts(shape) for shape in packed_shapes]
    parts = split(packed, [product(shape) for shape in shapes], axis=before)
    return [split_dims(part, shape, before) for part, shape in zip(parts, shapes, strict=True)]


def _kept(axes: int | Sequence[int] | None) -> tuple[int, int]:
    """How many dimensions stay in front and at the end."""
    entries = [] if axes is None else [axes] if isinstance(axes, int) else list(axes)
    front, back = sorted(a for a in entries if a >= 0), sorted(-a for a in entries if a < 0)
    if front != list(range(len(front))) or back != list(range(1, len(back) + 1)):
        raise ValueError(f"axes are 0, 1, ... and -1, -2, ... without gaps, got {axes!r}")
    return len(front), len(back)
