"""Indices and slices as checked offsets, lengths and steps; what takes them is a view.

NumPy's rules for negative indices, slices beyond the ends and negative steps are the formulas
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, i1, i64
from xdsl.ir import Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.passes.lowering import Lowering
from lamina.passes.scalars import Scalar


def lower_subtensor(b: Lowering, op: Any) -> SSAValue:
    """x[i:j:k] -> a view; an element of a vector of numbers that is known -> the number."""
    x = op.operands[0]
    made = x.owner
    if (
        isinstance(made, Operation)
        and made.name == "nd.make_vector"
        and op.definition.idx_list == (True,)
        and (i := nd.constant_data(op.operands[1])) is not None
    ):
        return made.operands[int(i)]
    triples, dropped = _index(b, op, x, op.operands[1:])
    attributes: dict[str, Any] = {"dropped": DenseArrayBase.from_list(i64, dropped)}
    view = nd.SliceOp.create(
        operands=[x, *triples], result_types=[op.results[0].type], attributes=attributes
    )
    return b.add(view)


def lower_inc_subtensor(b: Lowering, op: Any) -> SSAValue:
    """set_subtensor(x[i:j:k], y), inc_subtensor: y broadcasts to the slice."""
    x, y = op.operands[:2]
    triples, dropped = _index(b, op, x, op.operands[2:])
    lengths = [v for axis, v in enumerate(triples[1::3]) if axis not in dropped]
    missing = len(lengths) - nd.rank(y)
    for axis, n in enumerate(nd.static_shape(y)):
        if n != 1:
            b.assert_equal(lengths[axis + missing], b.length(y, axis).value, axis, op)
    attributes: dict[str, Any] = {
        "dropped": DenseArrayBase.from_list(i64, dropped),
        "set": IntegerAttr(int(op.definition.set_instead_of_inc), i1),
    }
    made = nd.UpdateSliceOp.create(
        operands=[x, y, *triples], result_types=[x.type], attributes=attributes
    )
    return b.add(made)


def _index(
    b: Lowering, op: Any, x: SSAValue, operands: Sequence[SSAValue]
) -> tuple[list[SSAValue], list[int]]:
    """Offset, length and step for each axis of `x`, and the axes that an integer drops."""
    rest = iter(operands)
    entries = op.definition.idx_list
    triples: list[SSAValue] = []
    dropped = []
    for axis in range(nd.rank(x)):
        n = b.length(x, axis)
        entry = entries[axis] if axis < len(entries) else (False, False, False)
        if entry is True:
            i = b.scalar(next(rest))
            dropped.append(axis)
            b.assert_index(i, n, axis, op)
            offset, length, step = _from_end(i, n), b.number(1), b.number(1)
        else:
            parts = [b.scalar(next(rest)) if given else None for given in entry]
            offset, length, step = _slice(b, n, *parts)
        triples += [offset.value, length.value, step.value]
    return triples, dropped


def _from_end(i: Scalar, n: Scalar) -> Scalar:
    """An index with a negative one counted from the end."""
    if i.known is not None:
        return i if i.known >= 0 else n + i
    return ops.switch(ops.lt(i, 0), i + n, i)


def _slice(
    b: Lowering, n: Scalar, start: Scalar | None, stop: Scalar | None, step: Scalar | None
) -> tuple[Scalar, Scalar, Scalar]:
    """First position, count and step of a slice of n, as Python's slice.indices."""
    step = b.number(1) if step is None else step
    if start is None and stop is None and step.known == 1:
        return b.number(0), n, step
    backward = ops.lt(step, 0)
    if step.known is None:
        b.assert_nonzero(step)
    low = ops.switch(backward, b.number(-1), b.number(0))
    high = ops.switch(backward, n - 1, n)
    first = _clamped(start, n, low, high, ops.switch(backward, high, low))
    last = _clamped(stop, n, low, high, ops.switch(backward, low, high))
    span = ops.switch(backward, first - last, last - first)
    # -(-2**63) would overflow; a step that large takes one element at most either way
    stride = ops.switch(backward, -ops.maximum(step, -(2**63 - 1)), step)
    if stride.known == 1:
        count = ops.maximum(span, 0)
    else:
        count = ops.switch(ops.gt(span, 0), ops.floor_div(span - 1, stride) + 1, 0)
    return ops.maximum(ops.minimum(first, n), 0), count, step


def _clamped(bound: Scalar | None, n: Scalar, low: Scalar, high: Scalar, default: Scalar) -> Scalar:
    if bound is None:
        return default
    return ops.minimum(ops.maximum(_from_end(bound, n), low), high)
