"""Dimensions added, dropped and permuted: views of the same elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp, normalize_axes, normalize_axis
from lamina.ir.ops.constant import as_tensor_variable

Order = tuple[int, ...]
NEW = -1


class DimShuffle(ArrayOp):
    """Dimension i of the result is dimension ``new_order[i]`` of the operand, or new and of length
    1 ("x").

    Dimensions that are left out must have length 1.
    """

    __module__ = "lamina.tensor.elemwise"
    __props__ = ("input_ndim", "order")
    nd_name = "dimshuffle"
    view_map = {0: [0]}

    def __init__(
        self, *, input_ndim: int, new_order: Iterable[Any] = (), order: Order | None = None
    ):
        self.input_ndim = input_ndim
        self.order: Order = tuple(NEW if d == "x" else int(d) for d in (order or new_order))
        kept = [d for d in self.order if d != NEW]
        if len(set(kept)) != len(kept) or any(not 0 <= d < input_ndim for d in kept):
            raise ValueError(f"cannot shuffle {input_ndim} dimensions into {self.new_order}")
        self.dropped = tuple(d for d in range(input_ndim) if d not in kept)
        self.added = tuple(i for i, d in enumerate(self.order) if d == NEW)
        self.only_adds_dimensions = kept == list(range(input_ndim))

    @property
    def new_order(self) -> tuple[Any, ...]:
        return tuple("x" if d == NEW else d for d in self.order)

    def infer(self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]) -> TensorType:
        (x,) = types
        if x.ndim != self.input_ndim:
            raise TypeError(f"{self} takes {self.input_ndim} dimensions, got {x}")
        for axis in self.dropped:
            if x.shape[axis] not in (1, None):
                raise TypeError(f"cannot drop axis {axis} of {x}: its length is not 1")
        return TensorType(x.dtype, tuple(1 if d == NEW else x.shape[d] for d in self.order))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        for axis in self.dropped:
            if x.shape[axis] != 1:
                raise ValueError(
                    f"{self}: cannot drop axis {axis} of shape {x.shape}: its length is not 1"
                )
        kept = [d for d in self.order if d != NEW]
        shape = [1 if d == NEW else x.shape[d] for d in self.order]
        return x.transpose(kept + list(self.dropped)).reshape(shape).copy()

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (x,), (g,) = inputs, output_grads
        back = [self.order.index(d) if d in self.order else "x" for d in range(x.type.ndim)]
        return [dimshuffle(g, back)]

    def __str__(self) -> str:
        kept = [d for d in self.order if d != NEW]
        if self.dropped and not self.added and kept == sorted(kept):
            return f"Squeeze{{{_axes(self.dropped)}}}"
        if self.only_adds_dimensions and self.added:
            return f"ExpandDims{{{_axes(self.added)}}}"
        if not self.dropped and not self.added:
            return f"Transpose{{axes={list(self.order)}}}"
        order = ",".join(str(d) for d in self.new_order)
        return f"DimShuffle{{order=[{order}]}}"


def _axes(axes: Sequence[int]) -> str:
    return f"axis={axes[0]}" if len(axes) == 1 else f"axes={list(axes)}"


def dimshuffle(x: Any, pattern: Iterable[Any]) -> Any:
    """Permute, drop and add dimensions.

    Parameters
    ----------
    x : tensor-like
    pattern : iterable of int or "x"
        Entry i tells which dimension of `x` becomes dimension i; "x" adds one of length 1.
        Dimensions left out must have length 1.
    """
    x = as_tensor_variable(x)
    order = tuple(d if d == "x" else normalize_axis(int(d), x.type.ndim) for d in pattern)
    if order == tuple(range(x.type.ndim)):
        return x
    return DimShuffle(input_ndim=x.type.ndim, new_order=order)(x)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Permute dimensions; reverse them if `axes` is None."""
    x = as_tensor_variable(x)
    y = dimshuffle(x, tuple(reversed(range(x.type.ndim))) if axes is None else axes)
    if y.type.ndim != x.type.ndim:
        raise ValueError("axes don't match array")
    if y is not x and axes is None and x.name and y.name is None:
        y.name = f"{x.name}.T"
    return y


def matrix_transpose(x: Any) -> Any:
    """Exchange the last two dimensions."""
    x = as_tensor_variable(x)
    if x.type.ndim < 2:
        raise ValueError(f"matrix_transpose needs at least 2 dimensions, got {x.type}")
    return swapaxes(x, -1, -2)


def swapaxes(y: Any, axis1: int, axis2: int) -> Any:
    """Exchange two dimensions."""
    y = as_tensor_variable(y)
    order = list(range(y.type.ndim))
    a, b = (normalize_axis(axis, len(order)) for axis in (axis1, axis2))
    order[a], order[b] = order[b], order[a]
    return dimshuffle(y, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move dimensions to new places; the others keep their order."""
    a = as_tensor_variable(a)
    numbered = np.empty(tuple(range(a.type.ndim)), np.int8)
    return dimshuffle(a, np.moveaxis(numbered, source, destination).shape)


def expand_dims(a: Any, axis: Any) -> Any:
    """Add dimensions of length 1 so that they are at `axis` in the result."""
    a = as_tensor_variable(a)
    entries = axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = normalize_axes(tuple(entries), a.type.ndim + len(entries))
    rest = iter(range(a.type.ndim))
    ndim = a.type.ndim + len(axes)
    return dimshuffle(a, ["x" if i in axes else next(rest) for i in range(ndim)])


def squeeze(x: Any, axis: Any = None) -> Any:
    """Drop dimensions of length 1: those at `axis`, or all that are statically 1."""
    x = as_tensor_variable(x)
    if axis is None:
        axes = tuple(i for i, n in enumerate(x.type.shape) if n == 1)
    else:
        axes = normalize_axes(axis, x.type.ndim)
    return dimshuffle(x, [i for i in range(x.type.ndim) if i not in axes])


def shape_padleft(t: Any, n_ones: int = 1) -> Any:
    """Add `n_ones` dimensions of length 1 in front."""
    t = as_tensor_variable(t)
    return dimshuffle(t, ["x"] * n_ones + list(range(t.type.ndim)))


def shape_padright(t: Any, n_ones: int = 1) -> Any:
    """Add `n_ones` dimensions of length 1 at the end."""
    t = as_tensor_variable(t)
    return dimshuffle(t, list(range(t.type.ndim)) + ["x"] * n_ones)


def shape_padaxis(t: Any, axis: int) -> Any:
    """Add a dimension of length 1 at `axis`."""
    return expand_dims(t, axis)


def pad_or_drop_left(x: Any, ndim: int) -> Any:
    """`x` with `ndim` dimensions, added or dropped in front."""
    extra = x.type.ndim - ndim
    if extra <= 0:
        return shape_padleft(x, -extra)
    if any(n != 1 for n in x.type.shape[:extra]):
        raise ValueError(f"{x} of type {x.type} cannot be given {ndim} dimensions")
    return squeeze(x, tuple(range(extra)))
