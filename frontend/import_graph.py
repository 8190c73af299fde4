"""A graph as nd."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, StringAttr, UnitAttr, i64
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Block, Region, SSAValue

from lamina.branches import Branches
from lamina.compile.loop_modes import attribute_of
from lamina.compile.numbered_nodes import Lowered, numbered
from lamina.compile.performer import Performer
from lamina.imported_block import ImportedBlock
from lamina.ir import dialect as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import NotInDialect
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.none_type import none_type_t
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.constant import constant_value, weak_type
from lamina.ir.ops.dimshuffle import DimShuffle
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.program import Program
from lamina.op_from_graph import OpFromGraph
from lamina.passes.infer_shapes import Lengths
from lamina.repeated_loops import repeated_loops
from lamina.scan.op import Scan


def import_graph(fgraph: FunctionGraph) -> Program:
    """The graph in nd; ops without an operation become nd.callback.

    Added dimensions in front of an elementwise operand are folded away, dtype promotion becomes
    nd.cast, and every length that must agree at run time, and is not known to, gets one
    nd.assert_equal.

    Raises
    ------
    NotInDialect
        The graph has a variable that is no array.
    """
    nodes, lowered = numbered(fgraph)
    _refuse_what_is_no_array((*fgraph.inputs, *fgraph.outputs))
    for node in nodes:
        _refuse_what_is_no_array((*node.inputs, *node.outputs))
    block = Block(arg_types=[nd.nd_type(v.type) for v in fgraph.inputs])  # type: ignore[arg-type]
    results = [nd.nd_type(v.type) for v in fgraph.outputs]  # type: ignore[arg-type]
    function = FuncOp("main", ([a.type for a in block.args], results), Region(block))
    program = Program(ModuleOp([function]), nodes)
    numbers = {node: number for number, node in enumerate(nodes)}
    importer = _Importer(program, block, fgraph.inputs, numbers, lowered, Lengths())
    block.add_op(ReturnOp(*importer.results(fgraph)))
    return program


class _Importer(ImportedBlock):
    """Appends the ops of a graph to a block: of a function, or of the step of a loop."""

    def __init__(
        self,
        program: Program,
        block: Block,
        inputs: Sequence[Variable],
        numbers: dict[Apply, int],
        lowered: dict[Apply, Lowered],
        lengths: Lengths,
    ):
        super().__init__(program, block, inputs, lengths)
        self.numbers, self.lowered = numbers, lowered
        self.applied: dict[Op, int] = {}
        self.known: dict[Variable, Any] = {}

    def results(self, fgraph: FunctionGraph) -> list[SSAValue]:
        """Append all ops of `fgraph`; the values of its outputs."""
        order = fgraph.toposort()
        repeated = repeated_loops(order)
        for node in order:
            if node in repeated:
                for v, same in zip(node.outputs, repeated[node].outputs, strict=True):
                    self.values[v] = self.values[same]
                continue
            self.note_line(node)
            self._apply(node, self.numbers[node])
        self.line = None
        return [self.value(v) for v in fgraph.outputs]

    def _apply(self, node: Apply, number: int) -> None:
        op = node.op
        if isinstance(op, Scan) and not op.callback:
            results = self._scan(node, number)
        elif isinstance(op, Branches):
            results = self._branches(op, node, number)
        elif isinstance(op, OpFromGraph):
            results = self._inner(op, node)
        elif node in self.lowered:
            results = self._graph(self.lowered[node], number)
        elif not nd.has_operation(op):
            results = self._callback(node)
        elif isinstance(op, Elemwise):
            results = [self._elementwise(node, number)]
        else:
            operands = [self.value(v) for v in node.inputs]
            types = [nd.nd_type(v.type) for v in node.outputs]  # type: ignore[arg-type]
            made = nd.create(op, operands, types)
            self.assert_lengths(made, number)
            if made.name == "nd.check":
                made.attributes["node"] = IntegerAttr(number, i64)
            self.check(made)
            if isinstance(made, nd.RoutineOp) and made.definition.failures:  # type: ignore[attr-defined]
                made.attributes["node"] = IntegerAttr(number, i64)
            self.add(made, number)
            results = list(made.results)
        for variable, result in zip(node.outputs, results, strict=True):
            self.values[variable] = result
            self.name(variable)

    def _scan(self, node: Apply, number: int) -> Sequence[SSAValue]:
        op: Any = node.op
        operands = [self.value(v) for v in node.inputs]
        block = Block(arg_types=[nd.nd_type(v.type) for v in op.inner_inputs])
        attributes: dict[str, Any] = {
            "sequences": IntegerAttr(op.n_sequences, i64),
            "carries": IntegerAttr(op.n_carries, i64),
            **({"until": UnitAttr()} if op.until else {}),
            **({"name": StringAttr(op.name)} if op.name else {}),
            **({"mode": attribute_of(op.mode, number)} if op.mode is not None else {}),
        }
        made = nd.ScanOp.create(
            operands=operands,
            result_types=[nd.nd_type(v.type) for v in node.outputs],  # type: ignore[arg-type]
            attributes=attributes,
            regions=[Region(block)],
        )
        self.assert_stated(operands[:1], number)
        inside = self.lengths.copy()
        inside.seed(made)
        step = _Importer(self.program, block, op.inner_inputs, self.numbers, self.lowered, inside)
        yielded = step.results(op.fgraph)
        for k, (arg, value) in enumerate(zip(made.carried, yielded, strict=False)):
            step.assert_same_shape(arg, value, number, k)
        block.add_op(nd.YieldOp.create(operands=yielded))
        self.add(made, number)
        return made.results

    def _branches(self, op: Branches, node: Apply, number: int) -> Sequence[SSAValue]:
        blocks = [Block(arg_types=[nd.nd_type(v.type) for v in op.inner_inputs]) for _ in range(2)]
        made = nd.IfOp.create(
            operands=[self.value(v) for v in node.inputs],
            result_types=[nd.nd_type(v.type) for v in node.outputs],  # type: ignore[arg-type]
            regions=[Region(block) for block in blocks],
        )
        for block, outputs in zip(blocks, op.branches, strict=True):
            inside = self.lengths.copy()
            inside.seed(made)
            branch = _Importer(
                self.program, block, op.inner_inputs, self.numbers, self.lowered, inside
            )
            graph = FunctionGraph(op.inner_inputs, outputs, clone=False)
            block.add_op(nd.YieldOp.create(operands=branch.results(graph)))
        self.add(made, number)
        return made.results

    def _inner(self, op: OpFromGraph, node: Apply) -> Sequence[SSAValue]:
        """The graph that `op` contains, on the operands of `node`."""
        inside = copy.copy(self)
        inside.values = dict(
            zip(op.inner_inputs, [self.value(v) for v in node.inputs], strict=True)
        )
        return inside.results(op.fgraph)

    def _graph(self, graph: Lowered, number: int) -> list[SSAValue]:
        """A graph in the place of application `number`, which its checks are those of."""
        for inner in graph.nodes():
            self._apply(inner, number)
        return [self.value(v) for v in graph.results]

    def _folded(self, node: Apply) -> list[SSAValue] | None:
        """The results of an op of Python on constants, if the op lets them be computed now."""
        known = [v.data if isinstance(v, Constant) else self.known.get(v) for v in node.inputs]
        if not known or any(value is None for value in known):
            return None
        graph = FunctionGraph(outputs=node.outputs, clone=False)
        if not node.op.do_constant_folding(graph, node):
            return None
        operands = [np.array(v.type.exact(x)) for v, x in zip(node.inputs, known, strict=True)]
        try:
            results = Performer(node)(operands)
        except Exception:  # is raised when the function is called, if it comes to that
            return None
        self.known.update(zip(node.outputs, results, strict=True))
        return [self.constant(np.asarray(y)) for y in results]

    def _callback(self, node: Apply) -> Sequence[SSAValue]:
        folded = self._folded(node)
        if folded is not None:
            return folded
        first = number = self.numbers[node]
        try:
            first = self.applied.setdefault(node.op, number)
        except TypeError:  # not hashable: the op is equal to no other
            pass
        attributes: dict[str, Any] = {
            "node": IntegerAttr(number, i64),
            "op": IntegerAttr(first, i64),
            "title": StringAttr(" ".join(str(node.op).split())),
        }
        made = nd.CallbackOp.create(
            operands=[self.value(v) for v in node.inputs if v.type != none_type_t],
            result_types=[nd.nd_type(v.type) for v in node.outputs],
            attributes=attributes,
        )
        self.add(made)
        return made.results

    def _elementwise(self, node: Apply, number: int) -> SSAValue:
        op: Any = node.op
        loop, _ = op.loop(node.inputs)
        if not _has_body(op, loop):
            return self._callback(node)[0]
        bare = [_without_leading_ones(v) for v in node.inputs]
        ndim = node.outputs[0].type.ndim  # type: ignore[attr-defined]
        if all(v.type.ndim < ndim for v in bare):  # type: ignore[attr-defined]
            bare[0] = node.inputs[0]
        operands = [self._operand(v, dtype) for v, dtype in zip(bare, loop, strict=True)]
        if max(map(nd.rank, operands)) < ndim:
            operands[0] = self.cast(self.value(node.inputs[0]), loop[0])
        if (
            op.scalar_op.name.startswith("Cast{")
            and nd.dtype_of(operands[0]) == op.scalar_op.name[5:-1]
        ):
            return operands[0]
        made = nd.create(op, operands, nd.nd_type(node.outputs[0].type))  # type: ignore[arg-type]
        self.check(made)
        return self.add(made, number)

    def _operand(self, variable: Variable, dtype: str) -> SSAValue:
        data = (
            constant_value(variable)
            if isinstance(variable, Constant) or weak_type(variable)
            else None
        )
        if data is None:
            return self.cast(self.value(variable), dtype)
        while data.ndim and data.shape[0] == 1:
            data = data[0]
        with np.errstate(all="ignore"):
            return self.constant(np.array(data.astype(dtype)))


def _refuse_what_is_no_array(variables: Sequence[Variable]) -> None:
    for v in variables:
        if v.type.machine is None and v.type != none_type_t:
            raise NotInDialect(f"{v} is no array but of the type {v.type}")


def _has_body(op: Elemwise, loop: Sequence[str]) -> bool:
    """Whether `op` has machine code for the dtypes of a loop."""
    if op.scalar_op.name.startswith("Cast{"):
        return True
    try:
        op.scalar_op.body(np.dtype(loop[-1]).kind)
    except TypeError:
        return False
    return True


def _without_leading_ones(variable: Variable) -> Variable:
    while variable.owner is not None and isinstance(variable.owner.op, DimShuffle):
        op = variable.owner.op
        if not op.only_adds_dimensions or op.added != tuple(range(len(op.added))):
            break
        variable = variable.owner.inputs[0]
    return variable
