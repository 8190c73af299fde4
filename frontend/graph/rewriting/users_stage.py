"""The stage between a graph and nd: the user's rewriters of graphs."""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from typing import Any

from lamina.compile.loop_modes import loop_modes
from lamina.graph.rewriting.queries import RewriteDatabaseQuery
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.destroy_handler import DestroyHandler, Supervisor
from lamina.ir.graph.errors import InconsistencyError
from lamina.ir.graph.features import Feature
from lamina.ir.graph.function_graph import FunctionGraph, clone_get_equiv
from lamina.ir.graph.op import HasInnerGraph
from lamina.ir.graph.variable import Variable
from lamina.scan.op import Scan


def are_there_any(query: RewriteDatabaseQuery, fgraph: FunctionGraph) -> bool:
    """Whether the user may have rewriters: in a module that is not imported, none is registered."""
    if query.extra_rewrites or "lamina.graph.rewriting.registry" in sys.modules:
        return True
    return any(mode.rewriters for mode in loop_modes(fgraph))


def rewritten_by_user(
    fgraph: FunctionGraph, query: RewriteDatabaseQuery, protected: Sequence[Variable] = ()
) -> FunctionGraph:
    """`fgraph`, or a copy that the user's rewriters have changed, with the same inputs.

    The copy's ``fired`` is what fired on it. A replacement by an op that overwrites what is needed
    later, or one of `protected`, is refused.
    """
    if not are_there_any(query, fgraph):
        return fgraph
    memo = clone_get_equiv(fgraph.inputs, fgraph.outputs, copy_inputs=False, copy_orphans=False)
    new = FunctionGraph(fgraph.inputs, [memo[v] for v in fgraph.outputs], clone=False)
    guards = _guarded(new, protected)
    fired = run_users_rewriters(new, query)
    for feature in guards:
        new.remove_feature(feature)
    if not fired:
        return fgraph
    new.fired = tuple(map(str, fired))
    return new


def _guarded(fgraph: FunctionGraph, protected: Sequence[Variable]) -> list[Feature]:
    """Attach what refuses illegal ops in place; nothing where the graph has such ops already."""
    guards = [DestroyHandler(), Supervisor(protected)]
    for feature in guards:
        fgraph.attach_feature(feature)
    try:
        for feature in guards:
            feature.validate(fgraph)
    except InconsistencyError:
        for feature in guards:
            fgraph.remove_feature(feature)
        return []
    return guards


def run_users_rewriters(fgraph: FunctionGraph, query: RewriteDatabaseQuery) -> list[Any]:
    """Apply the user's rewriters that `query` asks for to `fgraph` and the graphs in its ops, and
    return what fired. In loops with a mode of their own, they are those that it asks for.
    """
    if not are_there_any(query, fgraph):
        return []
    from lamina.graph.rewriting.registry import users_rewriter

    return _applied(users_rewriter(query), fgraph, config.rewrite_limit)


def _applied(rewriter: Any, fgraph: FunctionGraph, limit: int) -> list[Any]:
    fired = _applied_here(rewriter, fgraph, limit) if len(rewriter) else []
    if fired is None:
        return []
    for node in fgraph.toposort():
        if isinstance(node.op, HasInnerGraph) and isinstance(
            getattr(node.op, "fgraph", None), FunctionGraph
        ):
            left = -1 if limit < 0 else max(limit - len(fired), 0)
            fired += _inside(rewriter, fgraph, node, left)
    return fired


def _applied_here(rewriter: Any, fgraph: FunctionGraph, limit: int) -> list[Any] | None:
    """What fired; None where the graph is being rewritten already."""
    from lamina.graph.rewriting.firings import Firings, firings_of

    if firings_of(fgraph) is not None:  # a rewriter calls for rewriting what is being rewritten
        rewriter.rewrite(fgraph)
        return None
    check = None
    if config.check_rewrites != "off":
        from lamina.graph.rewriting.graph_check import GraphCheck

        check = GraphCheck(fgraph)
    firings = Firings(limit, check)
    known = list(fgraph._features)
    fgraph.attach_feature(firings)
    try:
        rewriter.rewrite(fgraph)
    finally:
        for feature in [f for f in fgraph._features if not any(f is k for k in known)]:
            fgraph.remove_feature(feature)
    return list(firings.fired)


def _inside(rewriter: Any, fgraph: FunctionGraph, node: Apply, limit: int) -> Sequence[Any]:
    """Rewrite the graph in an op: its application becomes that of a copy of the op."""
    inner = node.op.fgraph.clone()  # type: ignore[attr-defined]
    types = [v.type for v in inner.outputs]
    if isinstance(node.op, Scan) and node.op.mode is not None:
        from lamina.graph.rewriting.registry import users_rewriter

        rewriter = users_rewriter(node.op.mode.query)
    fired = _applied(rewriter, inner, limit)
    if not fired or types != [v.type for v in inner.outputs]:
        return ()
    op = copy.copy(node.op)
    op.fgraph = inner  # type: ignore[attr-defined]
    new = Apply(op, node.inputs, [v.type(v.name) for v in node.outputs])
    new.line = node.line
    for old, result in zip(node.outputs, new.outputs, strict=True):
        fgraph.replace(old, result, reason="inner graph")
    return fired
