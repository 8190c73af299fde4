"""Identifiers of the nodes of printed graphs."""

from __future__ import annotations

from typing import Any, Literal

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Variable

IdType = Literal["id", "int", "CHAR", "auto", ""]
Node = Apply | Variable


def char_from_number(number: int) -> str:
    """`number` to base 26, with the digits A to Z.

    Examples
    --------
    >>> [char_from_number(n) for n in (0, 25, 26, 27)]
    ['A', 'Z', 'BA', 'BB']
    """
    digits = ""
    while True:
        number, digit = divmod(number, 26)
        digits = chr(ord("A") + digit) + digits
        if not number:
            return digits


def node_of(variable: Variable) -> Node:
    """What carries the identifier: the application that computes `variable`, or an input itself."""
    return variable if variable.owner is None else variable.owner


class Identifiers:
    """Gives each node an identifier when it is first asked for.

    Parameters
    ----------
    id_type : {"id", "int", "CHAR", "auto", ""}
        The number that Python's ``id`` gives, counting by numbers or letters, ``auto_name``, or
        none.
    used : dict
        Identifiers by node, those given before among them.
    """

    def __init__(self, id_type: IdType, used: dict[Any, str]):
        if id_type not in ("id", "int", "CHAR", "auto", ""):
            raise ValueError(f'id_type must be "id", "int", "CHAR", "auto" or "", got {id_type!r}')
        self.id_type = id_type
        self.used = used

    def of(self, variable: Variable) -> str:
        """The identifier of the node of `variable`; an ``auto_name`` is the variable's own."""
        node = variable if self.id_type == "auto" else node_of(variable)
        if node not in self.used:
            self.used[node] = self._new(node)
        return self.used[node]

    def _new(self, node: Any) -> str:
        if self.id_type == "CHAR":
            return char_from_number(len(self.used))
        if self.id_type == "int":
            return str(len(self.used))
        if self.id_type == "id":
            return str(id(node))
        return node.auto_name if self.id_type else ""

    def text(self, variable: Variable) -> str:
        """``[id A]``, or nothing."""
        identifier = self.of(variable)
        return f"[id {identifier}]" if identifier else ""
