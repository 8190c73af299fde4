"""Ops on lists. Lists are Python's own, so functions with them are run op by op."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.typed_list_type import TypedListType, TypedListVariable
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.constant import as_tensor_variable

_PARTS = ("start", "stop", "step")
_INT64 = TensorType("int64", ())


def _list(x: Any) -> Variable:
    if not isinstance(x, Variable):
        return make_list(x)
    if not isinstance(x.type, TypedListType):
        raise TypeError(f"expected a list, got {x} of type {x.type}")
    return x


def _position(i: Any) -> Variable:
    variable = as_tensor_variable(i)
    if variable.type.ndim or variable.type.numpy_dtype.kind not in "iu":
        raise TypeError(f"a position in a list is an integer, got {i} of type {variable.type}")
    return variable


class MakeList(Op):
    """A list of variables of one type."""

    __module__ = "lamina.typed_list.basic"
    __props__ = ()

    def make_node(self, elements: Sequence[Any]) -> Apply:  # type: ignore[override]
        if not isinstance(elements, (list, tuple)) or not elements:
            raise TypeError(f"make_list takes a list of variables, not empty, got {elements!r}")
        given = [v if isinstance(v, Variable) else as_tensor_variable(v) for v in elements]
        first = given[0].type
        if any(v.type != first for v in given):
            types = ", ".join(str(v.type) for v in given)
            raise TypeError(f"all elements of a list have one type, got {types}")
        return Apply(self, given, [TypedListType(first)()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = list(inputs)


class GetItem(Op):
    """An element of a list, or the list of those in a slice.

    Parameters
    ----------
    parts : tuple of str, optional
        Which of start, stop and step of a slice are given as operands; None: an integer is.
    """

    __module__ = "lamina.typed_list.basic"
    __props__ = ("parts",)

    def __init__(self, parts: tuple[str, ...] | None = None):
        self.parts = parts

    def make_node(self, x: Any, index: Any) -> Apply:  # type: ignore[override]
        x = _list(x)
        if isinstance(index, Constant) and isinstance(index.data, slice):
            index = index.data
        if not isinstance(index, slice):
            return Apply(GetItem(), [x, _position(index)], [x.type.ttype()])  # type: ignore[attr-defined]
        given = {p: v for p in _PARTS if (v := getattr(index, p)) is not None}
        return Apply(GetItem(tuple(given)), [x, *map(_position, given.values())], [x.type()])

    def slice_of(self, values: Sequence[Any]) -> slice:
        """The slice of these parts."""
        given = dict(zip(self.parts or (), map(int, values), strict=True))
        return slice(*(given.get(p) for p in _PARTS))

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        x, *values = inputs
        at = int(values[0]) if self.parts is None else self.slice_of(values)
        output_storage[0][0] = copy.deepcopy(x[at])

    def __str__(self) -> str:
        return "GetItem"


class _Changed(Op):
    """A list that is another one, changed; in its memory if `inplace`."""

    __props__ = ("inplace",)

    def __init__(self, inplace: bool = False):
        self.inplace = inplace
        self.destroy_map = {0: [0]} if inplace else {}

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        x, *operands = inputs
        changed = x if self.inplace else list(x)
        self.change(changed, operands, node)
        output_storage[0][0] = changed

    def change(self, x: list[Any], operands: Sequence[Any], node: Apply) -> None:
        """Change the list `x`."""
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{type(self).__name__}{{inplace}}" if self.inplace else type(self).__name__


class Append(_Changed):
    """A list with one more element."""

    __module__ = "lamina.typed_list.basic"

    def make_node(self, x: Any, element: Any) -> Apply:  # type: ignore[override]
        x = _list(x)
        return Apply(self, [x, x.type.ttype.filter_variable(element)], [x.type()])  # type: ignore[attr-defined]

    def change(self, x: list[Any], operands: Sequence[Any], node: Apply) -> None:
        x.append(operands[0])


class Extend(_Changed):
    """A list with another one behind it."""

    __module__ = "lamina.typed_list.basic"

    def make_node(self, x: Any, other: Any) -> Apply:  # type: ignore[override]
        x = _list(x)
        return Apply(self, [x, x.type.filter_variable(_list(other))], [x.type()])

    def change(self, x: list[Any], operands: Sequence[Any], node: Apply) -> None:
        x.extend(operands[0])


class Insert(_Changed):
    """A list with an element before a position."""

    __module__ = "lamina.typed_list.basic"

    def make_node(self, x: Any, index: Any, element: Any) -> Apply:  # type: ignore[override]
        x = _list(x)
        given = x.type.ttype.filter_variable(element)  # type: ignore[attr-defined]
        return Apply(self, [x, _position(index), given], [x.type()])

    def change(self, x: list[Any], operands: Sequence[Any], node: Apply) -> None:
        x.insert(int(operands[0]), operands[1])


class Remove(_Changed):
    """A list without the first element that equals a value."""

    __module__ = "lamina.typed_list.basic"

    def make_node(self, x: Any, element: Any) -> Apply:  # type: ignore[override]
        x = _list(x)
        return Apply(self, [x, x.type.ttype.filter_variable(element)], [x.type()])  # type: ignore[attr-defined]

    def change(self, x: list[Any], operands: Sequence[Any], node: Apply) -> None:
        del x[_place(x, operands[0], node)]


class Reverse(_Changed):
    """A list from its end."""

    __module__ = "lamina.typed_list.basic"

    def make_node(self, x: Any) -> Apply:  # type: ignore[override]
        x = _list(x)
        return Apply(self, [x], [x.type()])

    def change(self, x: list[Any], operands: Sequence[Any], node: Apply) -> None:
        x.reverse()


class _Search(Op):
    """An integer that a list and a value give."""

    __props__ = ()

    def make_node(self, x: Any, element: Any) -> Apply:  # type: ignore[override]
        x = _list(x)
        return Apply(self, [x, x.type.ttype.filter_variable(element)], [_INT64()])  # type: ignore[attr-defined]


class Index(_Search):
    """Where the first element is that equals a value."""

    __module__ = "lamina.typed_list.basic"

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = np.asarray(_place(inputs[0], inputs[1], node), np.int64)


class Count(_Search):
    """How many elements equal a value."""

    __module__ = "lamina.typed_list.basic"

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        x, element = inputs
        equal = node.inputs[0].type.ttype.values_eq  # type: ignore[attr-defined]
        output_storage[0][0] = np.asarray(sum(equal(v, element) for v in x), np.int64)


class Length(Op):
    """How many elements a list has."""

    __module__ = "lamina.typed_list.basic"
    __props__ = ()

    def make_node(self, x: Any) -> Apply:  # type: ignore[override]
        return Apply(self, [_list(x)], [_INT64()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = np.asarray(len(inputs[0]), np.int64)


def _place(x: list[Any], element: Any, node: Apply) -> int:
    equal = node.inputs[0].type.ttype.values_eq  # type: ignore[attr-defined]
    for i, v in enumerate(x):
        if equal(v, element):
            return i
    raise ValueError(f"{element} is not in the list")


getitem, append, extend, insert = GetItem(), Append(), Extend(), Insert()
remove, reverse, index_, count, length = Remove(), Reverse(), Index(), Count(), Length()


def make_list(elements: Sequence[Any]) -> TypedListVariable:
    """A list of variables, all of one type.

    Parameters
    ----------
    elements : list or tuple of Variable
        Not empty: the type of an empty list is ``TypedListType(...)``, and its constants are
        ``TypedListType(...).make_constant([])``.

    Raises
    ------
    TypeError
        It is empty, or types differ.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> make_list([x, 2 * x])[1].eval({x: [1.0, 2.0]})
    array([2., 4.])
    """
    return MakeList()(elements)
