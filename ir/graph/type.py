"""Types of variables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from lamina.ir.graph.variable import Constant, Variable


class Type(ABC):
    """The set of values that a variable may take."""

    variable_type: type[Variable] = Variable
    constant_type: type[Constant] = Constant

    @abstractmethod
    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return `data` as a value of this type.

        Parameters
        ----------
        data : object
        strict : bool
            Accept `data` only if it already is a value of this type.
        allow_downcast : bool or None
            True permits any loss of precision, False none; None permits Python floats to become
            floatX.

        Raises
        ------
        TypeError
            `data` cannot be a value of this type.
        """

    def is_valid_value(self, data: Any, strict: bool = True) -> bool:
        try:
            self.filter(data, strict=strict)
        except (TypeError, ValueError):
            return False
        return True

    def exact(self, value: Any) -> Any:
        """`value`, a value of this type, in the one form that compiled code reads."""
        return value

    def shown(self, value: Any) -> Any:
        """`value`, which is exact, as users have it."""
        return value

    @property
    def machine(self) -> Any:
        """The type of the arrays that compiled code has for values, a TensorType; None if it has
        none.
        """
        return None

    def in_same_class(self, other: Type) -> bool:
        """Whether values of both types can stand for each other after a check of static facts."""
        return self == other

    def is_super(self, other: Type) -> bool:
        """Whether every value of `other` is a value of this type."""
        return self == other

    def filter_variable(self, other: Any, allow_convert: bool = True) -> Variable:
        """Return `other` as a variable of this type, or of a narrower one.

        Raises
        ------
        TypeError
            `other` has no value in common with this type.
        """
        if not isinstance(other, Variable):
            other = self.make_constant(self.filter(other))
        if self.is_super(other.type):
            return other
        converted = self.convert_variable(other) if allow_convert else None
        if converted is None:
            raise TypeError(
                f"Cannot convert Type {other.type} (of Variable {other}) into Type {self}. "
                f"You can try to manually convert {other} into a {self}."
            )
        return converted

    def convert_variable(self, variable: Variable) -> Variable | None:
        return variable if self.is_super(variable.type) else None

    def make_variable(self, name: str | None = None) -> Variable:
        return self.variable_type(self, None, None, name)

    def make_constant(self, value: Any, name: str | None = None) -> Constant:
        return self.constant_type(self, value, name)

    def __call__(self, name: str | None = None) -> Variable:
        """A new variable of this type."""
        return self.make_variable(name)

    def values_eq(self, a: Any, b: Any) -> bool:
        return bool(a == b)

    def values_eq_approx(self, a: Any, b: Any) -> bool:
        return self.values_eq(a, b)
