"""Branches of which one is done: what only one side of an `ifelse` needs, moved into it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from lamina.conditional import IfElse
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.gradient_types import DisconnectedType, disconnected_type
from lamina.ir.graph.op import HasInnerGraph, Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.creation import zeros_like


class Branches(Op, HasInnerGraph):
    """Two graphs on the same inputs, of which one is computed.

    Operands are the condition, a bool, and the inputs of both graphs.

    Parameters
    ----------
    inputs : sequence of Variable
    then, otherwise : sequence of Variable
        The outputs of the two graphs, pairwise of the same dtype and rank.
    name : str, optional
    """

    __module__ = "lamina.ifelse"

    def __init__(
        self,
        inputs: Sequence[Variable],
        then: Sequence[Variable],
        otherwise: Sequence[Variable],
        name: str | None = None,
    ):
        self.name = name
        self.fgraph = FunctionGraph(inputs, [*then, *otherwise])
        self._run: Any = None

    @property
    def inner_inputs(self) -> list[Variable]:
        return self.fgraph.inputs

    @property
    def inner_outputs(self) -> list[Variable]:
        return self.fgraph.outputs

    @property
    def branches(self) -> tuple[list[Variable], list[Variable]]:
        """What is computed if the condition holds, and if not."""
        half = len(self.fgraph.outputs) // 2
        return self.fgraph.outputs[:half], self.fgraph.outputs[half:]

    def make_node(self, condition: Any, *operands: Any) -> Apply:  # type: ignore[override]
        given = [
            v.type.filter_variable(x) for v, x in zip(self.inner_inputs, operands, strict=True)
        ]
        plain = IfElse(len(self.branches[0])).make_node(condition, *self.inner_outputs)
        outputs = [v.type() for v in plain.outputs]
        return Apply(self, [plain.inputs[0], *given], outputs)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        if self._run is None:
            from lamina.compile.interpreter import Interpreter

            graphs = [FunctionGraph(self.inner_inputs, b, clone=False) for b in self.branches]
            self._run = [Interpreter(graph) for graph in graphs]
        results = self._run[0 if inputs[0] else 1](inputs[1:])
        for storage, value in zip(output_storage, results, strict=True):
            storage[0] = value

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        reached = [_connected(self.inner_inputs, outputs) for outputs in self.branches]
        rows = [[a or b for a, b in zip(*pair, strict=True)] for pair in zip(*reached, strict=True)]
        return [[False] * len(node.outputs), *rows]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        """The pullback of the branch that was taken, in a branch."""
        heard = [i for i, g in enumerate(output_grads) if not isinstance(g.type, DisconnectedType)]
        wanted = [i for i, v in enumerate(self.inner_inputs) if _smooth(v)]
        seeds = {i: output_grads[i].type() for i in heard}
        inner = [self.inner_inputs[i] for i in wanted]
        then, otherwise = (
            _pulled_back([(branch[i], seeds[i]) for i in heard if _smooth(branch[i])], inner)
            for branch in self.branches
        )
        name = self.name and f"grad_of_{self.name}"
        op = Branches([*self.inner_inputs, *seeds.values()], then, otherwise, name)
        found = op.make_node(*inputs, *(output_grads[i] for i in heard)).outputs if wanted else ()
        result: list[Any] = [disconnected_type() for _ in inputs]
        for i, g in zip(wanted, found, strict=True):
            result[1 + i] = g
        return result

    def outer_variables(self, node: Apply) -> dict[Variable, Variable]:
        """By input of the inner graphs, the operand that it stands for."""
        return dict(zip(self.inner_inputs, node.inputs[1:], strict=True))

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_run": None, "_frozen": None}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Branches):
            return NotImplemented
        if self is other:
            return True
        return self.name == other.name and self.frozen_graph() == other.frozen_graph()

    def __hash__(self) -> int:
        return hash((type(self), self.name, tuple(v.type for v in self.inner_inputs)))

    def __str__(self) -> str:
        return f"if{{{self.name or ''}}}"


def with_branches(
    outputs: Sequence[Variable], visible: Collection[Variable] = ()
) -> dict[Variable, Variable]:
    """The graph of `outputs` with each `ifelse` made `Branches`.

    What is needed by one side of it alone, and is not `visible`, is moved into that branch.

    Returns
    -------
    dict
        By variable that has changed, the new one.
    """
    new: dict[Variable, Variable] = {}
    order = toposort(outputs)
    choices = [node for node in order if isinstance(node.op, IfElse)]
    if not choices:
        return new
    users: dict[Variable, list[tuple[Apply, int]]] = {}
    for node in order:
        for i, v in enumerate(node.inputs):
            users.setdefault(v, []).append((node, i))
    kept = {*outputs, *visible}
    moved: set[Apply] = set()
    plans = []
    for choice in reversed(choices):  # the last ones first: they take those before them along
        if choice in moved:
            continue
        n = choice.op.n_outs  # type: ignore[attr-defined]
        inside = [
            _needed_by(choice, range(1 + k * n, 1 + (k + 1) * n), order, users, kept)
            for k in (0, 1)
        ]
        moved.update(*inside)
        plans.append((choice, inside))
    for choice, inside in reversed(plans):
        node = _branches_of(choice, inside)
        node.line = choice.line
        for old, made in zip(choice.outputs, node.outputs, strict=True):
            made.name = old.name
            new[old] = made
    return _rebuilt(outputs, new)


def _needed_by(
    choice: Apply,
    positions: Collection[int],
    order: Sequence[Apply],
    users: dict[Variable, list[tuple[Apply, int]]],
    kept: Collection[Variable],
) -> set[Apply]:
    """The applications whose results are used for these operands of `choice` alone."""
    found: set[Apply] = set()
    for node in reversed(order[: order.index(choice)]):
        uses = [use for v in node.outputs for use in users.get(v, ())]
        if (
            uses
            and not any(v in kept for v in node.outputs)
            and all(user in found or (user is choice and i in positions) for user, i in uses)
        ):
            found.add(node)
    return found


def _branches_of(choice: Apply, inside: Sequence[Collection[Apply]]) -> Apply:
    op: Any = choice.op
    n = op.n_outs
    branches = choice.inputs[1 : 1 + n], choice.inputs[1 + n :]
    operands: dict[Variable, None] = {}
    for branch, nodes in zip(branches, inside, strict=True):
        waiting, seen = list(reversed(branch)), set[Variable]()
        while waiting:
            v = waiting.pop()
            if v in seen or isinstance(v, Constant):
                continue
            seen.add(v)
            if v.owner in nodes:
                waiting += reversed(v.owner.inputs)  # type: ignore[union-attr]
            else:
                operands[v] = None
    from lamina.graph.replace import graph_replace

    inner = {v: v.type(v.name) for v in operands}
    outputs = graph_replace([*branches[0], *branches[1]], inner, strict=False)
    found = with_branches(outputs)  # one ifelse within another
    outputs = [found.get(v, v) for v in outputs]
    made = Branches(list(inner.values()), outputs[:n], outputs[n:], op.name)
    return made.make_node(choice.inputs[0], *operands)


def _rebuilt(
    outputs: Sequence[Variable], new: dict[Variable, Variable]
) -> dict[Variable, Variable]:
    """`new`, and the copies of all that is computed from what it replaces."""
    done: dict[Variable, Variable] = {}
    # what a new node takes is computed before the one that it replaces
    for node in toposort(outputs):
        source = new[node.outputs[0]].owner if node.outputs[0] in new else node
        assert source is not None
        operands = [done.get(v, v) for v in source.inputs]
        if source is node and all(a is b for a, b in zip(operands, node.inputs, strict=True)):
            continue
        copy = source.clone_with_new_inputs(operands, strict=False)
        done.update(zip(node.outputs, copy.outputs, strict=True))
    return done


def _smooth(v: Variable) -> bool:
    return isinstance(v.type, TensorType) and v.type.numpy_dtype.kind not in "biu"


def _connected(inputs: Sequence[Variable], outputs: Sequence[Variable]) -> list[list[bool]]:
    """[i][j]: whether output j changes smoothly with input i."""
    depends: dict[Variable, set[int]] = {v: {i} for i, v in enumerate(inputs)}
    for node in toposort(outputs, inputs):
        pattern = node.op.connection_pattern(node)
        for j, out in enumerate(node.outputs):
            depends[out] = {
                k for i, v in enumerate(node.inputs) if pattern[i][j] for k in depends.get(v, ())
            }
    return [[i in depends.get(v, ()) for v in outputs] for i in range(len(inputs))]


def _pulled_back(
    seeds: Sequence[tuple[Variable, Variable]], wanted: Sequence[Variable]
) -> list[Any]:
    """The cotangents of `wanted`."""
    from lamina.scan.gradient import pulled_back

    found = pulled_back(seeds, wanted)
    return [zeros_like(v) if found[v] is None else found[v] for v in wanted]
