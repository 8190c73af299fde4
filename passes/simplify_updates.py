"""Arrays with a part set or added to, one after another."""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.basic_indexing import IncSubtensor
from lamina.passes.driver import Rewriter
from lamina.passes.lift_lengths import length_key
from lamina.passes.matrix_bands import is_zero
from lamina.passes.rules import rewrite
from lamina.passes.slices import entries_of, same_index
from lamina.passes.values import Value, kind, made_by, uniform, used_once


def _updated(op: Any, x: SSAValue, y: SSAValue, is_set: bool, rewriter: Rewriter) -> SSAValue:
    """`x` with `y` at the index of `op`."""
    definition = IncSubtensor(op.definition.idx_list, is_set)
    return rewriter.apply(definition, [x, y, *op.operands[2:]])


@rewrite("update-of-updated-part", "inc_subtensor", needs=("inc_subtensor",))
def update_of_updated_part(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """x[i].set(y)[i].set(z) -> x[i].set(z), x[i].inc(y)[i].set(z) -> x[i].set(z).

    x[i].set(y)[i].inc(z) -> x[i].set(y + z).
    """
    inner = made_by(op.operands[0], "inc_subtensor")
    if inner is None or not same_index(entries_of(inner), entries_of(op)):
        return None
    x, y = inner.operands[:2]
    if op.definition.set_instead_of_inc:
        return _updated(op, x, op.operands[1], True, rewriter)
    if not inner.definition.set_instead_of_inc or not used_once(op.operands[0]):
        return None
    total = rewriter.value(y) + rewriter.value(op.operands[1])
    return _updated(op, x, total.ssa, True, rewriter)


@rewrite("update-with-own-part", "inc_subtensor", needs=("subtensor",))
def update_with_own_part(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """x[i].set(x[i]) -> x."""
    x, y = op.operands[:2]
    part = made_by(y, "subtensor")
    if part is None or not op.definition.set_instead_of_inc or part.operands[0] is not x:
        return None
    return x if same_index(entries_of(part), entries_of(op)) else None


@rewrite("increment-by-zero", "inc_subtensor", keeps_nan=False)
def increment_by_zero(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """x[i].inc(0) -> x: but for -0.0."""
    x, y = op.operands[:2]
    return x if not op.definition.set_instead_of_inc and is_zero(y) else None


@rewrite("sum-with-updated-zeros", "add", needs=("inc_subtensor",), keeps_nan=False)
def sum_with_updated_zeros(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """x + zeros[i].inc(y) -> x[i].inc(y): what gradients of several parts of x come to."""
    for x, other in (op.operands, op.operands[::-1]):
        update = made_by(other, "inc_subtensor")
        if update is None or not used_once(other) or not is_zero(update.operands[0]):
            continue
        if kind(x) == "b" or not _same_lengths(x, other):
            continue
        if uniform(x) is not None or made_by(x, "alloc") is not None:
            continue  # filled again anyway
        return _updated(update, x, update.operands[1], False, rewriter)
    return None


def _same_lengths(a: SSAValue, b: SSAValue) -> bool:
    """Whether neither is broadcast: only a dimension statically 1 is."""
    first, second = nd.static_shape(a), nd.static_shape(b)
    return len(first) == len(second) and all(
        n == m or (1 not in (n, m)) or length_key(a, i) == length_key(b, i)
        for i, (n, m) in enumerate(zip(first, second, strict=True))
    )


UPDATES = (
    update_of_updated_part, update_with_own_part, increment_by_zero, sum_with_updated_zeros,
)  # fmt: skip
