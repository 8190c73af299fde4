"""The database of all rewriters: the user's, which run on graphs, and stages of the built-in rules.

A rewriter that is registered with the tag "fast_run" runs in every function compiled in mode
FAST_RUN, before the graph becomes nd. Built-in rules are rules on nd; a query for a stage makes a
graph rewriter that goes there and back.
"""

from __future__ import annotations

from typing import Any

from lamina.graph.rewrite import rewrite_in_place
from lamina.graph.rewriting.databases import EquilibriumDB, SequenceDB
from lamina.graph.rewriting.equilibrium import EquilibriumGraphRewriter
from lamina.graph.rewriting.queries import RewriteDatabaseQuery, query_of
from lamina.graph.rewriting.rewriters import GraphRewriter, Rewriter
from lamina.graph.rewriting.sequences import SequentialGraphRewriter
from lamina.ir.graph.function_graph import FunctionGraph


class BuiltInRules(GraphRewriter):
    """A stage of the built-in rules, as a rewriter of FunctionGraphs."""

    def __init__(self, stage: str, exclude: tuple[str, ...] = ()):
        self.name = f"{stage} rules"
        self.stage, self.exclude = stage, exclude

    def apply(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> None:
        rewrite_in_place(fgraph, (self.stage,), self.exclude)


class StageDB(EquilibriumDB):
    """The user's rewriters of a stage; queries add the built-in rules of it."""

    def query(self, *tags: Any, **subqueries: Any) -> Any:
        """What has the tags, and then the built-in rules of the stage."""
        query = query_of(*tags, **subqueries)
        assert self.name is not None
        return SequentialGraphRewriter(
            super().query(query), BuiltInRules(self.name, query.exclude), name=self.name
        )


STAGES = ("canonicalize", "stabilize", "specialize")

optdb = SequenceDB()
optdb.register("canonicalize", StageDB(), "fast_run", "fast_compile", position=1)
optdb.register("stabilize", StageDB(), "fast_run", position=1.5)
optdb.register("specialize", StageDB(), "fast_run", position=2)


def users_rewriter(query: RewriteDatabaseQuery) -> SequentialGraphRewriter:
    """What a query asks for of `optdb`, but for built-in rules."""
    return _without_built_in(_of_stages(query))


def _of_stages(query: RewriteDatabaseQuery) -> SequentialGraphRewriter:
    """The answer to `query`. A rewriter may have a tag that its stage has not: stages are asked in
    any case.
    """
    inner = query._with(extra_rewrites=())
    stages = [s for s in STAGES if s not in query.exclude]
    found = [(optdb[s].query(inner), optdb.position_of(s)) for s in stages]
    rest = query.excluding(*STAGES).register(*found)
    return optdb.query(rest)


def _without_built_in(rewriter: SequentialGraphRewriter) -> SequentialGraphRewriter:
    kept: list[GraphRewriter] = []
    for member in rewriter:
        if isinstance(member, SequentialGraphRewriter):
            member = _without_built_in(member)
        group = isinstance(member, (EquilibriumGraphRewriter, SequentialGraphRewriter))
        if not isinstance(member, BuiltInRules) and not (group and not list(member._parts())):
            kept.append(member)
    return SequentialGraphRewriter(*kept, failure_callback=rewriter.failure_callback)


def _register(stage: str, tags: tuple[str, ...], given: tuple[Any, ...], options: Any) -> Any:
    if given and isinstance(given[0], str):
        return lambda rewriter: _register(stage, tags, (rewriter, *given), options)
    rewriter, *own = given
    if not isinstance(rewriter, Rewriter):
        raise TypeError(f"register_{stage}: {rewriter!r} is no rewriter")
    name = options.pop("name", None) or getattr(rewriter, "__name__", None) or rewriter.name
    if name is None:
        raise ValueError(f"register_{stage}: {rewriter!r} has no name: give name=")
    optdb[stage].register(name, rewriter, *tags, *own, **options)
    return rewriter


def register_canonicalize(*rewriter_and_tags: Any, **options: Any) -> Any:
    """Let a rewriter run where canonicalize does: in modes FAST_RUN and FAST_COMPILE.

    Parameters
    ----------
    *rewriter_and_tags : NodeRewriter or GraphRewriter, str
        The rewriter and its tags. Tags alone make a decorator.
    name : str, optional
        Else that of its function.

    Returns
    -------
    Rewriter
        The same.

    Raises
    ------
    ValueError
        The name is taken.
    """
    return _register("canonicalize", ("fast_run", "fast_compile"), rewriter_and_tags, options)


def register_stabilize(*rewriter_and_tags: Any, **options: Any) -> Any:
    """Let a rewriter run where stabilize does, in mode FAST_RUN; see ``register_canonicalize``."""
    return _register("stabilize", ("fast_run",), rewriter_and_tags, options)


def register_specialize(*rewriter_and_tags: Any, **options: Any) -> Any:
    """Let a rewriter run where specialize does, in mode FAST_RUN; see ``register_canonicalize``."""
    return _register("specialize", ("fast_run",), rewriter_and_tags, options)


def register_useless(*rewriter_and_tags: Any, **options: Any) -> Any:
    """``register_canonicalize``, for a rewriter that removes what does nothing."""
    return _register(
        "canonicalize", ("fast_run", "fast_compile", "useless"), rewriter_and_tags, options
    )
