"""Ops that stand for a graph of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.ops.constant import as_tensor_variable


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
