"""What a step uses of the graph around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lamina.conditional import IfElse
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import ancestors, toposort
from lamina.ir.graph.variable import Constant, Variable


def captured(outputs: Sequence[Variable], inner: Collection[Variable]) -> list[Variable]:
    """The variables that become operands of a loop: what is the same in every step.

    Each is as far down the graph as it can be, so that what does not depend on the step is computed
    once, before the loop; but what only a branch of an `ifelse` needs is computed in the branch.
    What is made of constants alone stays in the loop, where it is folded.

    Parameters
    ----------
    outputs : sequence of Variable
        What a step makes.
    inner : collection of Variable
        What differs from step to step.
    """
    moving, folded = set(inner), set[Variable]()
    for node in toposort(outputs, moving):
        if any(v in moving for v in node.inputs):
            moving.update(node.outputs)
        elif all(v in folded or isinstance(v, Constant) for v in node.inputs):
            folded.update(node.outputs)
    found: dict[Variable, None] = {}
    seen = {*inner, *folded}
    waiting = list(reversed(outputs))
    in_branches: list[Variable] = []
    while waiting or in_branches:
        lazy = not waiting
        v = (waiting or in_branches).pop()
        if v in seen or isinstance(v, Constant):
            continue
        seen.add(v)
        # what is no array, such as a slice of variable bounds, is made in the loop, of the bounds
        inside = v in moving or lazy or not isinstance(v.type, TensorType)
        if v.owner is None or not inside:
            found[v] = None
        elif isinstance(v.owner.op, IfElse):
            waiting.append(v.owner.inputs[0])
            in_branches += reversed(v.owner.inputs[1:])
        else:
            (in_branches if lazy else waiting).extend(reversed(v.owner.inputs))
    return list(found)


def undeclared(
    outputs: Sequence[Variable], inner: Collection[Variable], declared: Collection[Variable]
) -> list[Variable]:
    """The inputs and shared variables that a step uses though they are not declared."""
    blocked = {*inner, *declared}
    return [
        v
        for v in ancestors(outputs, blocked)
        if v.owner is None and v not in blocked and not isinstance(v, Constant)
    ]


def with_default_update(
    outputs: Sequence[Variable], known: Collection[Variable], first: Variable
) -> list[SharedVariable]:
    """The shared variables that a step reads, and that have a ``default_update`` and no other.

    What was made before the variable `first` is one value, not a new one in every step: random
    numbers that were drawn outside stay what they are.
    """
    start = _number(first)
    older = {v for v in ancestors(outputs) if v.owner is not None and _number(v) < start}
    return [
        v
        for v in ancestors(outputs, older)
        if isinstance(v, SharedVariable)
        and v not in known
        and getattr(v, "default_update", None) is not None
    ]


def _number(v: Variable) -> int:
    """Variables are numbered as they are made."""
    return int(v.auto_name.removeprefix("auto_"))
