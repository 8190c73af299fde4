"""Reshapes of reshapes, and to the shape that is there."""

from __future__ import annotations

from collections import Counter
from typing import Any

from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.passes.driver import Rewriter
from lamina.passes.lift_lengths import length_key, scalar_key
from lamina.passes.rules import rewrite
from lamina.passes.values import made_by


@rewrite("reshape-of-reshape", "reshape", needs=("reshape",))
def reshape_of_reshape(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """reshape(reshape(x, m), n) -> reshape(x, n), where the first cannot fail."""
    x, shape = op.operands
    made = made_by(x, "reshape")
    if made is None or not cannot_fail(made):
        return None
    return rewriter.apply(op.definition, [made.operands[0], shape], op.results[0].type)


@rewrite("reshape-to-own-shape", "reshape")
def reshape_to_own_shape(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """reshape(x, shape(x)) -> x."""
    x, shape = op.operands
    ndim = nd.rank(x)
    if ndim != nd.rank(op.results[0]):
        return None
    lengths = [length_key(x, i) for i in range(ndim)]
    return x if lengths == reshape_entries(shape, ndim) else None


def reshape_entries(shape: SSAValue, count: int) -> list[Any]:
    """What the entries of a shape vector are known as."""
    data = nd.constant_data(shape)
    if data is not None:
        return [int(n) for n in data]
    vector = made_by(shape, "make_vector")
    return [object()] * count if vector is None else list(map(scalar_key, vector.operands))


def cannot_fail(reshape: Operation) -> bool:
    """Whether the element counts agree for every x."""
    x, shape = reshape.operands
    result = reshape.results[0]
    if None not in nd.static_shape(x) and None not in nd.static_shape(result):
        return True  # they were compared when the graph was built
    entries = [n for n in reshape_entries(shape, nd.rank(result)) if n != 1]
    if entries == [-1]:
        return True
    return factors(entries) == factors([length_key(x, i) for i in range(nd.rank(x))])


def factors(lengths: list[Any]) -> tuple[int, Counter[Any]]:
    """A product of lengths as its known part and the multiset of its unknown factors."""
    known, unknown, rest = 1, Counter[Any](), list(lengths)
    while rest:
        n = rest.pop()
        product = made_by(n, "mul") if isinstance(n, SSAValue) else None
        if product is not None:
            rest += map(scalar_key, product.operands)
        elif isinstance(n, int):
            known *= n
        else:
            unknown[n] += 1
    return known, unknown


@rewrite("reshape-that-adds-ones", "reshape")
def reshape_that_adds_ones(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """reshape(x, (n, 1, m)) -> dimshuffle(x) for x of shape (n, m): where lengths 1 come and go."""
    x, shape = op.operands
    entries = reshape_entries(shape, nd.rank(op.results[0]))
    static = nd.static_shape(op.results[0])
    wanted = [1 if n == 1 or m == 1 else n for n, m in zip(entries, static, strict=True)]
    own = [length_key(x, i) for i in range(nd.rank(x))]
    lengths = [(i, n) for i, n in enumerate(own) if n != 1]
    if len(lengths) != sum(n != 1 for n in wanted):
        return None
    rest, order = iter(lengths), []
    for n in wanted:
        if n == 1:
            order.append(NEW)
            continue
        axis, length = next(rest)
        if length != n and not (n == -1 and len(lengths) == 1):
            return None
        order.append(axis)
    return rewriter.apply(DimShuffle(input_ndim=nd.rank(x), order=tuple(order)), [x])


@rewrite("reshape-of-one-value", "reshape", needs=("alloc",))
def reshape_of_one_value(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """reshape(alloc(v, n), (m, k)) -> alloc(v, m, k) for 0-d v, where the reshape cannot fail."""
    made = made_by(op.operands[0], "alloc")
    if made is None or nd.rank(made.operands[0]) or not cannot_fail(op):
        return None
    vector, data = made_by(op.operands[1], "make_vector"), nd.constant_data(op.operands[1])
    if vector is not None:
        lengths = list(vector.operands)
    elif data is not None and (data >= 0).all():
        lengths = [rewriter.number(n, "int64") for n in data]
    else:
        return None
    if any(nd.constant_data(n) == -1 for n in lengths):
        return None
    return rewriter.apply(Alloc(), [made.operands[0], *lengths])


@rewrite("reshape-of-shuffled", "reshape", needs=("dimshuffle",))
def reshape_of_shuffled(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """reshape(expand_dims(x), n) -> reshape(x, n): only lengths 1 were added or dropped."""
    made = made_by(op.operands[0], "dimshuffle")
    if made is None:
        return None
    kept = [d for d in made.definition.order if d != NEW]
    if kept != sorted(kept):
        return None
    return rewriter.apply(op.definition, [made.operands[0], op.operands[1]], op.results[0].type)


RESHAPES = (
    reshape_of_reshape, reshape_to_own_shape, reshape_that_adds_ones, reshape_of_one_value,
    reshape_of_shuffled,
)  # fmt: skip
