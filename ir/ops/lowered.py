"""What the compiler makes of indexing and shapes, as ops of a graph: printed compiled graphs show
them, and can be evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.array_op import ArrayOp


class _Lowered(ArrayOp):
    """An op whose result type is told, not inferred."""

    __module__ = "lamina.tensor.lowered"
    __props__: tuple[str, ...] = ("type",)

    def __init__(self, type: TensorType):
        self.type = type

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        return self.type

    def __str__(self) -> str:
        return type(self).__name__


class View(_Lowered):
    """Offset, length and step along each axis; the axes `dropped` go."""

    __props__ = ("type", "dropped")
    view_map = {0: [0]}

    def __init__(self, type: TensorType, dropped: tuple[int, ...]):
        super().__init__(type)
        self.dropped = dropped

    def index(self, numbers: Sequence[np.ndarray]) -> tuple[Any, ...]:
        """The Python index that takes the view."""
        triples = [tuple(int(n) for n in numbers[i : i + 3]) for i in range(0, len(numbers), 3)]
        return tuple(
            offset if axis in self.dropped else np.arange(offset, offset + length * step, step)
            for axis, (offset, length, step) in enumerate(triples)
        )

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, *numbers = arrays
        for axis, entry in reversed(list(enumerate(self.index(numbers)))):
            x = np.take(x, entry, axis)
        return x


class UpdateView(View):
    """The operand with a view of it set, or incremented."""

    __props__ = ("type", "dropped", "set")
    view_map: dict[int, list[int]] = {}

    def __init__(self, type: TensorType, dropped: tuple[int, ...], set: bool):
        super().__init__(type, dropped)
        self.set = set

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, y, *numbers = arrays
        result = x.copy()
        entries = [np.atleast_1d(e) for e in self.index(numbers)]
        grid = np.ix_(*entries)
        shape = [len(e) for e in entries]
        kept = [n for axis, n in enumerate(shape) if axis not in self.dropped]
        value = np.broadcast_to(y, kept).reshape(shape)
        result[grid] = value if self.set else result[grid] + value
        return result

    def __str__(self) -> str:
        return "SetView" if self.set else "IncView"


class ReshapeTo(_Lowered):
    """The elements in row-major order, with the lengths given by the other operands."""

    view_map = {0: [0]}

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, *lengths = arrays
        return x.reshape([int(n) for n in lengths])


class Iota(_Lowered):
    """0, 1, ... below a length."""

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.arange(int(arrays[0]))


def apply_lowered(op: _Lowered, inputs: Sequence[Variable]) -> Apply:
    """An application of a lowered op."""
    return Apply(op, list(inputs), [op.type()])
