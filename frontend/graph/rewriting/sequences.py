"""Rewriters one after another: of graphs, and of an application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from typing import Any

from lamina.graph.rewriting.failures import report
from lamina.graph.rewriting.firings import firings_of
from lamina.graph.rewriting.rewriters import HOME, GraphRewriter, NodeRewriter, is_tracked
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.rewrite_check import WrongRewrite


class SequentialGraphRewriter(GraphRewriter, MutableSequence):  # type: ignore[type-arg]
    """Applies graph rewriters one after another. It is a list of them.

    What one of them did before it raised is undone, and the next goes on.

    Parameters
    ----------
    *rewriters : GraphRewriter
    failure_callback : callable, optional
        Called with (exception, self, rewriter) if one raises; ``config.on_opt_error`` says what
        happens else.
    """

    __module__ = HOME

    def __init__(
        self,
        *rewriters: Any,
        failure_callback: Callable[[Exception, Any, Any], Any] | None = None,
        name: str | None = None,
    ):
        if len(rewriters) == 1 and isinstance(rewriters[0], (list, tuple)):
            rewriters = tuple(rewriters[0])
        self.data: list[GraphRewriter] = list(rewriters)
        self.failure_callback = failure_callback
        self.name = name

    def apply(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> None:
        for rewriter in self.data:
            _apply_one(rewriter, fgraph, lambda e, r=rewriter: self._failed(e, r, fgraph))

    def _failed(self, error: Exception, rewriter: GraphRewriter, fgraph: FunctionGraph) -> None:
        if self.failure_callback is None:
            report(error, rewriter, fgraph)
        else:
            self.failure_callback(error, self, rewriter)

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        super().add_requirements(fgraph)
        for rewriter in self.data:
            rewriter.add_requirements(fgraph)

    @staticmethod
    def warn(exc: Exception, self: Any, rewriter: Any) -> None:
        """A failure callback that does what ``config.on_opt_error`` says."""
        report(exc, rewriter, "the graph")

    def _parts(self) -> Iterable[GraphRewriter]:
        return self.data

    def __getitem__(self, index: Any) -> Any:
        return self.data[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self.data[index] = value

    def __delitem__(self, index: Any) -> None:
        del self.data[index]

    def __len__(self) -> int:
        return len(self.data)

    def insert(self, index: int, value: Any) -> None:
        self.data.insert(index, value)

    def __str__(self) -> str:
        return self.name or f"SequentialGraphRewriter({', '.join(map(str, self.data))})"

    # a sequence, but one that stands for itself
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _apply_one(
    rewriter: GraphRewriter, fgraph: FunctionGraph, failed: Callable[[Exception], Any]
) -> None:
    """Apply one rewriter; it counts as one firing if none of its parts was counted."""
    firings = firings_of(fgraph)
    counted, changes = (len(firings.fired), firings.changes) if firings is not None else (0, 0)
    if firings is not None and firings.full:
        return
    before = fgraph.__dict__["checkpoint"]()
    try:
        rewriter.apply(fgraph)
    except WrongRewrite:
        raise
    except Exception as error:
        fgraph.__dict__["revert"](before)
        if firings is not None:
            del firings.fired[counted:]
        failed(error)
        return
    if firings is not None and firings.changes > changes and len(firings.fired) == counted:
        firings.note(str(rewriter), None)


class OpToRewriterTracker:
    """Which node rewriters are to be tried on the applications of an op."""

    __module__ = HOME

    def __init__(self) -> None:
        self.tracked_instances: dict[Op, list[NodeRewriter]] = {}
        self.tracked_types: dict[type, list[NodeRewriter]] = {}
        self.untracked_rewrites: list[NodeRewriter] = []
        self._order: list[NodeRewriter] = []

    def add_tracker(self, rw: NodeRewriter) -> None:
        """Take a node rewriter in."""
        self._order.append(rw)
        tracks = rw.tracks()
        if tracks is None:
            self.untracked_rewrites.append(rw)
        for t in tracks or ():
            if isinstance(t, type):
                self.tracked_types.setdefault(t, []).append(rw)
            else:
                self.tracked_instances.setdefault(t, []).append(rw)

    def get_trackers(self, op: Op) -> list[NodeRewriter]:
        """The rewriters for `op`, in the order in which they were added."""
        return [rw for rw in self._order if is_tracked(rw.tracks(), op)]

    def get_rewriters(self) -> list[NodeRewriter]:
        """All rewriters."""
        return list(self._order)


class SequentialNodeRewriter(NodeRewriter):
    """Tries node rewriters in order; the first that fires decides.

    Parameters
    ----------
    *rewriters : NodeRewriter
    apply_all_rewrites : bool
        Go on with the applications that the results belong to, until none fires.
    profile : bool
        Count how often each fired, in ``applied``.
    """

    __module__ = HOME

    def __init__(
        self,
        *rewriters: NodeRewriter,
        apply_all_rewrites: bool = False,
        profile: bool = False,
        name: str | None = None,
    ):
        if len(rewriters) == 1 and isinstance(rewriters[0], (list, tuple)):
            rewriters = tuple(rewriters[0])
        self.rewrites = list(rewriters)
        self.apply_all_rewrites = apply_all_rewrites
        self.profile = profile
        self.applied: dict[NodeRewriter, int] = dict.fromkeys(self.rewrites, 0)
        self.fired_last: NodeRewriter | None = None
        self.name = name
        self.reentrant = any(getattr(rw, "reentrant", True) for rw in self.rewrites)
        self.tracker = OpToRewriterTracker()
        for rw in self.rewrites:
            self.tracker.add_tracker(rw)

    def tracks(self) -> Sequence[Op | type[Op]] | None:
        found: list[Op | type[Op]] = []
        for rw in self.rewrites:
            tracks = rw.tracks()
            if tracks is None:
                return None
            found.extend(tracks)
        return found

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        for rw in self.rewrites:
            rw.add_requirements(fgraph)

    def _parts(self) -> Iterable[NodeRewriter]:
        return self.rewrites

    def transform(self, fgraph: FunctionGraph, node: Apply, *args: Any, **kwargs: Any) -> Any:
        found = self._first(fgraph, node)
        while found and self.apply_all_rewrites and not isinstance(found, dict):
            new = {v.owner for v in found if v is not None}
            (current,) = new if len(new) == 1 else (None,)
            # go on only where the results are all those of one application
            if current is None or list(found) != current.outputs:
                break
            further = self._first(fgraph, current)
            if not further or isinstance(further, dict):
                break
            found = further
        return found

    def _first(self, fgraph: FunctionGraph, node: Apply) -> Any:
        for rw in self.tracker.get_trackers(node.op):
            found = rw.transform(fgraph, node)
            if found is None or found is False:
                continue
            if isinstance(found, (list, tuple)) and list(found) == node.outputs:
                continue
            self.fired_last = rw
            self.applied[rw] = self.applied.get(rw, 0) + 1
            return found
        return False

    def __iter__(self) -> Iterator[NodeRewriter]:
        return iter(self.rewrites)

    def __str__(self) -> str:
        return self.name or f"SequentialNodeRewriter({', '.join(map(str, self.rewrites))})"
