"""The type of lists as values of a graph, and its variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Constant, Variable


class TypedListVariable(Variable):
    """A list of values of one type. Its methods make graphs: none of them changes a list.

    Examples
    --------
    >>> items = TypedListType(pt.dvector)("items")
    >>> longer = items.append(pt.dvector("x"))
    >>> longer[-1].type
    Vector(float64, shape=(?,))
    """

    __module__ = "lamina.typed_list.basic"

    @property
    def ttype(self) -> Type:
        """The type of the elements."""
        return self.type.ttype  # type: ignore[attr-defined]

    @property
    def dtype(self) -> Any:
        """The dtype of elements that are arrays."""
        return self.ttype.dtype  # type: ignore[attr-defined]

    def __getitem__(self, index: Any) -> Variable:
        """The element at an integer, or the list of those in a slice."""
        from lamina.ir.ops.typed_list import getitem

        return getitem(self, index)

    def __len__(self) -> int:
        raise TypeError("the length of a list is not known in a graph: use length(x)")

    def __iter__(self) -> Any:
        raise TypeError("a list of unknown length cannot be iterated over")

    def append(self, element: Any) -> TypedListVariable:
        """The list with one more element."""
        from lamina.ir.ops.typed_list import append

        return append(self, element)

    def extend(self, other: Any) -> TypedListVariable:
        """The list with the elements of another behind it."""
        from lamina.ir.ops.typed_list import extend

        return extend(self, other)

    def insert(self, index: Any, element: Any) -> TypedListVariable:
        """The list with an element before that at `index`, as ``list.insert`` has it."""
        from lamina.ir.ops.typed_list import insert

        return insert(self, index, element)

    def remove(self, element: Any) -> TypedListVariable:
        """The list without the first element that is equal; a ValueError when there is none."""
        from lamina.ir.ops.typed_list import remove

        return remove(self, element)

    def reverse(self) -> TypedListVariable:
        """The list from its end."""
        from lamina.ir.ops.typed_list import reverse

        return reverse(self)

    def count(self, element: Any) -> Variable:
        """How many elements are equal, an int64."""
        from lamina.ir.ops.typed_list import count

        return count(self, element)

    def ind(self, element: Any) -> Variable:
        """Where the first equal element is, an int64; a ValueError when there is none."""
        from lamina.ir.ops.typed_list import index_

        return index_(self, element)


class TypedListConstant(Constant, TypedListVariable):
    """A list that is known."""

    __module__ = "lamina.typed_list.basic"

    def signature(self) -> Any:
        def key(value: Any) -> Any:
            if isinstance(value, list):
                return tuple(map(key, value))
            array = np.asarray(value)
            return array.dtype, array.shape, array.tobytes()

        return self.type, key(self.data)


class TypedListType(Type):
    """Lists of values of one type.

    Parameters
    ----------
    ttype : Type
        Of the elements.
    depth : int
        How many times more lists are nested: lists of lists have depth 1.

    Raises
    ------
    TypeError
        `ttype` is no Type.
    ValueError
        `depth` is below 0.
    """

    __module__ = "lamina.typed_list.type"
    variable_type = TypedListVariable
    constant_type = TypedListConstant

    def __init__(self, ttype: Type, depth: int = 0):
        if not isinstance(ttype, Type):
            raise TypeError(f"TypedListType is made of the Type of its elements, got {ttype!r}")
        if depth < 0:
            raise ValueError(f"the depth of a list is at least 0, got {depth}")
        self.ttype = ttype if depth == 0 else TypedListType(ttype, depth - 1)

    def filter(
        self, data: Any, strict: bool = False, allow_downcast: bool | None = None
    ) -> list[Any]:
        if not isinstance(data, list):
            raise TypeError(f"expected a list of {self.ttype}, got {type(data).__name__}")
        return [self.ttype.filter(element, strict, allow_downcast) for element in data]

    def exact(self, value: Any) -> list[Any]:
        return [self.ttype.exact(element) for element in value]

    def get_depth(self) -> int:
        """How many times lists are nested in this one."""
        return self.ttype.get_depth() + 1 if isinstance(self.ttype, TypedListType) else 0

    def values_eq(self, a: list[Any], b: list[Any]) -> bool:
        return len(a) == len(b) and all(map(self.ttype.values_eq, a, b))

    def values_eq_approx(self, a: list[Any], b: list[Any]) -> bool:
        return len(a) == len(b) and all(map(self.ttype.values_eq_approx, a, b))

    def is_super(self, other: Type) -> bool:
        return isinstance(other, TypedListType) and self.ttype.is_super(other.ttype)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.ttype == other.ttype  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self.ttype))

    def __str__(self) -> str:
        return f"TypedList <{self.ttype}>"

    __repr__ = __str__
