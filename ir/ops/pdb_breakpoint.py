"""A stop in the debugger while a function runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.gradient_types import disconnected_type
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable


class PdbBreakpoint(Op):
    """What it is given after a condition, as it is; where the condition holds, Python's debugger
    starts as the values are computed.

    The values are the list ``values`` in the debugger. It is what ``breakpoint()`` starts, so that
    the environment variable ``PYTHONBREAKPOINT`` chooses another one, or none. What is computed
    from the results waits for it; a breakpoint of which no result is used is never met.

    Parameters
    ----------
    name : str
        Shown when the debugger starts.

    Examples
    --------
    >>> x, y = pt.dvectors("x", "y")
    >>> distance = pt.sqrt(((x - y) ** 2).sum())
    >>> distance, x, y = PdbBreakpoint("far away")(distance > 100, distance, x, y)
    """

    __module__ = "lamina.breakpoint"
    __props__ = ("name",)
    callback = True

    def __init__(self, name: str):
        self.name = name

    def make_node(self, condition: Any, *monitored: Any) -> Apply:  # type: ignore[override]
        if not monitored:
            raise TypeError(f"{self} needs a variable to watch, besides the condition")
        condition = as_tensor_variable(condition)
        if condition.type.ndim:
            raise TypeError(f"the condition of {self} is a number, got {condition.type}")
        given = [v if isinstance(v, Variable) else as_tensor_variable(v) for v in monitored]
        return Apply(_watching(self, len(given)), [condition, *given], [v.type() for v in given])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        condition, *values = inputs
        if np.all(condition):
            print(f"\n{self}: the condition holds; these are its values, as the list values:")
            for i, (v, value) in enumerate(zip(node.inputs[1:], values, strict=True)):
                print(f"values[{i}], {v} = {value}")
            breakpoint()
        for storage, value in zip(output_storage, values, strict=True):
            storage[0] = value

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        n = len(node.outputs)
        return [[False] * n, *([i == j for j in range(n)] for i in range(n))]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [disconnected_type(), *output_grads]

    def R_op(self, inputs: list[Variable], eval_points: Any) -> list[Variable]:
        return list(eval_points[1:])

    def infer_shape(self, fgraph: Any, node: Apply, input_shapes: Any) -> Any:
        return list(input_shapes[1:])

    def __str__(self) -> str:
        return f"PdbBreakpoint{{{self.name}}}"


def _watching(op: PdbBreakpoint, count: int) -> PdbBreakpoint:
    """`op` for so many variables: each result is a view of what it stands for."""
    new = type(op)(op.name)
    new.view_map = {i: [i + 1] for i in range(count)}
    return new
