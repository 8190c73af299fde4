"""Rewriters until nothing changes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any

from lamina.graph.rewriting.failures import report
from lamina.graph.rewriting.node_walks import (
    FailureCallback,
    Listener,
    NodeProcessingGraphRewriter,
)
from lamina.graph.rewriting.rewriters import HOME, GraphRewriter, NodeRewriter, Rewriter
from lamina.graph.rewriting.sequences import OpToRewriterTracker
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.features import Feature
from lamina.ir.graph.function_graph import FunctionGraph


class ChangeTracker(Feature):
    """Whether the graph changed since ``reset()``."""

    __module__ = HOME

    def __init__(self) -> None:
        self.changed = False

    def reset(self) -> None:
        self.changed = False

    def on_import(self, fgraph: FunctionGraph, node: Any, reason: Any) -> None:
        self.changed = True

    def on_change_input(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> None:
        self.changed = True


class EquilibriumGraphRewriter(NodeProcessingGraphRewriter):
    """Applies graph rewriters, and tries node rewriters on all applications, until none fires.

    Parameters
    ----------
    rewriters : list of GraphRewriter and NodeRewriter
    failure_callback : callable, optional
        See NodeProcessingGraphRewriter.
    ignore_newtrees : bool
        Leave what is put in to the next round.
    tracks_on_change_inputs : bool
        Try again in the same round on an application whose operand changed.
    max_use_ratio : float, optional
        A rewriter that fired more often than this many times the number of applications stops
        the whole, with a warning; ``config.optdb__max_use_ratio`` unless given.
    final_rewriters : list of GraphRewriter
        Applied at the end of each round.
    cleanup_rewriters : list of GraphRewriter
        Applied after each of `rewriters` that is one of graphs, and after the node rewriters.
    """

    __module__ = HOME

    def __init__(
        self,
        rewriters: Iterable[Rewriter],
        failure_callback: FailureCallback | None = None,
        ignore_newtrees: bool = True,
        tracks_on_change_inputs: bool = False,
        max_use_ratio: float | None = None,
        final_rewriters: Sequence[GraphRewriter] | None = None,
        cleanup_rewriters: Sequence[GraphRewriter] | None = None,
        name: str | None = None,
    ):
        super().__init__(None, ignore_newtrees, failure_callback)
        self.rewriters = list(rewriters)
        self.tracks_on_change_inputs = tracks_on_change_inputs
        self.max_use_ratio = max_use_ratio
        self.final_rewriters = list(final_rewriters or ())
        self.cleanup_rewriters = list(cleanup_rewriters or ())
        self.name = name
        self.node_tracker = OpToRewriterTracker()
        self.global_rewriters: list[GraphRewriter] = []
        for rewriter in self.rewriters:
            if isinstance(rewriter, NodeRewriter):
                self.node_tracker.add_tracker(rewriter)
            elif isinstance(rewriter, GraphRewriter):
                self.global_rewriters.append(rewriter)
            else:
                raise TypeError(f"EquilibriumGraphRewriter: {rewriter!r} is no rewriter")

    def get_node_rewriters(self) -> list[NodeRewriter]:
        """Those of `rewriters` that are node rewriters."""
        return self.node_tracker.get_rewriters()

    def _parts(self) -> Iterable[Any]:
        return (*self.rewriters, *self.final_rewriters, *self.cleanup_rewriters)

    def apply(self, fgraph: FunctionGraph, start_from: Any = None) -> bool:
        """Whether anything changed."""
        ratio = config.optdb__max_use_ratio if self.max_use_ratio is None else self.max_use_ratio
        tracker = ChangeTracker()
        fgraph.attach_feature(tracker)
        uses: Counter[Any] = Counter()
        ever = False
        try:
            while True:
                # grows with the graph: what others put in may be rewritten as often
                limit = max(1.0, ratio * max(len(fgraph.apply_nodes), 1))
                changed = self._global(fgraph, self.global_rewriters, tracker, uses)
                changed |= self._round(fgraph, uses, limit)
                if changed:
                    self._global(fgraph, self.cleanup_rewriters, tracker)
                changed |= self._global(fgraph, self.final_rewriters, tracker, uses)
                ever = ever or changed
                over = [rw for rw, times in uses.items() if times > limit]
                if over:
                    self._stopped(over, fgraph, ratio)
                if over or not changed:
                    return ever
        finally:
            fgraph.remove_feature(tracker)

    def _global(
        self,
        fgraph: FunctionGraph,
        rewriters: Sequence[GraphRewriter],
        tracker: ChangeTracker,
        uses: Counter[Any] | None = None,
    ) -> bool:
        any_changed = False
        for rewriter in rewriters:
            tracker.reset()
            rewriter.apply(fgraph)
            if tracker.changed:
                any_changed = True
                if uses is not None:
                    uses[rewriter] += 1
                    self._global(fgraph, self.cleanup_rewriters, tracker)
        return any_changed

    def _round(self, fgraph: FunctionGraph, uses: Counter[Any], limit: float) -> bool:
        """Each application once, from the outputs on."""
        waiting = deque(fgraph.toposort())

        def again(node: Apply) -> None:
            waiting.append(node)

        def changed_input(node: Any, *args: Any) -> None:
            if self.tracks_on_change_inputs and not isinstance(node, str):
                waiting.append(node)

        listener = Listener(None if self.ignore_newtrees else again, None, changed_input)
        fgraph.attach_feature(listener)
        changed, refused = False, set()
        try:
            while waiting:
                node = waiting.pop()
                for rewriter in self.node_tracker.get_trackers(node.op):
                    if node not in fgraph.apply_nodes:
                        break
                    if uses[rewriter] > limit or (rewriter, node) in refused:
                        continue
                    if self.process_node(fgraph, node, rewriter):
                        uses[rewriter] += 1
                        changed = True
                    else:  # a feature may bring it back: not before the next round
                        refused.add((rewriter, node))
        finally:
            fgraph.remove_feature(listener)
        return changed

    def _stopped(self, over: list[Any], fgraph: FunctionGraph, ratio: float) -> None:
        names = ", ".join(sorted(map(str, over)))
        report(
            AssertionError(
                f"fired more than {ratio:g} times for each application; rewriters that undo each "
                "other never end. The flag optdb__max_use_ratio is the number"
            ),
            names,
            fgraph,
        )

    def __str__(self) -> str:
        return self.name or f"EquilibriumGraphRewriter({', '.join(map(str, self.rewriters))})"
