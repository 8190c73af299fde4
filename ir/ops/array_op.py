"""Ops on whole arrays: their mechanics, derived from a type rule and a NumPy meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.constant import as_tensor_variable, constant_value


class ArrayOp(Op):
    """An op on arrays with one result.

    A subclass states ``nd_name`` (its name in the IR, where its ``__props__`` are attributes),
    ``infer`` and ``numpy``.
    """

    nd_name: ClassVar[str]

    def infer(self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]) -> TensorType:
        """The type of the result, from those of the operands and the values of constant operands.

        Raises
        ------
        TypeError, ValueError
            The operands do not fit the op.
        """
        raise NotImplementedError

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        """The result on arrays."""
        raise NotImplementedError

    def make_node(self, *inputs: Any) -> Apply:
        variables = [as_tensor_variable(v) for v in inputs]
        out = self.infer([v.type for v in variables], [constant_value(v) for v in variables])
        return Apply(self, variables, [out()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        dtype = node.outputs[0].type.dtype  # type: ignore[attr-defined]
        with np.errstate(all="ignore"):
            result = self.numpy(*map(np.asarray, inputs))
        output_storage[0][0] = np.asarray(result, dtype)


def normalize_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes as a sorted tuple of numbers in [0, ndim); None is all of them.

    Raises
    ------
    ValueError
        An axis is out of range or given twice (numpy.exceptions.AxisError is one).
    """
    if axis is None:
        return tuple(range(ndim))
    entries = axis if isinstance(axis, (tuple, list, np.ndarray)) else (axis,)
    axes = []
    for entry in entries:
        value = constant_value(entry)
        if value is None or value.ndim or value.dtype.kind not in "iu":
            raise TypeError(f"axis must be an int or a tuple of ints, got {axis!r}")
        axes.append(normalize_axis(int(value), ndim))
    if len(set(axes)) != len(axes):
        raise ValueError(f"duplicate axes in {axis!r}")
    return tuple(sorted(axes))


def normalize_axis(axis: int, ndim: int) -> int:
    """`axis` counted from the front."""
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis % ndim
