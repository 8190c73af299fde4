"""Shared variables: values that live between calls."""

from __future__ import annotations

import copy
from typing import Any

from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Variable


class SharedVariable(Variable):
    """A variable with a value that functions read and their updates replace.

    Attributes
    ----------
    cell : list
        The value is ``cell[0]``, in the form that compiled functions read; they hold the list.
    strict, allow_downcast
        What its type's ``filter`` is told about a new value.
    """

    __module__ = "lamina.compile.sharedvalue"

    def __init__(
        self,
        type: Type,
        value: Any,
        strict: bool = False,
        allow_downcast: bool | None = None,
        name: str | None = None,
        cell: list[Any] | None = None,
    ):
        super().__init__(type, None, None, name)
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.cell = [self._admit(value)] if cell is None else cell

    def _admit(self, value: Any) -> Any:
        try:
            filtered = self.type.filter(value, self.strict, self.allow_downcast)
        except (TypeError, ValueError) as error:
            raise type(error)(f"shared variable {self}: {error}") from None
        return self.type.exact(filtered)

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """The current value; a copy unless `borrow`."""
        return self.cell[0] if borrow else copy.deepcopy(self.cell[0])

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the value, by a copy of `new_value` unless `borrow`."""
        self.cell[0] = self._admit(new_value if borrow else copy.deepcopy(new_value))

    def clone(self, name: str | None = None) -> SharedVariable:
        """Another variable of the same value: an update of one is seen by both."""
        return type(self)(
            self.type, None, self.strict, self.allow_downcast, name or self.name, self.cell
        )

    def __str__(self) -> str:
        return self.name if self.name is not None else f"<{self.type}>"
