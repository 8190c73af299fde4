"""None as a value of a graph."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Constant


class SingleType(Type):
    """A type without parameters: all its instances are equal."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __str__(self) -> str:
        return type(self).__name__

    __repr__ = __str__


class NoneTypeT(SingleType):
    """The type of None."""

    __module__ = "lamina.tensor.type_other"

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> None:
        if data is not None:
            raise TypeError(f"Expected None, got {data!r}")


class NoneConstant(Constant):
    """None."""

    __module__ = "lamina.tensor.type_other"

    def __str__(self) -> str:
        return f"{self.name}{{None}}"


none_type_t = NoneTypeT()
NoneConst = NoneConstant(none_type_t, None, "NoneConst")
