"""Which rewriters of a database are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

HOME = "lamina.graph.rewriting.db"


def _ordered(tags: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags or ()))


@dataclass(init=False, frozen=True)
class RewriteDatabaseQuery:
    """Tags and names of rewriters: some of these, all of those, none of others.

    Parameters
    ----------
    include : iterable of str or None
        Rewriters with at least one of these.
    require : iterable of str, optional
        Only those that have all of these.
    exclude : iterable of str, optional
        Not those that have any of these.
    subquery : dict, optional
        For the names of databases in the database, what they are asked instead of this query.
    position_cutoff : float
        Of a SequenceDB, only what has a smaller position.
    extra_rewrites : iterable of (rewriter, position)
        Rewriters that no database has.

    Examples
    --------
    >>> RewriteDatabaseQuery(include=["fast_run"]).excluding("my_rewriter")
    """

    include: tuple[str, ...]
    require: tuple[str, ...]
    exclude: tuple[str, ...]
    subquery: dict[str, RewriteDatabaseQuery] = field(hash=False)
    position_cutoff: float
    extra_rewrites: tuple[Any, ...]

    def __init__(
        self,
        include: Iterable[str] | None = None,
        require: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        subquery: dict[str, RewriteDatabaseQuery] | None = None,
        position_cutoff: float = float("inf"),
        extra_rewrites: Iterable[Any] | None = None,
    ):
        for name, tags in (("include", include), ("require", require), ("exclude", exclude)):
            if isinstance(tags, str):
                raise TypeError(
                    f"RewriteDatabaseQuery: {name} must be a list of tags, not {tags!r}"
                )
            object.__setattr__(self, name, _ordered(tags))
        object.__setattr__(self, "subquery", dict(subquery or {}))
        object.__setattr__(self, "position_cutoff", position_cutoff)
        object.__setattr__(self, "extra_rewrites", tuple(extra_rewrites or ()))

    def including(self, *tags: str) -> RewriteDatabaseQuery:
        """This query, for rewriters with one of `tags` as well."""
        return self._with(include=self.include + tags)

    def excluding(self, *tags: str) -> RewriteDatabaseQuery:
        """This query, without rewriters with one of `tags`."""
        return self._with(exclude=self.exclude + tags)

    def requiring(self, *tags: str) -> RewriteDatabaseQuery:
        """This query, for rewriters with all of `tags` only."""
        return self._with(require=self.require + tags)

    def register(self, *rewrites: tuple[Any, float]) -> RewriteDatabaseQuery:
        """This query, with (rewriter, position) pairs as well."""
        return self._with(extra_rewrites=self.extra_rewrites + rewrites)

    def _with(self, **changes: Any) -> RewriteDatabaseQuery:
        fields = ("include", "require", "exclude", "subquery", "position_cutoff", "extra_rewrites")
        return type(self)(**{**{name: getattr(self, name) for name in fields}, **changes})

    def __str__(self) -> str:
        return (
            f"RewriteDatabaseQuery(inc={list(self.include)},ex={list(self.exclude)},"
            f"require={list(self.require)})"
        )


# dataclass looks into the module that a class names, which must exist by then.
RewriteDatabaseQuery.__module__ = HOME


def query_of(*tags: Any, **subqueries: Any) -> RewriteDatabaseQuery:
    """The query that ``database.query(*tags)`` means.

    Raises
    ------
    TypeError
        A query comes with tags.
    ValueError
        A tag begins with none of ``+`` (or a letter), ``-`` and ``&``.
    """
    whole = next((tag for tag in tags if isinstance(tag, RewriteDatabaseQuery)), None)
    if whole is not None:
        if len(tags) > 1 or subqueries:
            raise TypeError("a RewriteDatabaseQuery is a whole query: give it alone")
        return whole
    signs: dict[str, list[str]] = {"+": [], "&": [], "-": []}
    for tag in tags:
        if not isinstance(tag, str) or not tag:
            raise ValueError(f"a tag is a string such as '+fast_run' or '-inplace', not {tag!r}")
        sign, name = (tag[0], tag[1:]) if tag[0] in signs else ("+", tag)
        signs[sign].append(name)
    return RewriteDatabaseQuery(signs["+"], signs["&"], signs["-"], subquery=subqueries)
