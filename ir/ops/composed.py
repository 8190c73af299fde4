"""Ops that stand for a graph of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable


def lowered(node: Apply) -> list[Variable] | None:
    """The graph on the operands of `node` that its op stands for, by the op's method ``lowering``.

    Returns
    -------
    list of Variable, or None
        The results, one for each output of `node`; None if the op is none of others.

    Raises
    ------
    TypeError
        They are not of the types that `node` declares.
    """
    lowering = getattr(node.op, "lowering", None)
    given = None if lowering is None else lowering(*node.inputs)
    if given is None:
        return None
    results = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(results) != len(node.outputs):
        raise TypeError(
            f"{node.op}: lowering must return {len(node.outputs)} results, got {len(results)}"
        )
    return [_fitting(node, i, result) for i, result in enumerate(results)]


def _fitting(node: Apply, i: int, result: Any) -> Variable:
    """`result` as output `i` of `node`: the lengths that it declares are checked."""
    from lamina.ir.ops.specify_shape import specify_shape

    declared = node.outputs[i].type
    found = result.type if isinstance(result, Variable) else type(result).__name__
    if found == declared:
        return result
    if (
        not isinstance(declared, TensorType)
        or not isinstance(found, TensorType)
        or (declared.dtype, declared.ndim) != (found.dtype, found.ndim)
    ):
        raise TypeError(
            f"{node.op}: the lowering of output {i} is {result} of type {found}, but it is "
            f"declared to be {declared}"
        )
    return result if declared.is_super(found) else specify_shape(result, declared.shape)


class ComposedOp(Op):
    """An op that users see as one, and the compiler as what ``lowering`` says.

    A subclass states ``__props__``, ``lowering``, ``numpy`` and, where the gradient is not that of
    the lowering, ``L_op``.
    """

    def lowering(self, *inputs: Any) -> Any:
        """The result, as a graph on `inputs`."""
        raise NotImplementedError

    def numpy(self, *arrays: np.ndarray) -> Any:
        """The result on arrays."""
        raise NotImplementedError

    def make_node(self, *inputs: Any) -> Apply:
        variables = [as_tensor_variable(v) for v in inputs]
        return Apply(self, variables, [self.lowering(*variables).type()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        with np.errstate(all="ignore"):
            result = self.numpy(*map(np.asarray, inputs))
        output_storage[0][0] = np.array(result, node.outputs[0].type.dtype)  # type: ignore[attr-defined]
