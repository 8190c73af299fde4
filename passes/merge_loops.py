"""Loops side by side as one: while one waits for its last number, the other goes on.

a = nd.scan n, x, s {f};  b = nd.scan n, y, t {g}  ->  a, b = nd.scan n, x, y, s, t {f and g}

Steps of numbers only, where that was measured to pay; see "Loops" in docs/architecture.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter, is_pure
from lamina.passes.lift_lengths import scalar_key
from lamina.passes.rules import rewrite

NAME = "name"
MOST_CARRIES = 16  # more do not fit into registers, and hide no more of each other's latency


@rewrite("loops-side-by-side", "scan")
def loops_side_by_side(op: nd.ScanOp, rewriter: Rewriter) -> bool | None:
    """Two loops of equally many steps on numbers, neither needing the other -> one loop."""
    if not _is_of_numbers(op):
        return None
    steps = scalar_key(op.operands[0])
    earlier: Any = op.prev_op
    while earlier is not None:
        if (
            isinstance(earlier, nd.ScanOp)
            and earlier.attributes.get("mode") == op.attributes.get("mode")
            and earlier.count("carries") + op.count("carries") <= MOST_CARRIES
            and _is_of_numbers(earlier)
            and scalar_key(earlier.operands[0]) == steps
        ):
            between = _made_of(earlier, op)
            if between is not None:
                _merge(earlier, op, between, rewriter)
                return True
        earlier = earlier.prev_op
    return None


def _is_of_numbers(op: nd.ScanOp) -> bool:
    """Whether a loop does all its steps, and they compute numbers from numbers."""
    if op.until or any(nd.rank(v) for v in op.block.args):
        return False
    return all(
        isinstance(inner, (nd.ElementwiseOp, nd.ConstantOp, nd.YieldOp))
        and not any(nd.rank(v) for v in inner.results)
        for inner in op.block.ops
    )


def _made_of(earlier: nd.ScanOp, later: nd.ScanOp) -> list[Operation] | None:
    """The operations between two loops that need the earlier one; None where one of them cannot
    be done after the later loop, or is that loop.
    """
    known: set[SSAValue] = set(earlier.results)
    found: list[Operation] = []
    op = earlier.next_op
    while op is not None:
        if any(v in known for v in op.operands):
            if op is later or not is_pure(op):
                return None
            known.update(op.results)
            found.append(op)
        if op is later:
            return found
        op = op.next_op
    return None


def _merge(
    first: nd.ScanOp, second: nd.ScanOp, between: Sequence[Operation], rewriter: Rewriter
) -> None:
    """One loop in the place of `second`, and behind it what needs `first`."""
    loops = first, second
    old_results = [loop.results[: loop.count("carries")] for loop in loops]
    old_results += [loop.traces for loop in loops]
    results = [v for group in old_results for v in group]
    starts = [v for loop in loops for v in loop.starts]
    named: list[Any] = [loop.attributes[NAME] for loop in loops if NAME in loop.attributes]
    step, sequences, same = _common_step(loops)
    made = nd.ScanOp.create(
        operands=[second.operands[0], *sequences, *starts, *same],
        result_types=[v.type for v in results],
        attributes={
            **second.attributes,
            "sequences": IntegerAttr(len(sequences), i64),
            "carries": IntegerAttr(len(starts), i64),
            **({NAME: StringAttr(" and ".join(name.data for name in named))} if named else {}),
        },
        regions=[Region(step)],
    )
    rewriter.insert(made)
    for old, new in zip(results, made.results, strict=True):
        new.name_hint = old.name_hint
        rewriter.revisit_users(old)
        old.replace_all_uses_with(new)
    last: Operation = made
    for op in between:
        op.detach()
        rewriter.block.insert_op_after(op, last)
        last = op
    for loop in loops:
        rewriter.forget(loop)
        rewriter.block.erase_op(loop)


def _common_step(loops: Sequence[nd.ScanOp]) -> tuple[Block, list[SSAValue], list[SSAValue]]:
    """A step that does those of all loops, which are left empty; the sequences whose rows it takes,
    and what it takes that stays the same.
    """
    step = Block()

    def arguments(pairs: Iterable[tuple[SSAValue, SSAValue]]) -> list[SSAValue]:
        """The different operands of `pairs`: one argument of the step in the place of the old."""
        made: dict[SSAValue, SSAValue] = {}
        for operand, old in pairs:
            if operand not in made:
                made[operand] = step.insert_arg(old.type, len(step.args))
            old.replace_all_uses_with(made[operand])
        return list(made)

    sequences = arguments(
        pair for loop in loops for pair in zip(loop.sequences, loop.block.args, strict=False)
    )
    for old in (v for loop in loops for v in loop.carried):
        old.replace_all_uses_with(step.insert_arg(old.type, len(step.args)))
    same = arguments(
        pair
        for loop in loops
        for pair in zip(reversed(loop.same), reversed(loop.block.args), strict=False)
    )
    ends, traced = [], []
    for loop in loops:
        carries = loop.count("carries")
        ends += loop.yielded[:carries]
        traced += loop.yielded[carries:]
        for inner in list(loop.block.ops):
            inner.detach()
            if isinstance(inner, nd.YieldOp):
                inner.erase()
            else:
                step.add_op(inner)
    step.add_op(nd.YieldOp.create(operands=[*ends, *traced]))
    return step, sequences, same
