"""Rules of the user's own: those of the whole process, and those of the function at hand.

This module loads no xDSL: the cache asks for the rules before anything is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Tagged = tuple[str, Any]

_registered: dict[str, Tagged] = {}
_local: ContextVar[tuple[Tagged, ...]] = ContextVar("rules", default=())
_alone: ContextVar[tuple[Tagged, ...] | None] = ContextVar("alone", default=None)


def own_rules() -> tuple[Tagged, ...]:
    """The user's rules that are in force, each after its tag."""
    alone = _alone.get()
    return (*(_registered.values() if alone is None else alone), *_local.get())


@contextmanager
def only(rules: tuple[Tagged, ...]) -> Iterator[None]:
    """Let these rules, and no registered ones, be in force for a while."""
    alone, local = _alone.set(rules), _local.set(())
    try:
        yield
    finally:
        _alone.reset(alone)
        _local.reset(local)


def register(tag: str, rule: Any) -> None:
    """Let a rule be in force in the whole process.

    Raises
    ------
    ValueError
        Another one has its name.
    """
    known = _registered.get(rule.name)
    if known is not None and known[1] is not rule:
        raise ValueError(f"a rule is registered as {rule.name!r}: unregister it first")
    _registered[rule.name] = (tag, rule)


def unregister(name: str) -> None:
    """Forget the rule `name`.

    Raises
    ------
    KeyError
        There is none.
    """
    del _registered[name]


@contextmanager
def using(rules: Iterable[Tagged]) -> Iterator[None]:
    """Let rules be in force for a while, in this thread."""
    token = _local.set((*_local.get(), *rules))
    try:
        yield
    finally:
        _local.reset(token)
