"""Equal applications and equal constants become one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lamina.graph.rewriting.rewriters import HOME, GraphRewriter
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import InconsistencyError
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant, Variable


class MergeOptimizer(GraphRewriter):
    """Merges constants that are equal and applications of equal ops to the same operands.

    Applications that overwrite an operand are left alone, and what a feature of the graph refuses.
    """

    __module__ = HOME

    def apply(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> int:
        """How many variables were replaced."""
        merged = 0
        constants: dict[Any, Constant] = {}
        for v in [v for v in fgraph.variables if isinstance(v, Constant)]:
            key = _constant_key(v)
            kept = constants.setdefault(key, v) if key is not None else v
            if kept is not v:
                merged += self._replace(fgraph, [(v, kept)])
        known: dict[Any, Apply] = {}
        for node in fgraph.toposort():
            key = _node_key(node)
            kept_node = known.setdefault(key, node) if key is not None else node
            if kept_node is not node:
                pairs = list(zip(node.outputs, kept_node.outputs, strict=True))
                merged += self._replace(fgraph, pairs)
        return merged

    def _replace(self, fgraph: FunctionGraph, pairs: list[tuple[Any, Any]]) -> int:
        used = [(old, new) for old, new in pairs if old in fgraph.variables]
        try:
            fgraph.__dict__["replace_all_validate"](used, reason=self)
        except InconsistencyError:
            return 0
        return len(used)


def _constant_key(v: Constant) -> Any:
    try:
        key = (v.type, getattr(v, "weak", None), v.signature())
        hash(key)
    except TypeError:
        return None
    return key


def _node_key(node: Apply) -> Any:
    if node.op.destroy_map:
        return None
    try:
        key = (node.op, tuple(map(id, node.inputs)), tuple(v.type for v in node.outputs))
        hash(key)
    except TypeError:
        return None
    return key


def pre_constant_merge(fgraph: FunctionGraph, variables: Iterable[Variable]) -> list[Variable]:
    """`variables`, with constants of `fgraph` in the places of their equals above them.

    For what a rewriter is about to put in. Applications of the graph are not changed.
    """
    variables = list(variables)
    known: dict[Any, Constant] = {}
    for v in fgraph.variables:
        if isinstance(v, Constant):
            known.setdefault(_constant_key(v), v)

    def merged(v: Any) -> Any:
        if not isinstance(v, Constant):
            return v
        key = _constant_key(v)
        return v if key is None else known.setdefault(key, v)

    for node in toposort(variables):
        if node not in fgraph.apply_nodes:
            node.inputs[:] = [merged(v) for v in node.inputs]
    return [merged(v) for v in variables]
