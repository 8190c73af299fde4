"""Features that undo changes of a FunctionGraph: back to a checkpoint, or step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lamina.ir.graph.features import HOME, AlreadyThere, Feature

if TYPE_CHECKING:
    from lamina.ir.graph.apply import Apply
    from lamina.ir.graph.function_graph import FunctionGraph
    from lamina.ir.graph.variable import Variable


class Change(NamedTuple):
    """Input `i` of `node` was `old` and became `new`."""

    node: Apply | str
    i: int
    old: Variable
    new: Variable
    reason: Any

    def undo(self, fgraph: FunctionGraph) -> None:
        fgraph.change_node_input(self.node, self.i, self.old, f"undo {self.reason}", check=False)

    def redo(self, fgraph: FunctionGraph) -> None:
        fgraph.change_node_input(self.node, self.i, self.new, self.reason, check=False)


class History(Feature):
    """Adds ``fgraph.checkpoint()`` and ``fgraph.revert(checkpoint)``.

    What is in the past of a checkpoint that was reverted to stays in the past.
    """

    __module__ = HOME

    def __init__(self) -> None:
        self._changes: dict[FunctionGraph, list[Change] | None] = {}

    def on_attach(self, fgraph: FunctionGraph) -> None:
        if hasattr(fgraph, "checkpoint") or hasattr(fgraph, "revert"):
            raise AlreadyThere("the graph has a History")
        self._changes[fgraph] = []
        fgraph.__dict__["checkpoint"] = lambda: len(self._changes[fgraph] or ())
        fgraph.__dict__["revert"] = lambda checkpoint: self.revert(fgraph, checkpoint)

    def on_detach(self, fgraph: FunctionGraph) -> None:
        del fgraph.__dict__["checkpoint"], fgraph.__dict__["revert"]
        del self._changes[fgraph]

    def clone(self) -> History:
        return type(self)()

    def __getstate__(self) -> dict[str, Any]:
        return {"_changes": {}}  # an unpickled graph has no past

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        var: Variable,
        new_var: Variable,
        reason: Any = None,
    ) -> None:
        changes = self._changes[fgraph]
        if changes is not None:
            changes.append(Change(node, i, var, new_var, reason))

    def revert(self, fgraph: FunctionGraph, checkpoint: int) -> None:
        """Undo all changes since `checkpoint`."""
        changes = self._changes[fgraph] or []
        self._changes[fgraph] = None  # what is undone is no change of its own
        try:
            while len(changes) > checkpoint:
                changes.pop().undo(fgraph)
        finally:
            self._changes[fgraph] = changes


class FullHistory(Feature):
    """Remembers all changes of one graph: ``prev``, ``next``, ``start``, ``end``, ``goto(n)``.

    A change of the graph after some were undone drops those that could be done again.
    """

    __module__ = HOME

    def __init__(self, callback: Any = None) -> None:
        self.changes: list[Change] = []
        self.pointer = 0
        self.fgraph: FunctionGraph | None = None
        self.callback = callback
        self._moving = False

    def on_attach(self, fgraph: FunctionGraph) -> None:
        if self.fgraph is not None:
            raise AlreadyThere("a FullHistory is that of one graph")
        self.fgraph = fgraph

    def on_detach(self, fgraph: FunctionGraph) -> None:
        self.fgraph = None

    def clone(self) -> FullHistory:
        return type(self)(self.callback)

    def __getstate__(self) -> dict[str, Any]:
        return vars(type(self)(self.callback))

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        var: Variable,
        new_var: Variable,
        reason: Any = None,
    ) -> None:
        if self._moving:
            return
        del self.changes[self.pointer :]
        self.changes.append(Change(node, i, var, new_var, reason))
        self.pointer += 1
        if self.callback is not None:
            self.callback()

    def __len__(self) -> int:
        return len(self.changes)

    def goto(self, checkpoint: int) -> FunctionGraph:
        """The graph as it was after the first `checkpoint` changes.

        Raises
        ------
        ValueError
            There were fewer.
        """
        if self.fgraph is None:
            raise ValueError("FullHistory: not attached to a graph")
        if not 0 <= checkpoint <= len(self.changes):
            raise ValueError(f"FullHistory: {checkpoint} is not among {len(self.changes)} changes")
        self._moving = True
        try:
            while self.pointer > checkpoint:
                self.pointer -= 1
                self.changes[self.pointer].undo(self.fgraph)
            while self.pointer < checkpoint:
                self.changes[self.pointer].redo(self.fgraph)
                self.pointer += 1
        finally:
            self._moving = False
        return self.fgraph

    def prev(self) -> FunctionGraph:
        """Undo one change; at the start, nothing."""
        return self.goto(max(self.pointer - 1, 0))

    def next(self) -> FunctionGraph:
        """Do one change again; at the end, nothing."""
        return self.goto(min(self.pointer + 1, len(self.changes)))

    def start(self) -> FunctionGraph:
        """Undo all changes."""
        return self.goto(0)

    def end(self) -> FunctionGraph:
        """Do all changes again."""
        return self.goto(len(self.changes))
