"""Rewriters: of a whole FunctionGraph, or of one application in it."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.graph.validation import ReplaceValidate

HOME = "lamina.graph.rewriting.basic"


class Rewriter(ABC):  # noqa: B024  a subclass is one of the two below
    """What graph and node rewriters have in common.

    Attributes
    ----------
    name : str or None
        How databases, queries and the trace call it.
    """

    __module__ = HOME

    name: str | None = None

    @property
    def title(self) -> str:
        """``name``, or that of the class."""
        return self.name or type(self).__name__

    def add_requirements(self, fgraph: FunctionGraph) -> None:  # noqa: B027
        """Attach the features that the rewriter needs."""

    def print_summary(self, stream: TextIO | None = None, level: int = 0, depth: int = -1) -> None:
        """Print the rewriter and those that it is made of, one a line."""
        print(f"{' ' * level}{type(self).__name__} {self.name or ''}".rstrip(), file=stream)
        if depth:
            for part in self._parts():
                part.print_summary(stream or sys.stdout, level + 2, depth - 1)

    def _parts(self) -> Iterable[Rewriter]:
        return ()

    def __str__(self) -> str:
        return self.title


class GraphRewriter(Rewriter):
    """Rewrites a FunctionGraph in place. A subclass has ``apply(fgraph)``."""

    __module__ = HOME

    @abstractmethod
    def apply(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> Any:
        """Change `fgraph` through ``fgraph.replace_all_validate`` and its like."""

    def rewrite(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> Any:
        """Attach what is required, and apply."""
        self.add_requirements(fgraph)
        return self.apply(fgraph, *args, **kwargs)

    def __call__(self, fgraph: FunctionGraph) -> Any:
        return self.rewrite(fgraph)

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        fgraph.attach_feature(ReplaceValidate())


class NodeRewriter(Rewriter):
    """Finds what may take the place of the results of an application.

    A subclass has ``transform(fgraph, node)`` and, unless every application interests it,
    ``tracks()``.
    """

    __module__ = HOME

    def tracks(self) -> Sequence[Op | type[Op]] | None:
        """The ops, or classes of ops, on whose applications it is tried; None: all."""
        return None

    @abstractmethod
    def transform(self, fgraph: FunctionGraph, node: Apply, *args: Any, **kwargs: Any) -> Any:
        """What replaces the results of `node`.

        Returns
        -------
        False or None
            It does not fire.
        list of Variable
            One for each output; None where an output is not used.
        dict
            Variables of the graph, and what replaces them; ``"remove"``: a list of applications
            that must be gone then.
        """

    def __call__(self, fgraph: FunctionGraph, node: Apply) -> Any:
        return self.transform(fgraph, node)


class FromFunctionNodeRewriter(NodeRewriter):
    """A node rewriter made of a function of (fgraph, node); see ``node_rewriter``."""

    __module__ = HOME

    def __init__(
        self,
        fn: Callable[..., Any],
        tracks: Sequence[Op | type[Op]] | None,
        requirements: Iterable[Callable[[], Any]] = (),
    ):
        self.fn = fn
        self._tracks = None if tracks is None else tuple(tracks)
        self.requirements = tuple(requirements)
        self.__name__ = getattr(fn, "__name__", type(fn).__name__)
        self.__doc__ = fn.__doc__
        self.name = self.__name__

    def tracks(self) -> Sequence[Op | type[Op]] | None:
        return self._tracks

    def transform(
        self,
        fgraph: FunctionGraph,
        node: Apply,
        *args: Any,
        enforce_tracks: bool = False,
        **kwargs: Any,
    ) -> Any:
        if enforce_tracks and not is_tracked(self._tracks, node.op):
            return False
        return self.fn(fgraph, node, *args, **kwargs)

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        for requirement in self.requirements:
            fgraph.attach_feature(requirement())


class FromFunctionGraphRewriter(GraphRewriter):
    """A graph rewriter made of a function of a FunctionGraph; see ``graph_rewriter``."""

    __module__ = HOME

    def __init__(self, fn: Callable[..., Any], requirements: Iterable[Callable[[], Any]] = ()):
        self.fn = fn
        self.requirements = tuple(requirements)
        self.__name__ = getattr(fn, "__name__", type(fn).__name__)
        self.__doc__ = fn.__doc__
        self.name = self.__name__

    def apply(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> Any:
        return self.fn(fgraph, *args, **kwargs)

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        super().add_requirements(fgraph)
        for requirement in self.requirements:
            fgraph.attach_feature(requirement())


def is_tracked(tracks: Sequence[Op | type[Op]] | None, op: Op) -> bool:
    """Whether `op` is among `tracks`, as it is or by a class."""
    return tracks is None or any(
        isinstance(op, t) if isinstance(t, type) else t == op for t in tracks
    )


def node_rewriter(
    tracks: Sequence[Op | type[Op]] | None,
    inplace: bool = False,
    requirements: Iterable[Callable[[], Any]] = (),
) -> Callable[[Callable[..., Any]], FromFunctionNodeRewriter]:
    """Make a node rewriter of a function of (fgraph, node).

    Parameters
    ----------
    tracks : list of Op or class of Op, or None
        It is tried on the applications of these; None: on all.
    inplace : bool
        Whether it puts in ops that overwrite operands. Lamina plans that itself; such ops are
        checked by the features of the graph, as all are.
    requirements : iterable of callable
        Each makes a feature to be attached to the graph.

    Raises
    ------
    ValueError
        `tracks` is empty, or has something that is no op.

    Examples
    --------
    >>> @node_rewriter([pt.log])
    ... def log_of_exp(fgraph, node):
    ...     inner = node.inputs[0].owner
    ...     if inner is None or inner.op != pt.exp:
    ...         return None
    ...     return [inner.inputs[0]]
    """
    if tracks is not None:
        tracks = list(tracks)
        if not tracks:
            raise ValueError("node_rewriter: use None, not an empty list, to track every op")
        for t in tracks:
            if not (isinstance(t, Op) or (isinstance(t, type) and issubclass(t, Op))):
                raise ValueError(f"node_rewriter: tracks must be ops or classes of ops, not {t!r}")
    return lambda function: FromFunctionNodeRewriter(function, tracks, requirements)


def graph_rewriter(function: Callable[..., Any]) -> FromFunctionGraphRewriter:
    """Make a graph rewriter of a function of a FunctionGraph."""
    return FromFunctionGraphRewriter(function)


def inplace_graph_rewriter(function: Callable[..., Any]) -> FromFunctionGraphRewriter:
    """``graph_rewriter``; Lamina plans itself what is computed in place."""
    return FromFunctionGraphRewriter(function)
