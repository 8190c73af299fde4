"""Arrays one after another: nested, empty, filled with one value, parts of one array."""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.joining import Join
from lamina.ir.ops.shape import MakeVector
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.slices import Slice, entries_of, is_whole
from lamina.passes.values import Value, kind, made_by, used_once

MOST_PARTS = 8


@rewrite("joined-joined", "concatenate", needs=("concatenate",))
def joined_joined(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """join(join(x, y), z) -> join(x, y, z), along one axis."""
    axis, parts = op.definition.axis, []
    for v in op.operands:
        made = made_by(v, "concatenate")
        if made is not None and made.definition.axis == axis and used_once(v):
            parts += made.operands
        else:
            parts.append(v)
    return rewriter.apply(Join(axis), parts) if len(parts) > len(op.operands) else None


@rewrite("joined-with-nothing", "concatenate")
def joined_with_nothing(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """join(x, empty) -> x."""
    axis = op.definition.axis
    parts = [v for v in op.operands if nd.static_shape(v)[axis] != 0]
    if not parts or len(parts) == len(op.operands):
        return None
    return rewriter.apply(Join(axis), parts)


@rewrite("joined-fillings", "concatenate", needs=("alloc",))
def joined_fillings(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """join(alloc(v, n), alloc(v, m)) -> alloc(v, n + m), for neighbours."""
    axis = op.definition.axis
    parts: list[SSAValue] = [op.operands[0]]
    for v in op.operands[1:]:
        one, other = made_by(parts[-1], "alloc"), made_by(v, "alloc")
        if one is None or other is None or one.operands[0] is not other.operands[0]:
            parts.append(v)
            continue
        value, *lengths = one.operands
        if nd.rank(value):
            parts.append(v)
            continue
        total = rewriter.value(lengths[axis]) + rewriter.value(other.operands[1 + axis])
        lengths[axis] = total.ssa
        parts[-1] = rewriter.apply(Alloc(), [value, *lengths])
    if len(parts) == len(op.operands):
        return None
    return rewriter.apply(Join(axis), parts) if len(parts) > 1 else parts[0]


@rewrite("joined-parts-of-an-array", "concatenate", needs=("subtensor",))
def joined_parts(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """join(x[:k], x[k:]) -> x, for any number of parts."""
    axis = op.definition.axis
    made = [made_by(v, "subtensor") for v in op.operands]
    if any(m is None or m.operands[0] is not made[0].operands[0] for m in made):
        return None
    end = None
    for number, part in enumerate(made):
        entries = entries_of(part)
        along = entries.pop(axis) if len(entries) > axis else None
        if not isinstance(along, Slice) or not all(map(is_whole, entries)):
            return None
        if not along.has_unit_step or (along.start is None) != (number == 0):
            if not (number == 0 and along.known("start") == 0):
                return None
        if number and along.start is not end:
            return None
        if (along.stop is None) != (number == len(made) - 1):
            return None
        end = along.stop
    if len(made) > 2 and not all(_rises(entries_of(m)[axis]) for m in made):
        return None
    return made[0].operands[0]


def _rises(entry: Slice) -> bool:
    """Whether a slice does not end before it begins, in constants that are not negative."""
    start, stop = entry.known("start") or 0, entry.known("stop")
    if entry.start is not None and entry.known("start") is None:
        return False
    return start >= 0 and (entry.stop is None or (stop is not None and stop >= start))


@rewrite("joined-vectors-of-scalars", "concatenate", needs=("make_vector",))
def joined_vectors(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """join(make_vector(a), make_vector(b, c)) -> make_vector(a, b, c)."""
    made = [made_by(v, "make_vector") for v in op.operands]
    if any(m is None for m in made):
        return None
    scalars = [v for m in made for v in m.operands]  # type: ignore[union-attr]
    return rewriter.apply(MakeVector(nd.dtype_of(op.results[0])), scalars)


@rewrite("reduction-of-joined", "sum", "prod", "max", "min", "all", "any", needs=("concatenate",))
def reduction_of_joined(op: Any, rewriter: Rewriter) -> Value | None:
    """sum(join(x, y)) -> sum(x) + sum(y), where the joined array is used here only.

    Of floats the sum is taken in another order; extrema only of what is known not to be empty.
    """
    made = made_by(op.operands[0], "concatenate")
    if made is None or not used_once(op.operands[0]):
        return None
    axis, definition = made.definition.axis, op.definition
    axes = definition.axes(nd.rank(op.operands[0]))
    if axis not in axes or len(made.operands) > MOST_PARTS:
        return None
    if not definition.empty_allowed and any(not nd.static_shape(v)[axis] for v in made.operands):
        return None
    if kind(op.results[0]) == "f" and nd.dtype_of(op.results[0]) == "float16":
        return None
    parts = [rewriter.value(rewriter.apply(definition, [v])) for v in made.operands]
    total = parts[0]
    for part in parts[1:]:
        total = definition.combine(total, part)
    return total


JOINS = (
    joined_with_nothing, joined_joined, joined_fillings, joined_parts, joined_vectors,
    reduction_of_joined,
)  # fmt: skip
