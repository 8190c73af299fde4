"""Shapes that are stated, and checked when a function runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.array_op import ArrayOp, normalize_axes
from lamina.ir.ops.check import Assert
from lamina.ir.ops.constant import as_tensor_variable, constant_value


class SpecifyShape(ArrayOp):
    """The operand, whose shape is checked to be the given one (None: any) when it runs."""

    __module__ = "lamina.tensor.shape"
    __props__ = ("lengths",)
    nd_name = "specify_shape"
    view_map = {0: [0]}

    def __init__(self, lengths: Sequence[int | None]):
        self.lengths = tuple(lengths)

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        (x,) = types
        if x.ndim != len(self.lengths) or any(
            a is not None and b is not None and a != b
            for a, b in zip(x.shape, self.lengths, strict=True)
        ):
            raise ValueError(f"SpecifyShape: {x} cannot have the shape {self.lengths}")
        pairs = zip(x.shape, self.lengths, strict=True)
        return TensorType(x.dtype, tuple(a if b is None else b for a, b in pairs))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        for axis, (actual, wanted) in enumerate(zip(x.shape, self.lengths, strict=True)):
            if wanted is not None and actual != wanted:
                raise AssertionError(
                    f"SpecifyShape: dim {axis} of input has shape {actual}, expected {wanted}."
                )
        return x

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [specify_shape(output_grads[0], self.lengths)]


def specify_shape(x: Any, shape: Any) -> Any:
    """`x`, whose shape is checked at run time to be `shape` (None: any length).

    Parameters
    ----------
    x : array_like
    shape : int, sequence of (int, scalar variable or None), or vector variable

    Raises
    ------
    ValueError
        `x` has another rank; or, if that is known, other lengths.
    AssertionError
        When the graph is run: `x` has other lengths.
    """
    x = as_tensor_variable(x)
    if isinstance(shape, Variable):
        entries = [shape[i] for i in range(x.type.ndim)] if shape.type.ndim else [shape]  # type: ignore[index, attr-defined]
    else:
        entries = [shape] if isinstance(shape, int) else list(shape)
    known = [None if n is None else constant_value(n) for n in entries]
    lengths = [None if n is None else int(n) for n in known]
    if len(lengths) != x.type.ndim:
        raise ValueError(
            f"Input {x} is {x.type.ndim}-dimensional and can never match shape {lengths}"
        )
    if not all(n is None or n == m for n, m in zip(lengths, x.type.shape, strict=True)):
        x = SpecifyShape(lengths)(x)
    for axis, (n, number) in enumerate(zip(entries, known, strict=True)):
        if n is not None and number is None:
            message = f"SpecifyShape: dim {axis} of input has another length than expected."
            x = Assert(message)(x, nd.eq(x.shape[axis], n))
    return x


def specify_broadcastable(x: Any, *axes: int) -> Any:
    """`x`, of whose dimensions `axes` it is checked at run time that they have length 1.

    They are then broadcast, as dimensions are that are statically 1.
    """
    x = as_tensor_variable(x)
    ones = normalize_axes(axes, x.type.ndim)
    return specify_shape(x, [1 if i in ones else None for i in range(x.type.ndim)])
