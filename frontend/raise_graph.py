"""nd as a graph again: rewritten graphs for the user, compiled ones for printing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects.func import ReturnOp
from xdsl.ir import Block, Operation, SSAValue

from lamina.branches import Branches
from lamina.compile.loop_modes import mode_of
from lamina.ir import dialect as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import constant
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.lowered import Iota, ReshapeTo, UpdateView, View
from lamina.ir.program import Program
from lamina.raise_kernel import line_of, raise_kernel, taken_buffers, with_destroy_map
from lamina.scan.op import Scan


def raise_graph(program: Program, inputs: Sequence[Variable]) -> list[Variable]:
    """The graph of a program on `inputs`, in place of the arguments of ``@main``.

    Assertions are not raised: the ops that need them state the same.
    """
    return _Raiser(program, program.block, inputs).outputs


class _Raiser:
    def __init__(self, program: Program, block: Block, inputs: Sequence[Variable]):
        self.program = program
        self.values: dict[SSAValue, Variable] = dict(zip(block.args, inputs, strict=True))
        self.constants: dict[Any, Variable] = {}
        self.outputs: list[Variable] = []
        for op in block.ops:
            if isinstance(op, (ReturnOp, nd.YieldOp)):
                self.outputs = [self.variable(v) for v in op.operands]
            elif op.results and not isinstance(op, nd.ConstantOp):
                self._raise(op)

    def variable(self, value: SSAValue, ndim: int | None = None) -> Variable:
        """The variable of `value`, with dimensions added in front up to `ndim`."""
        data = nd.constant_data(value)
        if data is not None:
            ndim = data.ndim if ndim is None else ndim
            array = data.reshape((1,) * (ndim - data.ndim) + data.shape)
            key = array.dtype, array.shape, array.tobytes()
            if key not in self.constants:
                self.constants[key] = constant(array)
            return self.constants[key]
        variable = self.values[value]
        missing = 0 if ndim is None else ndim - variable.type.ndim  # type: ignore[attr-defined]
        if missing > 0:
            order = (NEW,) * missing + tuple(range(nd.rank(value)))
            variable = DimShuffle(input_ndim=nd.rank(value), order=order)(variable)
        return variable

    def _scan(self, op: nd.ScanOp) -> list[Variable]:
        inputs = [nd.graph_type(v.type)() for v in op.block.args]  # type: ignore[arg-type]
        step = _Raiser(self.program, op.block, inputs)
        name: Any = op.attributes.get("name")
        scan = Scan(
            inputs, step.outputs, op.count("sequences"), op.count("carries"), op.until,
            name and name.data, mode=mode_of(op, self.program.nodes),
        )  # fmt: skip
        made = [nd.graph_type(r.type)() for r in op.results]  # type: ignore[arg-type]
        return Apply(scan, [self.variable(v) for v in op.operands], made).outputs

    def _if(self, op: nd.IfOp) -> list[Variable]:
        inputs = [nd.graph_type(v.type)() for v in op.then.block.args]  # type: ignore[arg-type]
        then, otherwise = (_Raiser(self.program, b, inputs).outputs for b in op.branches)
        made = [nd.graph_type(r.type)() for r in op.results]  # type: ignore[arg-type]
        operands = [self.variable(v) for v in op.operands]
        return Apply(Branches(inputs, then, otherwise), operands, made).outputs

    def _raise(self, op: Operation) -> None:
        if isinstance(op, nd.KernelOp):
            outputs = raise_kernel(op, self.variable)
        elif isinstance(op, nd.ScanOp):
            outputs = self._scan(op)
        elif isinstance(op, nd.IfOp):
            outputs = self._if(op)
        else:
            definition = self._definition(op)
            ndim = nd.rank(op.results[0]) if isinstance(definition, Elemwise) else None
            if op.name == "nd.dot":
                ndim = max(map(nd.rank, op.operands))
            taken = {result: [operand] for result, operand in taken_buffers(op).items()}
            definition = with_destroy_map(definition, taken)
            made = [nd.graph_type(r.type)() for r in op.results]  # type: ignore[arg-type]
            outputs = Apply(definition, [self.variable(v, ndim) for v in op.operands], made).outputs
        line = line_of(op)
        for result, output in zip(op.results, outputs, strict=True):
            if output.owner is not None and line is not None:
                output.owner.line = self.program.lines.get(line)
            self.values[result] = output
            if result.name_hint is not None:
                output.name = self.program.names.get(result.name_hint)

    def _definition(self, op: Any) -> Any:
        """The graph op of an operation."""
        type = nd.graph_type(op.results[0].type)
        if isinstance(op, (nd.SliceOp, nd.UpdateSliceOp)):
            dropped = tuple(op.attributes["dropped"].get_values())  # type: ignore[attr-defined]
            if isinstance(op, nd.SliceOp):
                return View(type, dropped)
            return UpdateView(type, dropped, bool(op.attributes["set"].value.data))  # type: ignore[attr-defined]
        if isinstance(op, nd.ReshapeToOp):
            return ReshapeTo(type)
        if isinstance(op, nd.IotaOp):
            return Iota(type)
        if isinstance(op, nd.CallbackOp):
            return self.program.nodes[op.node].op
        return op.definition
