"""Several elementwise ops as one: what a fused kernel is in a printed graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import HasInnerGraph, Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.elementwise import Elemwise, ScalarOp, check_run_time_broadcast
from lamina.ir.shapes import broadcast_static

LONGEST_TEXT = 60


class Composite(Op, HasInnerGraph):
    """Functions of scalars, given as a graph, applied to every element of broadcast arrays.

    Each output has the shape of all inputs broadcast against each other.

    Parameters
    ----------
    inputs : sequence of Variable
        Scalars (0-d tensors). The op takes arrays of exactly their dtypes.
    outputs : sequence of Variable
        Scalars computed from `inputs` and constants by `Elemwise` ops. The graph is copied, and its
        variables named: i0, i1, ... the inputs, o0, o1, ... the outputs, t3, ... what else is used
        more than once.
    destroy_map : mapping from output to input numbers, optional
        Whose buffers the outputs take.
    """

    __module__ = "lamina.tensor.elemwise"
    scalar_inner_graph = True

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        destroy_map: Mapping[int, Sequence[int]] | None = None,
    ):
        if not outputs:
            raise ValueError("Composite needs an output")
        self.fgraph = FunctionGraph(inputs, outputs)
        self.destroy_map = {o: list(i) for o, i in (destroy_map or {}).items()}
        self.order: list[Any] = self.fgraph.toposort()
        for variable in (*self.fgraph.inputs, *(v for n in self.order for v in n.outputs)):
            if not isinstance(variable.type, TensorType) or variable.type.ndim:
                raise TypeError(f"Composite is made of scalars, got {variable}: {variable.type}")
        for node in self.order:
            if not isinstance(node.op, Elemwise):
                raise TypeError(f"Composite is made of elementwise ops, got {node.op}")
        self._name_variables()
        self._text = self._infix()

    def _name_variables(self) -> None:
        computed = [node.outputs[0] for node in self.order]
        for number, v in enumerate(self.fgraph.inputs + computed):
            shared = number >= len(self.fgraph.inputs) and len(self.fgraph.clients[v]) > 1
            v.name = f"t{number}" if shared else None
        for number, v in reversed(list(enumerate(self.fgraph.outputs))):
            if not isinstance(v, Constant):
                v.name = f"o{number}"
        for number, v in enumerate(self.fgraph.inputs):
            v.name = f"i{number}"

    def _infix(self) -> str:
        if len(self.fgraph.outputs) > 1:
            return "..."
        texts = {v: str(v) for v in self.fgraph.variables if v.owner is None}
        for node in self.order:
            text = scalar_text(node.op.scalar_op, [texts[v] for v in node.inputs])
            if len(text) > LONGEST_TEXT:
                return "..."
            texts[node.outputs[0]] = text
        return texts[self.fgraph.outputs[0]]

    @property
    def inner_inputs(self) -> list[Any]:
        return self.fgraph.inputs

    @property
    def inner_outputs(self) -> list[Any]:
        return self.fgraph.outputs

    def make_node(self, *inputs: Any) -> Apply:
        from lamina.ir.ops.dimshuffle import shape_padleft

        if len(inputs) != len(self.fgraph.inputs):
            raise TypeError(f"{self} takes {len(self.fgraph.inputs)} operands, got {len(inputs)}")
        variables = [as_tensor_variable(v) for v in inputs]
        for variable, inner in zip(variables, self.inner_inputs, strict=True):
            if variable.type.dtype != inner.type.dtype:
                raise TypeError(f"{self}: {inner} is {inner.type}, got {variable}: {variable.type}")
        ndim = max((v.type.ndim for v in variables), default=0)
        variables = [shape_padleft(v, ndim - v.type.ndim) for v in variables]
        try:
            shape = broadcast_static([v.type.shape for v in variables])
        except ValueError as error:
            operands = " and ".join(f"{v} {v.type.shape}" for v in variables)
            raise ValueError(f"{self} of {operands}: {error}") from None
        outputs = [TensorType(v.type.dtype, shape)() for v in self.inner_outputs]
        return Apply(self, variables, outputs)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        arrays = [np.asarray(x) for x in inputs]
        check_run_time_broadcast(node, arrays)
        values: dict[Variable, np.ndarray] = dict(zip(self.fgraph.inputs, arrays, strict=True))
        for v in self.fgraph.variables:
            if isinstance(v, Constant):
                values[v] = v.data
        for inner in self.order:
            operands = [values[v] for v in inner.inputs]
            values[inner.outputs[0]] = inner.op.compute(inner, operands)
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        for storage, v in zip(output_storage, self.fgraph.outputs, strict=True):
            storage[0] = np.broadcast_to(values[v], shape).copy()

    def _props(self) -> tuple[Any, ...]:
        numbers = {v: number for number, v in enumerate(self.fgraph.inputs)}
        for node in self.order:
            numbers[node.outputs[0]] = len(numbers)

        def key(v: Variable) -> Any:
            return v.signature() if isinstance(v, Constant) else numbers[v]

        return (
            tuple(v.type for v in self.fgraph.inputs),
            tuple((node.op, *map(key, node.inputs)) for node in self.order),
            tuple(map(key, self.fgraph.outputs)),
            tuple((o, *i) for o, i in sorted(self.destroy_map.items())),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Composite):
            return NotImplemented
        return self is other or self._props() == other._props()

    def __hash__(self) -> int:
        return hash(self._props())

    def __reduce__(self) -> Any:
        return Composite, (self.fgraph.inputs, self.fgraph.outputs, self.destroy_map)

    def __str__(self) -> str:
        return f"Composite{{{self._text}}}"

    __repr__ = __str__


def scalar_text(op: ScalarOp, operands: Sequence[str]) -> str:
    """The application of a scalar op as text: ``(a + b)``, ``(-a)``, ``exp(a)``."""
    if op.symbol is None:
        return f"{op}({', '.join(operands)})"
    if len(operands) == 1:
        return f"({op.symbol}{operands[0]})"
    return f"({f' {op.symbol} '.join(operands)})"
