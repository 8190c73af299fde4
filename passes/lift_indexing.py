"""Index what an expression is made of: log(x)[0] -> log(x[0])."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.basic_indexing import Entry, Subtensor
from lamina.passes.driver import Rewriter
from lamina.passes.lift_lengths import length_key, scalar_key
from lamina.passes.rules import rewrite
from lamina.passes.slices import WHOLE, Slice, entries_of, indexed, same_index
from lamina.passes.values import Value, used_once

_WHOLE = (False, False, False)


@rewrite("index-of-function", "subtensor")
def index_of_function(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """f(x, y)[i] -> f(x[i], y[i]), where f(x, y) is used here only.

    An operand that broadcasts keeps its one element; what is done to gradients stays.
    """
    value = op.operands[0]
    made = value.owner
    if not isinstance(made, nd.ElementwiseOp) or not used_once(value):
        return None
    if made.definition.scalar_op.barrier:  # type: ignore[attr-defined]
        return None
    entries = list(_with_operands(op.definition.idx_list, op.operands[1:]))
    static = nd.static_shape(value)
    operands = [_indexed(v, entries, static, rewriter) for v in made.operands]
    return rewriter.apply(made.definition, operands)


def _with_operands(
    idx_list: tuple[Entry, ...], operands: Any
) -> Iterator[tuple[Entry, list[SSAValue]]]:
    rest = iter(operands)
    for entry in idx_list:
        count = 1 if entry is True else sum(entry)  # type: ignore[arg-type]
        yield entry, [next(rest) for _ in range(count)]


def _indexed(
    value: SSAValue,
    entries: list[tuple[Entry, list[SSAValue]]],
    static: tuple[int | None, ...],
    rewriter: Rewriter,
) -> SSAValue:
    """What `value`, broadcast to a result of shape `static`, has at the index."""
    own = nd.static_shape(value)
    missing = len(static) - len(own)
    idx_list: list[Entry] = []
    operands: list[SSAValue] = []
    for (entry, given), n, m in zip(entries[missing:], static[missing:], own, strict=False):
        if m == 1 and n != 1:
            given = [rewriter.number(0, "int64")] if entry is True else []
            entry = True if entry is True else _WHOLE
        idx_list.append(entry)
        operands += given
    while idx_list and idx_list[-1] == _WHOLE:
        idx_list.pop()
    if not idx_list:
        return value
    return rewriter.apply(Subtensor(tuple(idx_list)), [value, *operands])


@rewrite("whole-array", "subtensor")
def whole_array(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """x[:] -> x."""
    return op.operands[0] if all(entry == _WHOLE for entry in op.definition.idx_list) else None


@rewrite("slice-of-whole-axis", "subtensor")
def slice_of_whole_axis(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """x[0:n] -> x[:], where x has n elements, or less."""
    x = op.operands[0]
    entries = entries_of(op)
    wider = [
        WHOLE if isinstance(e, Slice) and not e.is_whole and _is_all(e, x, axis) else e
        for axis, e in enumerate(entries)
    ]
    return None if same_index(wider, entries) else indexed(x, wider, rewriter)


def _is_all(entry: Slice, x: SSAValue, axis: int) -> bool:
    if not entry.has_unit_step or (entry.start is not None and entry.known("start") != 0):
        return False
    if entry.stop is None:
        return True
    length, stop = length_key(x, axis), scalar_key(entry.stop)
    return stop == length or (isinstance(stop, int) and isinstance(length, int) and stop >= length)


@rewrite("update-of-whole-array", "inc_subtensor")
def update_of_whole_array(op: Any, rewriter: Rewriter) -> Value | None:
    """x[:].set(y) -> second(x, y), x[:].inc(y) -> x + y."""
    definition = op.definition
    if any(entry != _WHOLE for entry in definition.idx_list):
        return None
    x, y = map(rewriter.value, op.operands[:2])
    return ops.second(x, y) if definition.set_instead_of_inc else x + y


INDEXING = (whole_array, slice_of_whole_axis, index_of_function, update_of_whole_array)
