"""Arrays put side by side in the ways that have names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import Length, as_array, length, lengths
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.broadcasting import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    atleast_Nd,
    broadcast_shape,
)
from lamina.ir.ops.dimshuffle import shape_padright
from lamina.ir.ops.joining import concatenate, stack
from lamina.ir.ops.reshape import flatten


def hstack(tup: Sequence[Any]) -> Any:
    """Arrays one after another along their second axis; vectors along their only one."""
    arrays = [atleast_1d(a) for a in _several(tup)]
    return concatenate(arrays, 0 if arrays[0].type.ndim == 1 else 1)


def vstack(tup: Sequence[Any]) -> Any:
    """Arrays below each other; a vector is a row."""
    return concatenate([atleast_2d(a) for a in _several(tup)], 0)


def dstack(tup: Sequence[Any]) -> Any:
    """Arrays one after another along a third axis."""
    return concatenate([atleast_3d(a) for a in _several(tup)], 2)


def column_stack(tup: Sequence[Any]) -> Any:
    """Arrays beside each other; a vector is a column."""
    arrays = [as_array(a) for a in _several(tup)]
    columns = [shape_padright(flatten(a)) if a.type.ndim < 2 else a for a in arrays]
    return concatenate(columns, 1)


def horizontal_stack(*args: Any) -> Any:
    """Matrices beside each other."""
    return concatenate(_matrices(args), 1)


def vertical_stack(*args: Any) -> Any:
    """Matrices below each other."""
    return concatenate(_matrices(args), 0)


def stacklists(arg: Any) -> Any:
    """An array of nested lists of arrays of one shape; each level is a dimension in front."""
    if isinstance(arg, (tuple, list)):
        return stack([stacklists(entry) for entry in arg])
    return as_array(arg)


def concat_with_broadcast(tensor_list: Sequence[Any], axis: int = 0) -> Any:
    """Arrays one after another along `axis`, broadcast in all other dimensions."""
    arrays = [as_array(a) for a in tensor_list]
    if not arrays:
        raise ValueError("Cannot concatenate an empty list of tensors.")
    ndim = max(a.type.ndim for a in arrays)
    arrays = [atleast_Nd(a, n=ndim) for a in arrays]
    axis = normalize_axis(axis, ndim)
    shapes = [[1 if i == axis else n for i, n in enumerate(lengths(a))] for a in arrays]
    together = broadcast_shape(*shapes, arrays_are_shapes=True)
    return concatenate([_filling(a, together, axis) for a in arrays], axis)


def _filling(a: Any, shape: Sequence[Length], axis: int) -> Any:
    """`a` broadcast to a shape in all dimensions but one."""
    wanted = [n if i != axis else length(a, i) for i, n in enumerate(shape)]
    return a if a.type.shape == tuple(wanted) else broadcast_to(a, wanted)


def block(arrays: Any) -> Any:
    """An array of nested lists of blocks: the innermost along the last axis, and so outward.

    Blocks of fewer dimensions get some of length 1 in front.

    Raises
    ------
    ValueError
        A list is empty, or the lists are not all nested equally deep.
    """
    depth = _depth(arrays)
    ndim = max(depth, max(as_array(a).type.ndim for a in _leaves(arrays)))
    return _joined(arrays, ndim, ndim - depth)


def _joined(arrays: Any, ndim: int, axis: int) -> Any:
    if not isinstance(arrays, list):
        return atleast_Nd(arrays, n=ndim)
    return concatenate([_joined(a, ndim, axis + 1) for a in arrays], axis)


def _depth(arrays: Any) -> int:
    if isinstance(arrays, tuple):
        raise TypeError("block takes nested lists, not tuples")
    if not isinstance(arrays, list):
        return 0
    depths = {_depth(a) for a in arrays}
    if not depths:
        raise ValueError("List at arrays cannot be empty")
    if len(depths) > 1:
        raise ValueError(f"List depths are mismatched: {sorted(depths)}")
    return 1 + depths.pop()


def _leaves(arrays: Any) -> list[Any]:
    return [v for a in arrays for v in _leaves(a)] if isinstance(arrays, list) else [arrays]


def _several(tup: Any) -> list[Any]:
    if not isinstance(tup, (tuple, list)) or not tup:
        raise TypeError(f"arrays to stack must be passed as a non-empty list or tuple, got {tup!r}")
    return list(tup)


def _matrices(args: Sequence[Any]) -> list[Any]:
    arrays = [as_array(a) for a in args]
    if not arrays or any(a.type.ndim != 2 for a in arrays):
        raise ValueError(f"expected matrices, got {', '.join(str(a.type) for a in arrays)}")
    return arrays
