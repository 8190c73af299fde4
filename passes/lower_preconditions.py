"""Ops whose operands have to be such and such: what must hold is asserted.

nd.max, nd.argmax ->  the same, what they reduce asserted not to be empty; so nd.min, nd.argmin
nd.sum, nd.prod   ->  of a number, the number
nd.pow            ->  the same, exponents that are integers asserted not to be negative
nd.check          ->  its first operand, the others asserted
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.reduction import All
from lamina.passes.lowering import Lowering


def lower_sum(b: Lowering, op: Any) -> SSAValue | None:
    """Of a 0-d value, the value itself in the dtype of the result; its position is 0."""
    (x,) = op.operands
    if nd.rank(x):
        return None
    if op.name.startswith("nd.arg"):
        return b.number(0).value
    return b.cast(b.scalar(x), nd.dtype_of(op.results[0])).value


def lower_max(b: Lowering, op: Any) -> SSAValue | None:
    """What is reduced has to have an element, but for reductions that know the value of nothing."""
    (x,), definition = op.operands, op.definition
    if not nd.rank(x):
        return lower_sum(b, op)
    if b.checked or getattr(definition, "of_nothing", False):
        return None
    count = b.count(x, definition.axes(nd.rank(x)))
    b.assert_true(ops.gt(count, 0), "empty reduction", op)
    return None


def lower_pow(b: Lowering, op: Any) -> None:
    """An integer power of integers has to be one: no exponent is negative."""
    base, exponent = op.operands
    dtype = nd.dtype_of(op.results[0])
    if b.checked or np.dtype(dtype).kind != "i":
        return
    data = nd.constant_data(exponent)
    if data is not None and data.size and (data >= 0).all():
        return
    zero = b.add(nd.constant_op(np.array(0, dtype)))
    valid = b.add(nd.create(ops.ge, [exponent, zero]))
    if nd.rank(exponent):
        valid = b.add(nd.create(All(None), [valid]))
    size = b.count(op.results[0])
    b.assert_true(ops.or_(b.scalar(valid), ops.eq(size, 0)), "integer power", op)


def lower_check(b: Lowering, op: Any) -> SSAValue:
    """The conditions of a check."""
    for condition in op.operands[1:]:
        b.assert_true(b.scalar(condition), "check", op)
    return op.operands[0]
