"""Which of the user's rewriters fired, in order, and how many may."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.source_line import Line


class Fired(NamedTuple):
    """One rewriter that fired: on which op, made by which line of the user's."""

    rewriter: str
    op: str
    line: Line | None

    def __str__(self) -> str:
        place = f" ({os.path.basename(self.line[0])}:{self.line[1]})" if self.line else ""
        return f"graph: {self.rewriter} on {self.op}{place}"


class Firings:
    """A feature that counts what fires on a graph.

    Parameters
    ----------
    limit : int, optional
        No rewriter fires after this many; -1: all may; ``config.rewrite_limit`` unless given.
    check : callable, optional
        Is given what fired, when it has.
    """

    def __init__(self, limit: int | None = None, check: Callable[[Fired], Any] | None = None):
        self.limit = config.rewrite_limit if limit is None else limit
        self.check = check
        self.fired: list[Fired] = []
        self.changes = 0

    @property
    def full(self) -> bool:
        """Whether no more may fire."""
        return 0 <= self.limit <= len(self.fired)

    def on_change_input(self, fgraph: Any, node: Any, i: Any, *variables: Any) -> None:
        self.changes += 1

    def on_attach(self, fgraph: FunctionGraph) -> None:
        fgraph.__dict__["firings"] = self

    def on_detach(self, fgraph: FunctionGraph) -> None:
        del fgraph.__dict__["firings"]

    def note(self, rewriter: str, node: Apply | None) -> None:
        """`rewriter` fired on `node`, or on the graph as a whole."""
        op, line = ("the graph", None) if node is None else (str(node.op), node.line)
        self.fired.append(Fired(rewriter, op, line))
        if self.check is not None:
            self.check(self.fired[-1])


def firings_of(fgraph: FunctionGraph) -> Firings | None:
    """The feature of `fgraph`, if it is counted."""
    return fgraph.__dict__.get("firings")
