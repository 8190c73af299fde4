"""Arrays put together along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp, normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value, weak_type
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.elementwise import common_dtype


class Join(ArrayOp):
    """Arrays one after another along an axis."""

    __module__ = "lamina.tensor.basic"
    __props__ = ("axis",)
    nd_name = "concatenate"

    def __init__(self, axis: int):
        self.axis = axis

    def make_node(self, *inputs: Any) -> Apply:
        arrays = [as_tensor_variable(v) for v in inputs]
        dtype = common_dtype([v.type.dtype for v in arrays], list(map(weak_type, arrays)))
        return super().make_node(*(cast(v, dtype) for v in arrays))

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        ndims = {t.ndim for t in types}
        if len(ndims) != 1 or 0 in ndims:
            raise TypeError(
                f"only arrays of one rank above 0 can be joined, got {', '.join(map(str, types))}"
            )
        shape: list[int | None] = []
        for axis, lengths in enumerate(zip(*(t.shape for t in types), strict=True)):
            known = {n for n in lengths if n is not None}
            if axis == self.axis:
                shape.append(None if None in lengths else sum(lengths))  # type: ignore[arg-type]
            elif len(known) > 1:
                raise ValueError(
                    f"joined arrays differ on axis {axis}: {', '.join(map(str, types))}"
                )
            else:
                shape.append(known.pop() if known else None)
        return TensorType(common_dtype([t.dtype for t in types]), shape)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.concatenate(arrays, self.axis)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.shape import length_of

        (g,), grads, start = output_grads, [], 0
        for x in inputs:
            stop = start + length_of(x, self.axis)
            grads.append(g[(slice(None),) * self.axis + (slice(start, stop),)])
            start = stop
        return grads

    def __str__(self) -> str:
        return f"Join{{axis={self.axis}}}"


def concatenate(tensor_list: Sequence[Any], axis: Any = 0) -> Any:
    """Arrays of one rank, one after another along `axis`; they agree in all other dimensions."""
    if (
        isinstance(tensor_list, (str, bytes))
        or not isinstance(tensor_list, Sequence)
        or not tensor_list
    ):
        raise TypeError("concatenate needs a non-empty list of arrays")
    arrays = [as_tensor_variable(v) for v in tensor_list]
    value = constant_value(axis)
    if value is None:
        raise TypeError("concatenate: a symbolic axis is not supported")
    if value.ndim or value.dtype.kind not in "iu":
        raise TypeError(f"concatenate: the axis must be an integer, got {axis!r}")
    return Join(normalize_axis(int(value), arrays[0].type.ndim))(*arrays)


def join(axis: Any, *tensors_list: Any) -> Any:
    """``concatenate`` with the axis first."""
    return concatenate(list(tensors_list), axis)


def stack(tensors: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape along a new axis."""
    if not isinstance(tensors, Sequence) or not tensors:
        raise TypeError("stack needs a non-empty list of arrays")
    arrays = [as_tensor_variable(v) for v in tensors]
    ndims = {v.type.ndim for v in arrays}
    if len(ndims) != 1:
        raise ValueError("all input arrays must have the same shape")
    if ndims == {0} and axis in (0, -1):
        from lamina.ir.ops.shape import make_vector

        return make_vector(*arrays)
    axis = normalize_axis(axis, arrays[0].type.ndim + 1)
    return concatenate([expand_dims(v, axis) for v in arrays], axis)
