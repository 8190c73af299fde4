"""Reshapes of reshapes, and to the shape that is there."""

from __future__ import annotations

from collections import Counter
from typing import Any

from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter
from lamina.passes.lift_lengths import length_key, scalar_key
from lamina.passes.rules import rewrite
from lamina.passes.values import made_by


@rewrite("reshape-of-reshape", "reshape", needs=("reshape",))
def reshape_of_reshape(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """reshape(reshape(x, m), n) -> reshape(x, n), where the first cannot fail."""
    x, shape = op.operands
    made = made_by(x, "reshape")
    if made is None or not _cannot_fail(made):
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
    return x if lengths == _entries(shape, ndim) else None


def _entries(shape: SSAValue, count: int) -> list[Any]:
    """What the entries of a shape vector are known as."""
    data = nd.constant_data(shape)
    if data is not None:
        return [int(n) for n in data]
    vector = made_by(shape, "make_vector")
    return [object()] * count if vector is None else list(map(scalar_key, vector.operands))


def _cannot_fail(reshape: Operation) -> bool:
    """Whether the element counts agree for every x."""
    x, shape = reshape.operands
    result = reshape.results[0]
    if None not in nd.static_shape(x) and None not in nd.static_shape(result):
        return True  # they were compared when the graph was built
    entries = [n for n in _entries(shape, nd.rank(result)) if n != 1]
    if entries == [-1]:
        return True
    return _factors(entries) == _factors([length_key(x, i) for i in range(nd.rank(x))])


def _factors(lengths: list[Any]) -> tuple[int, Counter[Any]]:
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


RESHAPES = (reshape_of_reshape, reshape_to_own_shape)
