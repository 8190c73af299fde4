"""Let equal computations be one: common subexpression elimination."""

from __future__ import annotations

from typing import Any

from xdsl.ir import Block, Operation

from lamina.ir import dialect as nd
from lamina.passes.driver import is_pure


def merge_equal(block: Block) -> list[Operation]:
    """Merge the equal operations of `block`; returns those that have got new operands.

    Operands of commutative ops are compared in any order. Equal checks are merged too.
    """
    seen: dict[Any, Operation] = {}
    changed: dict[Operation, None] = {}
    for op in list(block.ops):
        key = _key(op)
        if key is None:
            continue
        known = seen.setdefault(key, op)
        if known is op or any(
            a.type != b.type for a, b in zip(op.results, known.results, strict=True)
        ):
            continue
        for mine, theirs in zip(op.results, known.results, strict=True):
            for use in mine.uses:
                changed[use.operation] = None
                if use.operation.name == "nd.make_vector":  # a shape, which its users look into
                    changed.update((u.operation, None) for u in use.operation.results[0].uses)
            mine.replace_all_uses_with(theirs)
        changed.pop(op, None)
        block.erase_op(op)
    return [op for op in changed if op.parent is block]


def _key(op: Operation) -> Any:
    """What equal operations share, but for result types; None if `op` is like no other."""
    cls = op.__class__
    operands = op.operands
    if isinstance(op, nd.ElementwiseOp):
        if cls is nd.CAST:
            return cls, id(operands[0]), nd.dtype_of(op.results[0])
        if len(operands) == 2 and op.ELEMWISE.scalar_op.commutative:
            return cls, *sorted(map(id, operands))
        return cls, *map(id, operands)
    if cls is nd.ConstantOp:
        return cls, op.attributes["value"], op.results[0].type
    if cls is nd.AssertEqualOp:
        return cls, *sorted(map(id, operands))
    if op.regions or not is_pure(op):
        return None
    facts = sorted((k, v) for k, v in op.attributes.items() if k not in ("line", "node"))
    return cls, *map(id, operands), *facts
