"""Rewriting of graphs: to nd, through the rewrites, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.graph.rewriting.queries import RewriteDatabaseQuery
from lamina.graph.rewriting.users_stage import rewritten_by_user, run_users_rewriters
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import graph_inputs
from lamina.ir.graph.variable import Constant, Variable


def rewrite_graph(
    graph: Any,
    include: Sequence[str] = ("canonicalize",),
    custom_rewrite: Any = None,
    exclude: Sequence[str] = (),
    clone: bool = False,
    **kwargs: Any,
) -> Any:
    """A graph that computes the same, simpler, faster or with fewer rounding errors.

    Parameters
    ----------
    graph : Variable, sequence of Variable, or FunctionGraph
        A FunctionGraph is changed in place; the variables of a graph never are.
    include : sequence of str
        Tags of rewrites: ``"canonicalize"``, ``"stabilize"``, ``"specialize"``, ``"fast_run"`` for
        all of these, or the names of single rewrites. Registered rewriters of the user's own with
        such tags run first, as in compiled functions.
    custom_rewrite : optional
        A rewriter of FunctionGraphs (an object with ``rewrite``, or a function) or of nodes,
        applied after the others.
    exclude : sequence of str
        Tags and names of rewrites that shall not be applied.
    clone : bool
        Accepted for programs written for the reference: the result shares no applications with
        `graph` in any case.

    Returns
    -------
    Variable, list of Variable, or FunctionGraph
        As `graph` was given.

    Examples
    --------
    >>> x = pt.vector("x")
    >>> rewrite_graph(pt.log(1 + x), include=("stabilize",))
    Log1p.0
    """
    if isinstance(graph, FunctionGraph):
        run_users_rewriters(graph, RewriteDatabaseQuery(include, exclude=exclude))
        rewrite_in_place(graph, include, exclude)
        _apply(custom_rewrite, graph)
        return graph
    outputs = [graph] if isinstance(graph, Variable) else list(graph)
    inputs = [v for v in graph_inputs(outputs) if not isinstance(v, Constant)]
    query = RewriteDatabaseQuery(include, exclude=exclude)
    fgraph = rewritten_by_user(FunctionGraph(inputs, outputs, clone=False), query)
    results = _rewritten(inputs, fgraph.outputs, include, exclude)
    if custom_rewrite is not None:
        fgraph = FunctionGraph(inputs, results, clone=False)
        _apply(custom_rewrite, fgraph)
        results = list(fgraph.outputs)
    return results[0] if isinstance(graph, Variable) else results


def rewrite_in_place(
    fgraph: FunctionGraph, include: Sequence[str], exclude: Sequence[str] = ()
) -> None:
    """Apply built-in rules to a FunctionGraph."""
    for i, new in enumerate(_rewritten(fgraph.inputs, fgraph.outputs, include, exclude)):
        fgraph.change_node_input("output", i, new, "rules")


def _apply(rewriter: Any, fgraph: FunctionGraph) -> None:
    if rewriter is None:
        return
    if hasattr(rewriter, "transform"):
        from lamina.graph.rewriting.equilibrium import EquilibriumGraphRewriter

        rewriter = EquilibriumGraphRewriter([rewriter])
    getattr(rewriter, "rewrite", rewriter)(fgraph)


def _rewritten(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    include: Sequence[str],
    exclude: Sequence[str],
) -> list[Variable]:
    from lamina.import_graph import import_graph
    from lamina.passes.registry import optimize
    from lamina.raise_graph import raise_graph

    pieces = _Pieces(inputs, outputs)
    program = import_graph(FunctionGraph(pieces.inputs, pieces.outputs, clone=False))
    optimize(program.block, include, exclude)
    return pieces.joined(raise_graph(program, pieces.new_inputs))


class _Pieces:
    """A graph cut where nd does not know an op: its operands are outputs, its results inputs.

    Attributes
    ----------
    inputs, outputs : list of Variable
        Of what lies between the cuts.
    new_inputs : list of Variable
        What takes the place of `inputs` in the new graph: results of new applications at the cuts.
    """

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Variable]):
        fgraph = FunctionGraph(inputs, outputs, clone=False)
        self.results = list(outputs)
        self.new: dict[Variable, Variable] = {}
        self.foreign: list[Apply] = []
        for node in fgraph.toposort():
            if not _is_known(node):
                copy = node.clone_with_new_inputs(list(node.inputs))
                self.new.update(zip(node.outputs, copy.outputs, strict=True))
                self.foreign.append(copy)
        needed = [v for node in self.foreign for v in node.inputs] + self.results
        self.inputs = [v for v in (*inputs, *self.new) if isinstance(v.type, TensorType)]
        computed = {v for v in needed if v.owner is not None and v not in self.new}
        self.outputs = [v for v in dict.fromkeys(needed) if v in computed]
        self.new_inputs = [self.new.get(v, v) for v in self.inputs]

    def joined(self, outputs: Sequence[Variable]) -> list[Variable]:
        """The results of the whole, where the pieces compute `outputs`."""
        self.new.update(zip(self.outputs, outputs, strict=True))
        for node in self.foreign:
            node.inputs[:] = [self.new.get(v, v) for v in node.inputs]
        return [self.new.get(v, v) for v in self.results]


def _is_known(node: Apply) -> bool:
    from lamina.ir.dialect import nd_class
    from lamina.op_from_graph import OpFromGraph

    if not all(isinstance(v.type, TensorType) for v in (*node.inputs, *node.outputs)):
        return False
    if isinstance(node.op, OpFromGraph):
        return node.op.inline
    try:
        nd_class(node.op)
    except (KeyError, AttributeError):
        return False
    return True
