"""Types of gradients that are no arrays: one that does not exist, and one that is undefined."""

from __future__ import annotations

from typing import Any, NoReturn

from lamina.ir.graph.type import Type


class _ValuelessType(Type):
    """A type without values."""

    def filter(
        self, data: Any, strict: bool = False, allow_downcast: bool | None = None
    ) -> NoReturn:
        raise ValueError(f"A variable of type {self} has no value")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __str__(self) -> str:
        return type(self).__name__

    __repr__ = __str__


class NullType(_ValuelessType):
    """The gradient is mathematically undefined, or nobody has written it.

    Parameters
    ----------
    why_null : str
        The reason, for error messages.
    """

    __module__ = "lamina.graph.null_type"

    def __init__(self, why_null: str = "(no explanation given)"):
        self.why_null = why_null


class DisconnectedType(_ValuelessType):
    """There is no smooth dependence, so there is no gradient to compute."""

    __module__ = "lamina.gradient"


null_type = NullType()
disconnected_type = DisconnectedType()
