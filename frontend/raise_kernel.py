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
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.composite import Composite
from lamina.ir.ops.constant import constant
from lamina.ir.ops.creation import Alloc
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.lowered import Iota, apply_lowered
from lamina.ir.ops.shape import length_of


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
        length = self._length(op.attributes["loop"].value.data)
        known = length.data if isinstance(length, Constant) else None
        vector = TensorType("int64", (None if known is None else int(known),))
        iota = apply_lowered(Iota(vector), [length]).outputs[0]
        return self._spread(iota, (op.attributes["loop"].value.data,))

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

    def _length(self, loop: int) -> Variable:
        number = self.op.attributes["extents"].get_values()[loop]  # type: ignore[attr-defined]
        if number >= 0:
            return self.variable(self.op.operands[number])
        for operand, positions in zip(self.op.operands, self.maps, strict=False):
            if loop in positions:
                return length_of(self.variable(operand), positions.index(loop))
        raise AssertionError("a loop without a length")

    def _stretched(self, operand: Variable) -> Variable:
        """`operand`, repeated along the loops that it has no dimension for."""
        return Alloc()(operand, *(self._length(loop) for loop in range(self.rank)))

    def _elements(
        self, outputs: Sequence[Variable], combine: Sequence[str]
    ) -> dict[Variable, Variable]:
        """The array of all values of each scalar that the kernel yields."""
        arrays = dict(zip(self.scalars, self.operands, strict=True))
        elements: dict[Variable, Variable] = {}
        for v, name in zip(outputs, combine, strict=True):
            if isinstance(v, Constant):
                elements[v] = self._stretched(v)
            elif v in arrays and not self._runs_along_all_loops(v):
                elements[v] = self._stretched(arrays[v])
            elif v in arrays and name:
                elements[v] = arrays[v]
        computed = list(dict.fromkeys(v for v in outputs if v not in elements))
        if computed:
            elements |= self._computed(computed, outputs)
        return elements

    def _computed(
        self, computed: Sequence[Variable], outputs: Sequence[Variable]
    ) -> dict[Variable, Variable]:
        """The arrays of `computed` scalars: results of a Composite, or of the one op."""
        operands = list(self.operands)
        if any(n >= 0 for n in self.op.attributes["extents"].get_values()):  # type: ignore[attr-defined]
            # no operand runs along this loop, so that one has to be stretched
            operands[0] = self._stretched(operands[0])
        destroyed = {
            computed.index(outputs[i]): [operand] for i, operand in taken_buffers(self.op).items()
        }
        only = computed[0].owner if len(computed) == 1 else None
        if only is None or set(only.inputs) != set(self.scalars):
            node = Composite(self.scalars, list(computed), destroyed).make_node(*operands)
            return dict(zip(computed, node.outputs, strict=True))
        # the op may take its operands in another order, and one of them twice
        numbers = {i: only.inputs.index(scalar) for i, scalar in enumerate(self.scalars)}
        maps = {output: [numbers[i] for i in taken] for output, taken in destroyed.items()}
        arrays = dict(zip(self.scalars, operands, strict=True))
        node = with_destroy_map(only.op, maps).make_node(*(arrays[v] for v in only.inputs))
        return {computed[0]: node.outputs[0]}

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
