"""Reshapes to lengths that are known: -1 is resolved, and the number of elements asserted."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import DenseArrayBase, i64
from xdsl.ir import Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.passes.lowering import Lowering
from lamina.passes.scalars import Scalar
from lamina.passes.stated_lengths import is_length

_INT64 = TensorType("int64", ())


def lower_reshape(b: Lowering, op: Any) -> SSAValue:
    """reshape(x, (n, -1)) -> the elements of x with the lengths n and size // n."""
    x, shape = op.operands
    ndim = nd.rank(op.results[0])
    if nd.static_shape(shape)[0] is None:
        b.assert_equal(b.number(ndim).value, b.length(shape, 0).value, 0, op, "shape length")
    entries = _entries(b, shape, ndim)
    total = b.count(x)
    lengths = _resolved(b, entries, total, op)
    product = b.number(1)
    for n in lengths:
        product = product * n
    known = nd.static_shape(op.results[0])
    # a length that was inferred from the others is one that the entry has to have
    proven = None not in (*known, *nd.static_shape(x), *(n.known for n in entries))
    if not proven:
        b.assert_equal(total.value, product.value, 0, op, "nd.reshape")
    for axis, (n, length) in enumerate(zip(known, lengths, strict=True)):
        if n is not None and not proven:
            b.assert_equal(b.number(n).value, length.value, axis, op)
    stated = [b.number(n) if n is not None else m for n, m in zip(known, lengths, strict=True)]
    made = nd.ReshapeToOp.create(
        operands=[x, *(n.value for n in stated)], result_types=[op.results[0].type]
    )
    return b.add(made)


def _entries(b: Lowering, shape: SSAValue, count: int) -> list[Scalar]:
    """The entries of a shape vector."""
    data = nd.constant_data(shape)
    if data is not None:
        return [b.number(int(n)) for n in data]
    if isinstance(shape.owner, Operation) and shape.owner.name == "nd.make_vector":
        return [b.scalar(v) for v in shape.owner.operands]
    one = b.number(1).value
    entries = []
    for i in range(count):
        view = nd.SliceOp.create(
            operands=[shape, b.number(i).value, one, one],
            result_types=[nd.nd_type(_INT64)],
            attributes={"dropped": DenseArrayBase.from_list(i64, [0])},
        )
        entries.append(b.scalar(b.add(view)))
    return entries


def _resolved(b: Lowering, entries: list[Scalar], total: Scalar, op: Any) -> list[Scalar]:
    """The entries, that which is -1 replaced by what is left; asserted to be lengths."""
    given = [n for n in entries if not is_length(n.value)]
    if not given:
        return entries
    free = b.number(0)
    rest = b.number(1)
    for n in entries:
        is_free = ops.eq(n, -1) if n in given else None
        if is_free is None:
            rest = rest * n
        else:
            rest = rest * ops.switch(is_free, b.number(1), n)
            free = free + ops.switch(is_free, b.number(1), b.number(0))
    # of nothing, what is left over is anything
    b.assert_true(
        ops.or_(ops.eq(free, 0), ops.and_(ops.eq(free, 1), ops.neq(rest, 0))), "free length", op
    )
    left = ops.floor_div(total, rest)
    lengths = [ops.switch(ops.eq(n, -1), left, n) if n in given else n for n in entries]
    for axis, n in enumerate(lengths):
        if entries[axis] in given and n.known is None:
            b.assert_equal(ops.maximum(n, 0).value, n.value, axis, op, "negative length")
    return lengths
