"""From the arguments of a call to the arrays that a compiled function takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.compile.errors import describe_value
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.type import Type

_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


@dataclass
class Argument:
    """One argument of a function.

    Attributes
    ----------
    name : str or None
        Its keyword.
    type : Type
    default : list
        Empty, or the one value that it has if the call leaves it out.
    strict : bool
        Accept only arrays of exactly this dtype.
    allow_downcast : bool or None
    mutable : bool
        Whether its array may be overwritten.
    """

    name: str | None
    type: Type
    default: list[Any] = field(default_factory=list)
    strict: bool = False
    allow_downcast: bool | None = None
    mutable: bool = False


class Arguments:
    """The arguments of one function, and how those of a call become arrays.

    Parameters
    ----------
    arguments : sequence of Argument
    function : str
        What errors call the function.
    """

    def __init__(self, arguments: Sequence[Argument], function: str):
        self.arguments = list(arguments)
        self.function = function

    def convert(self, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None) -> list[Any]:
        """The arguments of a call as exact values, in order, defaults filled in.

        Raises
        ------
        TypeError
            Too many, missing, unknown or doubly given arguments, or one that does not fit.
        """
        given = self._place(args, kwargs or {})
        return [self._value(i, argument, given[i]) for i, argument in enumerate(self.arguments)]

    def _place(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[int, Any]:
        if len(args) > len(self.arguments):
            raise TypeError(f"{self.function} takes {self._count()}, got {len(args)}")
        given = dict(enumerate(args))
        for name, value in kwargs.items():
            i = self._index(name)
            if i in given:
                raise TypeError(f"{self.function} got two values for the argument {name!r}")
            given[i] = value
        missing = []
        for i, argument in enumerate(self.arguments):
            if i not in given:
                if argument.default:
                    given[i] = argument.default[0]
                else:
                    missing.append(self._named(i))
        if missing:
            raise TypeError(
                f"{self.function} misses {', '.join(missing)}; it takes {self._count()}"
            )
        return given

    def _index(self, name: str) -> int:
        found = [i for i, argument in enumerate(self.arguments) if argument.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise TypeError(
                f"{self.function} has {len(found)} arguments called {name!r}: give them by position"
            )
        named = [argument.name for argument in self.arguments if argument.name]
        keywords = (
            f"the keywords are {', '.join(named)}" if named else "none of its arguments has a name"
        )
        raise TypeError(f"{self.function} has no argument {name!r}; {keywords}")

    def _count(self) -> str:
        n = len(self.arguments)
        names = ", ".join(argument.name or "unnamed" for argument in self.arguments)
        return f"{n} argument{'s' if n != 1 else ''}" + (f" ({names})" if n else "")

    def _named(self, i: int) -> str:
        ordinal = _ORDINALS.get(i + 1, f"{i + 1}th")
        name = self.arguments[i].name
        return f"argument {name!r}" if name else f"the {ordinal} argument"

    def _value(self, i: int, argument: Argument, value: Any) -> Any:
        kind = argument.type
        if (
            value.__class__ is np.ndarray
            and isinstance(kind, TensorType)
            and value.dtype is kind.numpy_dtype
            and _fits(value, kind)
        ):
            return value
        try:
            filtered = kind.filter(
                value, strict=argument.strict, allow_downcast=argument.allow_downcast
            )
        except (TypeError, ValueError, OverflowError) as error:
            raise TypeError(
                f"{self.function}: {self._named(i)} must be {kind}, got {_found(value)}. {error}"
                f"{_advice(value, kind)}"
            ) from None
        return kind.exact(filtered)


def _fits(array: np.ndarray, type: TensorType) -> bool:
    flags = array.flags
    return (
        array.ndim == len(type.shape)
        and flags.c_contiguous
        and flags.aligned
        and all(n is None or n == m for n, m in zip(type.shape, array.shape, strict=True))
    )


def _found(value: Any) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        return f"{type(value).__name__} {describe_value(value)}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def _advice(value: Any, kind: Type) -> str:
    if not isinstance(kind, TensorType):
        return ""
    shape = np.shape(value) if isinstance(value, (np.ndarray, np.generic)) else None
    if shape is None:
        return ""
    if len(shape) != kind.ndim:
        return f" Reshape the value, or declare the variable with {len(shape)} dimensions."
    if any(n is not None and n != m for n, m in zip(kind.shape, shape, strict=True)):
        return (
            " Give an array of that shape, or declare the variable with None for lengths that vary."
        )
    return ""
