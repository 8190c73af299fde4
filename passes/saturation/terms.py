"""What an e-graph is made of, as Python sees it: symbols, nodes, and their types as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from xdsl.ir import Attribute, Operation

from lamina.ir.graph.tensor_type import TensorType

_KEPT_APART = ("line", "node")
# A length as a number whose maximum is that of broadcast lengths: 1 gives way to one that is not
# known, that to one that is. 0 is a dimension that is not there.
_UNKNOWN, _ZERO = 2, 2**40


@dataclass(eq=False)
class Symbol:
    """What terms with the same number at their head apply.

    Attributes
    ----------
    op : Elemwise, Operation, ndarray or int
        An elementwise op; an operation on whole arrays to make others like; a constant; or the
        position of a value that the program is given.
    type : TensorType, optional
        Of results, but for elementwise ops, where it follows from the operands.
    """

    number: int
    op: Any
    type: Any = None


@dataclass(eq=False)
class Node:
    """A term: a symbol on classes.

    Attributes
    ----------
    replaced : bool
        A rule has put a form that keeps more digits in its place: it is not to be chosen.
    """

    symbol: Symbol
    operands: tuple[Any, ...]
    replaced: bool = False


@dataclass(eq=False)
class Snapshot:
    """What an e-graph knows at one time.

    Attributes
    ----------
    nodes : dict
        The nodes of each class.
    types : dict
        The type of each class.
    names : dict
        The class of each name.
    """

    nodes: dict[Any, list[Node]]
    types: dict[Any, TensorType]
    names: dict[str, Any]


def likeness(op: Operation) -> dict[str, Attribute]:
    """The attributes of `op` that say what it computes."""
    return {k: v for k, v in op.attributes.items() if k not in _KEPT_APART}


def largest(terms: Sequence[str]) -> str:
    """The text of the maximum of integers."""
    text = terms[0]
    for term in terms[1:]:
        text = f"(max {text} {term})"
    return text


def extent(length: int | None) -> int:
    """A length as a number."""
    if length is None:
        return _UNKNOWN
    return {0: _ZERO, 1: 1}.get(length, length + 1)


@cache
def _length(extent: int) -> int | None:
    return {_UNKNOWN: None, _ZERO: 0, 1: 1}.get(extent, extent - 1)


def static(extents: Iterable[int]) -> tuple[int | None, ...]:
    """The static shape of these numbers, 0 for dimensions that are not there."""
    return tuple(_length(n) for n in extents if n)
