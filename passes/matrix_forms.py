"""Matrices that are made of other things: recognised, and built.

Main diagonals are slices of flattened matrices; diagonal matrices are choices, products with an
identity, or a slice that is set; Kronecker products are reshaped products.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.assumption import SQUARE
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.creation import ARange, Eye
from lamina.ir.ops.dimshuffle import NEW
from lamina.ir.ops.reshape import Reshape
from lamina.ir.ops.shape import MakeVector
from lamina.passes.lift_lengths import length_key
from lamina.passes.matrix_bands import STEPS, band, is_end, is_next, set_diagonal
from lamina.passes.matrix_facts import states
from lamina.passes.simplify_reshapes import factors, reshape_entries
from lamina.passes.values import Value, made_by, uniform

WHOLE = (False, False, False)


def length(x: Value, axis: int) -> Value:
    """A length, counted from the front or the end."""
    return x.rewriter.value(x.rewriter.dim(x.ssa, axis % x.ndim))


def main_diagonal(x: Value) -> Value:
    """The diagonals of square matrices, shape (..., n)."""
    rewriter, n = x.rewriter, length(x, -1)
    batch = [length(x, i).ssa for i in range(x.ndim - 2)]
    shape = rewriter.apply(MakeVector("int64"), [*batch, (n * n).ssa])
    flat = rewriter.apply(Reshape(x.ndim - 1), [x.ssa, shape])
    index = (*[WHOLE] * (x.ndim - 2), STEPS)
    zero = rewriter.number(0, "int64")
    return rewriter.value(
        rewriter.apply(Subtensor(index), [flat, zero, (n * (n + 1)).ssa, (n + 1).ssa])
    )


def identity(x: Value) -> Value:
    """The identity in the shape of one square matrix of `x`."""
    rewriter, n = x.rewriter, length(x, -1).ssa
    zero = rewriter.number(0, "int64")
    return rewriter.value(rewriter.apply(Eye(x.dtype), [n, n, zero]))


def diagonal_matrix(v: Value) -> Value:
    """The matrices with `v` of shape (..., n) on their diagonals, zero elsewhere."""
    rewriter = v.rewriter
    zero, one = rewriter.number(0, "int64"), rewriter.number(1, "int64")
    i = rewriter.value(rewriter.apply(ARange("int64"), [zero, length(v, -1).ssa, one]))
    return ops.switch(ops.eq(i.with_axes([1]), i), v.with_axes([v.ndim]), 0)


def as_main_diagonal(value: SSAValue) -> SSAValue | None:
    """The matrices whose main diagonals `value` is."""
    op = made_by(value, "subtensor")
    flat = None if op is None else made_by(op.operands[0], "reshape")
    if op is None or flat is None:
        return None
    x = flat.operands[0]
    ndim = nd.rank(x)
    if ndim < 2 or op.definition.idx_list != (*[WHOLE] * (ndim - 2), STEPS):
        return None
    start, stop, step = op.operands[1:]
    batch = [length_key(x, i) for i in range(ndim - 2)]
    n, m = length_key(x, ndim - 2), length_key(x, ndim - 1)
    if nd.rank(op.operands[0]) != ndim - 1 or uniform(start) != 0:
        return None
    if reshape_entries(flat.operands[1], ndim - 1)[:-1] != batch or not is_next(step, m):
        return None
    return x if is_end(stop, step, n, m) else None


def diagonal_of(x: Value) -> Value | None:
    """The elements on the diagonals of diagonal matrices, shape (..., n) or (); None of others."""
    given = given_diagonal(x)
    return main_diagonal(x) if given is None and band(x.ssa).is_diagonal else given


def given_diagonal(x: Value) -> Value | None:
    """What diagonal matrices were made of; None of others."""
    ssa, rewriter = x.ssa, x.rewriter
    data = nd.constant_data(ssa)
    if data is not None:
        if data.ndim != 2 or not band(ssa).is_diagonal:
            return None
        d = np.diagonal(data)
        same = d.size and (d == d[0]).all()
        return rewriter.value(rewriter.number(d[0], x.dtype) if same else rewriter.constant(d))
    op: Any = ssa.owner
    if isinstance(op, Operation) and op.name in ("nd.assume", "nd.check") and band(ssa).is_diagonal:
        return given_diagonal(rewriter.value(op.operands[0]))
    if isinstance(op, Operation) and op.name == "nd.eye":
        return rewriter.value(rewriter.number(1, x.dtype)) if band(ssa).is_diagonal else None
    v = set_diagonal(op) if made_by(ssa, "reshape") is not None else None
    if v is not None:
        return rewriter.value(v)
    if not band(ssa).is_diagonal:
        return None
    if made_by(ssa, "mul") is not None:
        return _of_product(op, x)
    if made_by(ssa, "switch") is not None:
        return _of_choice(op, x)
    return None


def _of_product(op: Any, x: Value) -> Value | None:
    """Of eye * v."""
    for one, other in (op.operands, op.operands[::-1]):
        data = nd.constant_data(one)
        ones = data is not None and data.ndim == 2 and bool((data.diagonal() == 1).all())
        if (ones or made_by(one, "eye") is not None) and band(one).is_diagonal:
            v = x.rewriter.value(other)
            return v if v.ndim == 0 else _along_diagonal(v)
    return None


def _of_choice(op: Any, x: Value) -> Value | None:
    """Of switch(i == j, v, 0)."""
    v = x.rewriter.value(op.operands[1])
    return v if v.ndim == 0 else _along_diagonal(v)


def _along_diagonal(v: Value) -> Value | None:
    """What a row or a column has on the diagonal of the matrix that it is part of; else None."""
    static = nd.static_shape(v.ssa)
    if v.ndim == 1:
        return v
    if static[-1] == 1 and static[-2] != 1:
        return v.dimshuffle(tuple(range(v.ndim - 1)))
    if static[-2] == 1 and static[-1] != 1:
        return v.dimshuffle((*range(v.ndim - 2), v.ndim - 1))
    return None


def as_kronecker(value: SSAValue) -> tuple[SSAValue, SSAValue] | None:
    """(A, B), where `value` is the Kronecker product of two matrices."""
    op = made_by(value, "reshape")
    product = None if op is None else made_by(op.operands[0], "mul")
    if op is None or product is None or nd.rank(value) != 2:
        return None
    for left, right in (product.operands, product.operands[::-1]):
        a, b = made_by(left, "dimshuffle"), made_by(right, "dimshuffle")
        if a is None or b is None or a.definition.order != (0, NEW, 1, NEW):
            continue
        if b.definition.order not in ((NEW, 0, NEW, 1), (0, NEW, 1)):
            continue
        x, y = a.operands[0], b.operands[0]
        rows, columns = reshape_entries(op.operands[1], 2)
        if factors([rows]) == factors([length_key(x, 0), length_key(y, 0)]) and factors(
            [columns]
        ) == factors([length_key(x, 1), length_key(y, 1)]):
            return x, y
    return None


def is_square(value: SSAValue) -> bool:
    """Whether the matrices are known to be square."""
    if states(value, *SQUARE):
        return True  # which was checked
    ndim = nd.rank(value)
    return length_key(value, ndim - 2) == length_key(value, ndim - 1)


def kronecker(a: Value, b: Value) -> Value:
    """The Kronecker product of two matrices."""
    lengths = [(length(a, i) * length(b, i)).ssa for i in range(2)]
    shape = a.rewriter.apply(MakeVector("int64"), lengths)
    product = a.dimshuffle((0, NEW, 1, NEW)) * b.dimshuffle((0, NEW, 1))
    return a.rewriter.value(a.rewriter.apply(Reshape(2), [product, shape]))
