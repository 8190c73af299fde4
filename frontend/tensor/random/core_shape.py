"""Draws with the lengths of one draw among their operands."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.random_variable import RandomVariable
from lamina.op_from_graph import OpFromGraph


class RandomVariableWithCoreShape(OpFromGraph):
    """A random variable whose operands begin with the lengths of one draw, as graph tools see it.

    Its graph is one draw: ``with_core_shape`` makes it of that.

    Examples
    --------
    >>> rng = pt.random.shared_rng(1)
    >>> next_rng, x = rng.dirichlet([1.0, 2.0, 3.0], size=(4,))
    >>> y = RandomVariableWithCoreShape.with_core_shape([3], x.owner).outputs[1]
    """

    __module__ = "lamina.tensor.random.op"
    default_output = 1

    @classmethod
    def with_core_shape(cls, core_shape: Any, node: Apply) -> Apply:
        """The application that does what `node`, one of a random variable, does."""
        lengths = as_tensor_variable(core_shape, dtype="int64")
        operands = [v for v in node.inputs if not isinstance(v, Constant)]
        inner = {v: v.type() for v in operands}
        copy = node.clone_with_new_inputs([inner.get(v, v) for v in node.inputs], strict=False)
        return cls([lengths.type(), *inner.values()], copy.outputs).make_node(lengths, *operands)

    @property
    def node(self) -> Apply:
        """The draw in the graph."""
        owner = self.fgraph.outputs[1].owner
        assert owner is not None
        return owner

    @property
    def core_op(self) -> RandomVariable:
        """The random variable."""
        return self.node.op  # type: ignore[return-value]

    def _operand(self, node: Apply, inner: Variable) -> Variable:
        return (
            inner if isinstance(inner, Constant) else node.inputs[self.fgraph.inputs.index(inner)]
        )

    def rng_param(self, node: Apply) -> Variable:
        """The generator that `node` draws from."""
        return self._operand(node, self.node.inputs[0])

    def size_param(self, node: Apply) -> Variable:
        """The size of `node`, which may be ``NoneConst``."""
        return self._operand(node, self.node.inputs[1])

    def dist_params(self, node: Apply) -> list[Variable]:
        """The parameters of the distribution."""
        return [self._operand(node, v) for v in self.node.inputs[2:]]

    def batch_ndim(self, node: Apply) -> int:
        """How many dimensions of the draw are independent draws."""
        return self.core_op.batch_ndim(self.node)

    def __str__(self) -> str:
        return f"[{self.core_op}]"
