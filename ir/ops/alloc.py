"""Values broadcast to a shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.shape import as_length, shape_tuple


class Alloc(ArrayOp):
    """A value broadcast to a shape."""

    __module__ = "lamina.tensor.basic"
    __props__ = ()
    nd_name = "alloc"

    def make_node(self, value: Any, *lengths: Any) -> Apply:  # type: ignore[override]
        return super().make_node(value, *map(as_length, lengths))

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        value, known = types[0], [None if v is None else int(v) for v in values[1:]]
        if any(n is not None and n < 0 for n in known):
            raise ValueError(f"Alloc: negative length in {known}")
        extra = len(known) - value.ndim
        if extra < 0:
            raise TypeError(f"Alloc: the value {value} has more dimensions than the shape {known}")
        for axis, n in enumerate(value.shape, extra):
            if n not in (None, 1):
                if known[axis] not in (None, n):
                    raise ValueError(f"Alloc: the value {value} does not broadcast to {known}")
                known[axis] = n
        return TensorType(value.dtype, known)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        value, *lengths = arrays
        return np.broadcast_to(value, [int(n) for n in lengths]).copy()

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        value, shape = inputs[0], [int(n) for n in inputs[1:]]
        static = node.inputs[0].type.shape  # type: ignore[attr-defined]
        for axis, n in enumerate(static, len(shape) - len(static)):
            actual = np.shape(value)[axis - len(shape) + len(static)]
            if n != 1 and actual != shape[axis]:
                raise ValueError(
                    f"Alloc: the value has length {actual} on axis {axis}, the shape "
                    f"{shape[axis]}. "
                    "Only a dimension that is statically 1 broadcasts."
                )
        super().perform(node, inputs, output_storage)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True]] + [[False] for _ in node.inputs[1:]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.reduction import sum_to_type

        return [sum_to_type(output_grads[0], inputs[0].type)] + [None] * (len(inputs) - 1)


def broadcast_to(x: Any, shape: Any) -> Any:
    """`x` broadcast to a shape; only dimensions statically 1 broadcast."""
    return Alloc()(x, *shape_tuple(shape))
