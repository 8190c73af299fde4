"""Reductions of reductions, of nothing, of one value repeated."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.dimshuffle import DimShuffle
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.values import Value, kind, made_by, maker, uniform, used_once

_ALL = ("sum", "prod", "max", "min", "all", "any")


@rewrite("reduction-of-reduction", *_ALL, needs=_ALL)
def reduction_of_reduction(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """sum(sum(x, 0), 0) -> sum(x, (0, 1)); likewise prod, max, min, all, any."""
    (inner,) = op.operands
    made: Any = inner.owner
    if (
        made.__class__ is not op.__class__
        or not used_once(inner)
        or "of_nothing" in made.attributes
    ):
        return None
    (x,) = made.operands
    first = made.definition.axes(nd.rank(x))
    kept = [i for i in range(nd.rank(x)) if i not in first]
    second = op.definition.axes(nd.rank(inner))
    axes = tuple(sorted((*first, *(kept[a] for a in second))))
    return rewriter.apply(type(op.definition)(axes), [x])


@rewrite("reduction-of-one-element", *_ALL)
def reduction_of_one_element(op: Any, rewriter: Rewriter) -> Value | None:
    """A reduction over dimensions of length 1, or over none, drops them."""
    (x,) = op.operands
    axes = op.definition.axes(nd.rank(x))
    static = nd.static_shape(x)
    if any(static[a] != 1 for a in axes):
        return None
    order = tuple(i for i in range(nd.rank(x)) if i not in axes)
    value = rewriter.value(x)
    if axes:
        value = rewriter.value(rewriter.apply(DimShuffle(input_ndim=nd.rank(x), order=order), [x]))
    return value.cast(nd.dtype_of(op.results[0]))


@rewrite("sum-of-one-value", "sum", needs=("alloc",))
def sum_of_one_value(op: Any, rewriter: Rewriter) -> Any:
    """sum(alloc(v, n)) -> v * n for 0-d v, 0 for n of 0 where v depends on integers, as 1 / n does.

    (In float16 n may be too large; times a complex number, infinity is infinity + NaN i.)
    """
    (x,) = op.operands
    made = made_by(x, "alloc")
    v = made.operands[0] if made is not None else None
    if v is None or nd.rank(v) or nd.dtype_of(v) == "float16":
        return None
    number = uniform(v)
    finite = number is not None and bool(np.isfinite(number))
    if kind(v) in "fc" and not finite and (config.strict_ieee or number is not None):
        return None  # of no elements it is 0, also of infinities
    dtype = nd.dtype_of(op.results[0])
    if kind(op.results[0]) == "c" and not finite:
        return None
    axes = op.definition.axes(nd.rank(x))
    if not axes:
        return None
    lengths = [rewriter.value(n) for n in made.operands[1:]]  # type: ignore[union-attr]
    count = lengths[axes[0]]
    for a in axes[1:]:
        count = count * lengths[a]
    total = rewriter.value(v).cast(dtype) * count.cast(dtype)
    if kind(v) in "fc" and not finite and _depends_on_integers(v):
        total = ops.switch(ops.eq(count, 0), 0, total)
    kept = [n.ssa for i, n in enumerate(lengths) if i not in axes]
    if not kept:
        return total
    return rewriter.apply(Alloc(), [total.ssa, *kept], op.results[0].type)


def _depends_on_integers(value: SSAValue, most: int = 50) -> bool:
    """Whether a number is made of an integer, which may be a length, or of more numbers than are
    looked at.
    """
    waiting, seen = [value], set()
    while waiting:
        number = waiting.pop()
        if number in seen or nd.rank(number) or nd.constant_data(number) is not None:
            continue
        seen.add(number)
        if kind(number) in "iu" or len(seen) > most:
            return True
        made = maker(number)
        waiting += made.operands if made is not None else ()
    return False


@rewrite("sum-of-negative", "sum", needs=("neg",), keeps_nan=False)
def sum_of_negative(op: Any, rewriter: Rewriter) -> Any:
    """sum(-x) -> -sum(x), where -x is used here only: but for the sign of a sum that is 0."""
    (inner,) = op.operands
    made = made_by(inner, "neg")
    if made is None or not used_once(inner) or nd.dtype_of(inner) != nd.dtype_of(op.results[0]):
        return None
    return -rewriter.value(rewriter.apply(op.definition, [made.operands[0]]))


@rewrite("extremum-of-one-value", "max", "min", "all", "any", needs=("constant",))
def extremum_of_one_value(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """max of a constant of equal elements is that element."""
    (x,) = op.operands
    number = uniform(x)
    if number is None or nd.rank(op.results[0]):
        return None
    return rewriter.number(number, nd.dtype_of(op.results[0]))


REDUCED = (
    reduction_of_reduction, reduction_of_one_element, sum_of_one_value, sum_of_negative,
    extremum_of_one_value,
)  # fmt: skip
