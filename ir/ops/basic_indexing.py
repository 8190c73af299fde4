"""Parts of arrays by integers and slices; arrays with a part set or added to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp

# An entry of an index list: True for an integer operand, or which of start, stop, step are
# operands.
Entry = bool | tuple[bool, bool, bool]


class _Indexing(ArrayOp):
    """What Subtensor and IncSubtensor share: an index whose integers are operands.

    Parameters
    ----------
    idx_list : sequence
        An entry a dimension, from the first: True for an integer, (start, stop, step) with True for
        each that is given.
    """

    __props__: tuple[str, ...] = ("idx_list",)

    def __init__(self, idx_list: Sequence[Entry]):
        self.idx_list = tuple(idx_list)

    def index(self, operands: Sequence[Any]) -> tuple[Any, ...]:
        """The Python index made of integer `operands`."""
        rest = iter(operands)
        return tuple(
            next(rest)
            if entry is True
            else slice(*(next(rest) if given else None for given in entry))  # type: ignore[union-attr]
            for entry in self.idx_list
        )

    def view_type(self, x: TensorType, values: Sequence[np.ndarray | None]) -> TensorType:
        """The type of the part of an array of type `x`."""
        if len(self.idx_list) > x.ndim:
            raise IndexError(f"too many indices for array: {x} is indexed by {len(self.idx_list)}")
        shape: list[int | None] = []
        rest = iter(values)
        for axis, entry in enumerate(self.idx_list):
            n = x.shape[axis]
            if entry is True:
                i = next(rest)
                if i is not None and n is not None and not -n <= int(i) < n:
                    raise IndexError(
                        f"index {int(i)} is out of bounds for axis {axis} with size {n}"
                    )
                continue
            parts = [next(rest) if given else None for given in entry]  # type: ignore[union-attr]
            known = all(p is not None for p, given in zip(parts, entry, strict=True) if given)  # type: ignore[arg-type]
            bounds = [None if p is None else int(p) for p in parts]
            if bounds[2] == 0:
                raise ValueError("slice step cannot be zero")
            if known and n is not None:
                shape.append(len(range(*slice(*bounds).indices(n))))
            elif known and bounds in (
                [None, None, None],
                [None, None, 1],
                [0, None, None],
                [None, None, -1],
            ):
                shape.append(n)
            elif (
                known
                and None not in bounds[:2]
                and bounds[2] in (None, 1)
                and bounds[0] == bounds[1]
            ):
                shape.append(0)
            else:
                shape.append(None)
        return TensorType(x.dtype, (*shape, *x.shape[len(self.idx_list) :]))

    def index_text(self) -> str:
        letters = iter("ijklmnopqrstuvwxyz")
        texts = []
        for entry in self.idx_list:
            if entry is True:
                texts.append(next(letters))
            else:
                start, stop, step = entry  # type: ignore[misc]
                text = ("start" if start else "") + ":" + ("stop" if stop else "")
                texts.append(text + (":step" if step else ""))
        return ", ".join(texts)


class Subtensor(_Indexing):
    """The part ``x[index]``; a negative index counts from the end, one out of bounds raises
    IndexError.
    """

    __module__ = "lamina.tensor.subtensor"
    nd_name = "subtensor"
    view_map = {0: [0]}

    def infer(self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]) -> TensorType:
        return self.view_type(types[0], values[1:])

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, *operands = arrays
        return x[self.index([int(i) for i in operands])].copy()

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True]] + [[False] for _ in node.inputs[1:]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.creation import zeros_like

        x, *operands = inputs
        (g,) = output_grads
        into = zeros_like(x, g.type.dtype)
        return [IncSubtensor(self.idx_list)(into, g, *operands)] + [None] * len(operands)

    def __str__(self) -> str:
        return f"Subtensor{{{self.index_text()}}}"


class IncSubtensor(_Indexing):
    """The array x with y added to (or set in place of) the part ``x[index]``."""

    __module__ = "lamina.tensor.subtensor"
    __props__ = ("idx_list", "set_instead_of_inc")
    nd_name = "inc_subtensor"

    def __init__(self, idx_list: Sequence[Entry], set_instead_of_inc: bool = False):
        super().__init__(idx_list)
        self.set_instead_of_inc = set_instead_of_inc

    def infer(self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]) -> TensorType:
        x, y = types[:2]
        part = self.view_type(x, values[2:])
        if y.ndim > part.ndim:
            raise ValueError(f"{self}: the value {y} has more dimensions than the part {part}")
        for n, m in zip(reversed(y.shape), reversed(part.shape), strict=False):
            if None not in (n, m) and n not in (1, m):
                raise ValueError(f"{self}: the value {y} does not broadcast to the part {part}")
        return x

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, y, *operands = arrays
        result, index = x.copy(), self.index([int(i) for i in operands])
        if self.set_instead_of_inc:
            result[index] = y
        else:
            result[index] = result[index] + y
        return result

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        x, y, *operands = inputs
        part = x[self.index([int(i) for i in operands])].shape
        static = node.inputs[1].type.shape  # type: ignore[attr-defined]
        for n, actual, m in zip(reversed(static), reversed(y.shape), reversed(part), strict=False):
            if n != 1 and actual != m:
                raise ValueError(f"{self}: the value has shape {y.shape}, the part {part}")
        super().perform(node, inputs, output_storage)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [True]] + [[False] for _ in node.inputs[2:]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.creation import zeros_like
        from lamina.ir.ops.reduction import sum_to_type

        x, y, *operands = inputs
        (g,) = output_grads
        part = Subtensor(self.idx_list)(g, *operands)
        to_x = g
        if self.set_instead_of_inc:
            to_x = IncSubtensor(self.idx_list, True)(g, zeros_like(part), *operands)
        return [to_x, sum_to_type(part, y.type)] + [None] * len(operands)

    def __str__(self) -> str:
        name = "SetSubtensor" if self.set_instead_of_inc else "IncSubtensor"
        return f"{name}{{{self.index_text()}}}"
