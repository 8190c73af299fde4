"""Databases: rewriters under names and tags, and what queries make of them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any, Literal, TextIO

from lamina.graph.rewriting.equilibrium import EquilibriumGraphRewriter
from lamina.graph.rewriting.node_walks import FailureCallback, Order, WalkingGraphRewriter
from lamina.graph.rewriting.queries import HOME, RewriteDatabaseQuery, query_of
from lamina.graph.rewriting.rewriters import GraphRewriter, NodeRewriter, Rewriter
from lamina.graph.rewriting.sequences import SequentialGraphRewriter, SequentialNodeRewriter


class RewriteDatabase:
    """Rewriters, and databases of rewriters, each with a name and tags.

    The name of a rewriter, that of its class and that of the database are tags of it too.
    """

    __module__ = HOME

    def __init__(self) -> None:
        self.name: str | None = None
        self._members: dict[str, Any] = {}
        self._tags: dict[str, set[str]] = {}

    def register(
        self,
        name: str,
        rewriter: RewriteDatabase | Rewriter,
        *tags: str,
        use_db_name_as_tag: bool = True,
        **kwargs: Any,
    ) -> None:
        """Take a rewriter in.

        Parameters
        ----------
        name : str
        rewriter : GraphRewriter, NodeRewriter or RewriteDatabase
        *tags : str
        use_db_name_as_tag : bool
            Whether the database's own name is a tag of it.

        Raises
        ------
        TypeError
            `rewriter` is none.
        ValueError
            The name is taken.
        """
        if not isinstance(rewriter, (RewriteDatabase, Rewriter)):
            raise TypeError(f"{rewriter!r} is no rewriter and no database of rewriters")
        if name in self._members:
            raise ValueError(f"the database has a rewriter {name!r}")
        if rewriter.name is None or isinstance(rewriter, RewriteDatabase):
            rewriter.name = name
        own = {name, type(rewriter).__name__, *tags}
        if use_db_name_as_tag and self.name is not None:
            own.add(self.name)
        self._members[name] = rewriter
        self._tags[name] = own

    def unregister(self, name: str) -> None:
        """Forget a rewriter."""
        del self._members[name], self._tags[name]

    def add_tags(self, name: str, *tags: str) -> None:
        """Give the rewriter `name` more tags."""
        self[name]
        self._tags[name].update(tags)

    def remove_tags(self, name: str, *tags: str) -> None:
        """Take tags from the rewriter `name`."""
        self[name]
        self._tags[name].difference_update(tags)

    def tags_of(self, name: str) -> frozenset[str]:
        """The tags of the rewriter `name`."""
        self[name]
        return frozenset(self._tags[name])

    def __getitem__(self, name: str) -> Any:
        if name in self._members:
            return self._members[name]
        with_tag = [self._members[n] for n, tags in self._tags.items() if name in tags]
        if len(with_tag) != 1:
            raise KeyError(f"{len(with_tag)} rewriters have the name or tag {name!r}")
        return with_tag[0]

    def __contains__(self, name: object) -> bool:
        return any(name in tags for tags in self._tags.values())

    def _selected(self, query: RewriteDatabaseQuery) -> list[str]:
        """The names of what a query asks for, in the order of registration."""
        include, require = set(query.include), set(query.require)
        without = set(query.exclude)
        return [
            name
            for name, tags in self._tags.items()
            if not tags.isdisjoint(include) and require <= tags and tags.isdisjoint(without)
        ]

    def _found(self, query: RewriteDatabaseQuery) -> list[tuple[str, Any]]:
        """Names and rewriters that a query asks for; databases in this one are asked in turn."""
        found = []
        for name in self._selected(query):
            member = self._members[name]
            if isinstance(member, RewriteDatabase):
                member = member.query(query.subquery.get(name, query._with(extra_rewrites=())))
                member.name = name
            found.append((name, member))
        return found

    def query(self, *tags: Any, **subqueries: Any) -> Any:
        """What has the tags: ``query("+fast_run", "-inplace", "&canonicalize")``, or a
        RewriteDatabaseQuery.

        Returns
        -------
        dict of str to Rewriter
            Of this class; those below make one rewriter.
        """
        return dict(self._found(query_of(*tags, **subqueries)))

    def print_summary(self, stream: TextIO | None = None) -> None:
        """Print names and tags, one rewriter a line."""
        stream = stream or sys.stdout
        print(f"{type(self).__name__} {self.name or ''}".rstrip(), file=stream)
        for name, tags in self._tags.items():
            print(f"  {name}: {', '.join(sorted(tags - {name}))}", file=stream)


class EquilibriumDB(RewriteDatabase):
    """A database whose queries make an EquilibriumGraphRewriter.

    Parameters
    ----------
    ignore_newtrees, tracks_on_change_inputs : bool
        Of the EquilibriumGraphRewriter.
    """

    __module__ = HOME

    def __init__(self, ignore_newtrees: bool = True, tracks_on_change_inputs: bool = False):
        super().__init__()
        self.ignore_newtrees = ignore_newtrees
        self.tracks_on_change_inputs = tracks_on_change_inputs
        self._final: set[str] = set()
        self._cleanup: set[str] = set()

    def register(
        self,
        name: str,
        rewriter: RewriteDatabase | Rewriter,
        *tags: str,
        final_rewriter: bool = False,
        cleanup: bool = False,
        **kwargs: Any,
    ) -> None:
        """Take a rewriter in; `final_rewriter`: applied at the end of each round; `cleanup`: after
        each change.
        """
        if final_rewriter and cleanup:
            raise ValueError("a rewriter is either a final one or one for cleaning up")
        super().register(name, rewriter, *tags, **kwargs)
        if final_rewriter:
            self._final.add(name)
        if cleanup:
            self._cleanup.add(name)

    def query(self, *tags: Any, **subqueries: Any) -> EquilibriumGraphRewriter:
        """An EquilibriumGraphRewriter of what has the tags."""
        found = self._found(query_of(*tags, **subqueries))
        last = self._final | self._cleanup
        return EquilibriumGraphRewriter(
            [member for name, member in found if name not in last],
            ignore_newtrees=self.ignore_newtrees,
            tracks_on_change_inputs=self.tracks_on_change_inputs,
            final_rewriters=[member for name, member in found if name in self._final],
            cleanup_rewriters=[member for name, member in found if name in self._cleanup],
            name=self.name,
        )


class SequenceDB(RewriteDatabase):
    """A database whose queries make a SequentialGraphRewriter, ordered by position.

    Parameters
    ----------
    failure_callback : callable, optional
        Of the SequentialGraphRewriter.
    """

    __module__ = HOME

    def __init__(self, failure_callback: Callable[..., Any] | None = None):
        super().__init__()
        self.failure_callback = failure_callback
        self._positions: dict[str, float] = {}

    def register(
        self,
        name: str,
        rewriter: RewriteDatabase | Rewriter,
        *tags: str,
        position: float | Literal["first", "last"] = "last",
        **kwargs: Any,
    ) -> None:
        """Take a graph rewriter or a database in.

        Parameters
        ----------
        position : float, "first" or "last"
            Smaller positions come first; equal ones by name.
        """
        number = _position(position, self._positions.values())
        super().register(name, rewriter, *tags, **kwargs)
        self._positions[name] = number

    def position_of(self, name: str) -> float:
        """Where the rewriter `name` stands."""
        return self._positions[name]

    def query(self, *tags: Any, **subqueries: Any) -> SequentialGraphRewriter:
        """A SequentialGraphRewriter of what has the tags."""
        query = query_of(*tags, **subqueries)
        placed = [(self._positions[name], name, rw) for name, rw in self._found(query)]
        placed += [(at, rw.name or "", rw) for rw, at in query.extra_rewrites]
        placed = [entry for entry in placed if entry[0] < query.position_cutoff]
        placed.sort(key=lambda entry: entry[:2])
        members = [_of_graphs(rw) for _, _, rw in placed]
        return SequentialGraphRewriter(
            *members, failure_callback=self.failure_callback, name=self.name
        )


def _position(wanted: float | str, taken: Iterable[float]) -> float:
    if wanted == "last":
        return max(taken, default=0.0) + 1
    if wanted == "first":
        return min(taken, default=0.0) - 1
    if isinstance(wanted, str) or not math.isfinite(wanted):
        raise TypeError(f"a position is a number, 'first' or 'last', not {wanted!r}")
    return float(wanted)


def _of_graphs(rewriter: Any) -> GraphRewriter:
    """A node rewriter in a sequence of graph rewriters is applied until it does not fire."""
    if isinstance(rewriter, NodeRewriter):
        return EquilibriumGraphRewriter([rewriter], name=rewriter.name)
    return rewriter


class LocalGroupDB(SequenceDB):
    """A database of node rewriters, whose queries make one that tries them in order.

    Parameters
    ----------
    apply_all_rewrites, profile : bool
        Of the SequentialNodeRewriter.
    node_rewriter : class
        What to make, if not that.
    """

    __module__ = HOME

    def __init__(
        self,
        apply_all_rewrites: bool = False,
        profile: bool = False,
        node_rewriter: Callable[..., NodeRewriter] = SequentialNodeRewriter,
    ):
        super().__init__()
        self.apply_all_rewrites = apply_all_rewrites
        self.profile = profile
        self.node_rewriter = node_rewriter

    def query(self, *tags: Any, **subqueries: Any) -> Any:
        """One node rewriter of what has the tags."""
        found = self._found(query_of(*tags, **subqueries))
        found.sort(key=lambda entry: (self._positions[entry[0]], entry[0]))
        made = self.node_rewriter(
            *(member for _, member in found),
            apply_all_rewrites=self.apply_all_rewrites,
            profile=self.profile,
        )
        made.name = self.name
        return made


class TopoDB(RewriteDatabase):
    """A database of node rewriters, whose queries make a walk that tries what `db` gives."""

    __module__ = HOME

    def __init__(
        self,
        db: RewriteDatabase,
        order: Order = "in_to_out",
        ignore_newtrees: bool = False,
        failure_callback: FailureCallback | None = None,
    ):
        super().__init__()
        self.db = db
        self.order: Order = order
        self.ignore_newtrees, self.failure_callback = ignore_newtrees, failure_callback

    def query(self, *tags: Any, **subqueries: Any) -> WalkingGraphRewriter:
        """A walk that tries what `db` gives."""
        return WalkingGraphRewriter(
            self.db.query(*tags, **subqueries),
            self.order,
            self.ignore_newtrees,
            self.failure_callback,
        )


class ProxyDB(RewriteDatabase):
    """Another database, to be at two places of a third one."""

    __module__ = HOME

    def __init__(self, db: RewriteDatabase):
        if not isinstance(db, RewriteDatabase):
            raise TypeError(f"ProxyDB: {db!r} is no database of rewriters")
        super().__init__()
        self.db = db

    def query(self, *tags: Any, **subqueries: Any) -> Any:
        """What the other database gives."""
        return self.db.query(*tags, **subqueries)
