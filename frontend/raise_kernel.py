"""Kernels as graphs: a composite of the elementwise part, and reductions of its outputs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.composite import Composite
from lamina.ir.ops.constant import constant
from lamina.ir.ops.creation import Alloc
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.lowered import Iota, apply_lowered


def raise_kernel(op: nd.KernelOp, variable: Callable[[SSAValue], Variable]) -> list[Variable]:
    """The results of a kernel, on the variables of its operands."""
    return _Raised(op, variable).results()


class _Raised:
    def __init__(self, op: nd.KernelOp, variable: Callable[[SSAValue], Variable]):
        self.op = op
        self.variable = variable
        self.maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        self.rank = len(op.attributes["iterators"].data)  # type: ignore[attr-defined]
        self.operands: list[Variable] = []
        self.scalars: list[Variable] = []

    def results(self) -> list[Variable]:
        op, body = self.op, self.op.body.block
        combine = [s.data for s in op.attributes["combine"]]  # type: ignore[attr-defined]
        inner: dict[SSAValue, Variable] = {}
        for i, argument in enumerate(body.args):
            operand = self._spread(self.variable(op.operands[i]), self.maps[i])
            inner[argument] = self._input(operand, nd.dtype_of(argument))
        outputs: list[Variable] = []
        for inner_op in body.ops:
            if isinstance(inner_op, nd.YieldOp):
                outputs = [inner[v] for v in inner_op.operands]
            elif isinstance(inner_op, nd.ConstantOp):
                inner[inner_op.results[0]] = constant(inner_op.data)
            elif isinstance(inner_op, nd.LoopIndexOp):
                inner[inner_op.results[0]] = self._input(self._position(inner_op), "int64")
            else:
                definition: Any = inner_op.definition  # type: ignore[attr-defined]
                made = TensorType(nd.dtype_of(inner_op.results[0]), ())()
                inner[inner_op.results[0]] = made
                Apply(definition, [inner[v] for v in inner_op.operands], [made])
        self._cover_loops()
        elements = self._elements(outputs, combine)
        return [
            self._reduced(name, elements[v], result) if name else elements[v]
            for name, v, result in zip(combine, outputs, op.results, strict=True)
        ]

    def _input(self, operand: Variable, dtype: str) -> Variable:
        self.operands.append(operand)
        self.scalars.append(TensorType(dtype, ())())
        return self.scalars[-1]

    def _position(self, op: Any) -> Variable:
        loop = op.attributes["loop"].value.data
        length = self.op.operands[self.op.attributes["extents"].get_values()[loop]]  # type: ignore[attr-defined]
        known = nd.constant_data(length)
        vector = TensorType("int64", (None if known is None else int(known),))
        iota = apply_lowered(Iota(vector), [self.variable(length)]).outputs[0]
        return self._spread(iota, (loop,))

    def _spread(self, variable: Variable, positions: Sequence[int]) -> Variable:
        """`variable` with a dimension for each loop."""
        ndim: int = variable.type.ndim  # type: ignore[attr-defined]
        missing = self.rank - ndim
        if missing >= 0 and all(p in (-1, d + missing) for d, p in enumerate(positions)):
            order = (NEW,) * missing + tuple(range(ndim))
        else:
            dims = {loop: d for d, loop in enumerate(positions) if loop >= 0}
            order = tuple(dims.get(loop, NEW) for loop in range(self.rank))
        if order == tuple(range(ndim)):
            return variable
        return DimShuffle(input_ndim=ndim, order=order)(variable)

    def _cover_loops(self) -> None:
        """Where no operand has a dimension for a loop, stretch the first one along it."""
        extents = self.op.attributes["extents"].get_values()  # type: ignore[attr-defined]
        if all(n < 0 for n in extents):
            return
        if not self.operands:
            self._input(self._spread(constant(0.0), ()), "float64")
        lengths = []
        for loop, number in enumerate(extents):
            if number >= 0:
                lengths.append(self.variable(self.op.operands[number]))
            else:
                lengths.append(self._length(loop))
        self.operands[0] = Alloc()(self.operands[0], *lengths)

    def _length(self, loop: int) -> Variable:
        from lamina.ir.ops.shape import length_of

        for i, positions in enumerate(self.maps[: len(self.op.body.block.args)]):
            if loop in positions:
                return length_of(self.variable(self.op.operands[i]), positions.index(loop))
        raise AssertionError("a loop without a length")

    def _elements(
        self, outputs: Sequence[Variable], combine: Sequence[str]
    ) -> dict[Variable, Variable]:
        """The array of all values of each scalar that the kernel yields."""
        arrays = dict(zip(self.scalars, self.operands, strict=True))
        whole = {v for v in self.scalars if self._runs_along_all_loops(v)}
        elements = {
            v: arrays[v] for v, name in zip(outputs, combine, strict=True) if name and v in whole
        }
        computed = list(dict.fromkeys(v for v in outputs if v not in elements))
        if not computed:
            return elements
        destroyed = {
            computed.index(outputs[i]): [operand] for i, operand in taken_buffers(self.op).items()
        }
        only = computed[0].owner if len(computed) == 1 else None
        if only is not None and set(only.inputs) == set(self.scalars):
            numbers = {i: only.inputs.index(self.scalars[i]) for v in destroyed.values() for i in v}
            definition = with_destroy_map(
                only.op, {o: [numbers[i] for i in v] for o, v in destroyed.items()}
            )
            node = definition.make_node(*(arrays[v] for v in only.inputs))
        else:
            node = Composite(self.scalars, computed, destroyed).make_node(*self.operands)
        return elements | dict(zip(computed, node.outputs, strict=True))

    def _runs_along_all_loops(self, scalar: Variable) -> bool:
        number = self.scalars.index(scalar)
        loops = self.maps[number] if number < len(self.op.body.block.args) else ()
        return set(loops) == set(range(self.rank))

    def _reduced(self, name: str, elements: Variable, result: SSAValue) -> Variable:
        kinds = [s.data for s in self.op.attributes["iterators"]]  # type: ignore[attr-defined]
        axes = tuple(i for i, k in enumerate(kinds) if k == "reduction")
        reduction = nd.ARRAY_OPS[name](None if len(axes) == len(kinds) else axes)
        output = nd.graph_type(result.type)()  # type: ignore[arg-type]
        Apply(reduction, [elements], [output])
        return output


def taken_buffers(op: Any) -> dict[int, int]:
    """For each result that takes the buffer of an operand, the number of that operand."""
    places = [place.data.split() for place in op.attributes.get("buffers", ())]
    return {i: int(place[1]) for i, place in enumerate(places) if place[0] == "operand"}


def with_destroy_map(op: Any, destroy_map: dict[int, list[int]]) -> Any:
    """`op`, writing over operands."""
    if destroy_map:
        op = copy.copy(op)
        op.destroy_map = destroy_map
    return op


def line_of(op: Any) -> str | None:
    """The first user line of an operation."""
    line = op.attributes.get("line")
    return line.data.split(", ")[0] if isinstance(line, StringAttr) else None
