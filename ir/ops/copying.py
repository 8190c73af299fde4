"""Copies and views of values of any type."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Variable


class _Same(Op):
    """An op whose result is its operand: compiled functions copy where they must."""

    __module__ = "lamina.compile.ops"
    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        (x,) = inputs
        if not isinstance(x, Variable):
            from lamina.ir.ops.constant import as_tensor_variable

            x = as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def lowering(self, x: Variable) -> Variable:
        return x

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return list(output_grads)

    def pushforward(self, inputs: Any, outputs: Any, tangents: Any) -> list[Any]:
        return list(tangents)


class DeepCopyOp(_Same):
    """The operand, copied."""

    __module__ = "lamina.compile.ops"

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = copy.deepcopy(inputs[0])


class ViewOp(_Same):
    """The operand, as another variable."""

    __module__ = "lamina.compile.ops"
    view_map = {0: [0]}

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = inputs[0]


deep_copy_op = DeepCopyOp()
view_op = ViewOp()
