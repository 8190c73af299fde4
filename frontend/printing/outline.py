"""Graphs down to their named variables, for error messages."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.variable import Variable
from lamina.printing.identifiers import char_from_number

DEEPEST = 100


def min_informative_str(obj: Any, indent_level: int = 0) -> str:
    """What `obj` is in terms of named variables and constants: what is below those is left out.

    Each line is tagged by letters; ``<B>`` stands for what was printed under the tag B, and ``···``
    for what is more than 100 levels down.

    Parameters
    ----------
    obj : Variable
        Of anything else, its ``str``.
    indent_level : int
        Spaces before the first line.

    Examples
    --------
    >>> from lamina.ir.graph.tensor_type import TensorType
    >>> x, y = TensorType("float64", ())("x"), TensorType("float64", ())("y")
    >>> z = -x + y
    >>> print(min_informative_str(z * z))
    A. Mul
     B. Add
      C. Neg
       D. x
      E. y
     <B>
    """
    lines = []
    tags: dict[int, str] = {}
    stack = [(obj, indent_level)]
    while stack:
        thing, indent = stack.pop()
        margin = " " * indent
        if id(thing) in tags:
            lines.append(f"{margin}<{tags[id(thing)]}>")
            continue
        tags[id(thing)] = tag = char_from_number(len(tags))
        node = thing.owner if isinstance(thing, Variable) and thing.name is None else None
        lines.append(f"{margin}{tag}. {thing if node is None else node.op}")
        if node is None:
            continue
        if indent - indent_level == DEEPEST:
            lines.append(f"{margin} ···")
        else:
            stack += [(operand, indent + 1) for operand in reversed(node.inputs)]
    return "\n".join(lines)
