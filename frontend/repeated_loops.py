"""Loops and branches that a graph has twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.branches import Branches
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Constant, Variable
from lamina.scan.op import Scan


def repeated_loops(order: Sequence[Apply]) -> dict[Apply, Apply]:
    """By loop or branch, the earlier one in `order` that computes the same of the same operands.

    Operands are the same if they are computed by equal ops from the same inputs; ops with one place
    in nd are merged there.
    """
    loops = [node for node in order if isinstance(node.op, Scan | Branches)]
    if len({hash(node.op) for node in loops}) == len(loops):
        return {}
    numbers: dict[Any, int] = {}  # of what is computed, by how
    value: dict[Variable, int] = {}
    first: dict[int, Apply] = {}
    repeated: dict[Apply, Apply] = {}

    def number(v: Variable) -> int:
        if v not in value:
            key = (v.type, v.signature()) if isinstance(v, Constant) else v
            value[v] = _numbered(numbers, key)
        return value[v]

    for node in order:
        key = node.op, tuple(map(number, node.inputs)), tuple(v.type for v in node.outputs)
        own = _numbered(numbers, key)
        for v in node.outputs:
            value[v] = _numbered(numbers, (own, v.index))
        if isinstance(node.op, Scan | Branches) and first.setdefault(own, node) is not node:
            repeated[node] = first[own]
    return repeated


def _numbered(numbers: dict[Any, int], key: Any) -> int:
    try:
        return numbers.setdefault(key, len(numbers))
    except TypeError:  # it cannot be hashed, and equals nothing
        return numbers.setdefault(object(), len(numbers))
