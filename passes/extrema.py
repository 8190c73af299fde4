"""Larger and smaller of values, and values kept between bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter
from lamina.passes.rules import Rule, Var, rewrite
from lamina.passes.signs import is_not_negative
from lamina.passes.values import Value, kind, uniform, used_once

a, b, x, y = Var("a"), Var("b"), Var("x"), Var("y")
_ALL = "biuf"

RULES = (
    Rule("larger-of-larger", before=ops.maximum(ops.maximum(x, y), x), after=ops.maximum(x, y),
         kinds=_ALL, reason="the larger is as large as both"),
    Rule("smaller-of-smaller", before=ops.minimum(ops.minimum(x, y), x), after=ops.minimum(x, y),
         kinds=_ALL, reason="the smaller is as small as both"),
    Rule("larger-of-smaller", before=ops.maximum(ops.minimum(x, y), x), after=x, kinds=_ALL,
         keeps_nan=False, reason="absorption; of y NaN it was NaN"),
    Rule("smaller-of-larger", before=ops.minimum(ops.maximum(x, y), x), after=x, kinds=_ALL,
         keeps_nan=False, reason="absorption; of y NaN it was NaN"),
    Rule("larger-of-negatives", before=ops.maximum(-x, -y), after=-ops.minimum(x, y), once=True,
         reason="signs move outwards; of integers the least one has no negative"),
    Rule("smaller-of-negatives", before=ops.minimum(-x, -y), after=-ops.maximum(x, y), once=True,
         reason="signs move outwards; of integers the least one has no negative"),
    Rule("larger-of-both-signs", before=ops.maximum(x, -x), after=ops.abs(x), kinds="if",
         reason="the definition of |x|"),
    Rule("smaller-of-both-signs", before=ops.minimum(x, -x), after=-ops.abs(x), kinds="if",
         reason="the definition of |x|"),
    Rule("larger-plus-smaller", before=ops.maximum(x, y) + ops.minimum(x, y), after=x + y,
         kinds="iuf", reason="each of both is the one or the other"),
    Rule("larger-times-smaller", before=ops.maximum(x, y) * ops.minimum(x, y), after=x * y,
         kinds="iuf", reason="each of both is the one or the other"),
    Rule("larger-minus-smaller", before=ops.maximum(x, y) - ops.minimum(x, y),
         after=ops.abs(x - y), reason="two comparisons less, in every digit"),
    *(
        Rule(f"{which}-of-{f.scalar_op.name}s", before=op(f(x), f(y)), after=f(op(x, y)),
             once=True, keeps_nan=f is ops.exp,
             reason="an increasing function is computed once")
        for which, op in (("larger", ops.maximum), ("smaller", ops.minimum))
        for f in (ops.exp, ops.log, ops.sqrt)
    ),
    Rule("bounds-that-are-one", before=ops.clip(x, y, y), after=ops.second(x, y), kinds="biu",
         reason="nothing is left between; a NaN would"),
    Rule("bounds-of-bounds", before=ops.clip(ops.clip(x, a, b), a, b), after=ops.clip(x, a, b),
         kinds="iuf", reason="what is inside stays"),
)  # fmt: skip


def _least(dtype: str) -> Any:
    d = np.dtype(dtype)
    return np.iinfo(d).min if d.kind in "iu" else False if d.kind == "b" else -np.inf


def _greatest(dtype: str) -> Any:
    d = np.dtype(dtype)
    return np.iinfo(d).max if d.kind in "iu" else True if d.kind == "b" else np.inf


@rewrite("bound-that-bounds-nothing", "maximum", "minimum", needs=("constant",))
def bound_of_nothing(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """maximum(x, -inf) -> x, minimum(x, inf) -> x; likewise the least and greatest integers."""
    if kind(op.results[0]) == "c":
        return None
    bound = (_least if op.name == "nd.maximum" else _greatest)(nd.dtype_of(op.results[0]))
    for one, other in (op.operands, op.operands[::-1]):
        number = uniform(other)
        if number is not None and number == bound:
            return one
    return None


@rewrite("larger-of-what-is-not-negative", "maximum", needs=("constant",), keeps_nan=False)
def larger_of_not_negative(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """maximum(exp(x), 0) -> exp(x): but for the sign of a zero."""
    for one, other in (op.operands, op.operands[::-1]):
        number = uniform(other)
        if kind(one) == "f" and number is not None and number <= 0 and uniform(one) is None:
            return one if is_not_negative(one) else None
    return None


@rewrite("bound-of-bound", "maximum", "minimum", needs=("maximum", "minimum"))
def bound_of_bound(op: Any, rewriter: Rewriter) -> Value | None:
    """maximum(maximum(x, c), d) -> maximum(x, maximum(c, d)) for constants c and d."""
    for one, other in (op.operands, op.operands[::-1]):
        made: Any = one.owner
        outer = uniform(other)
        if outer is None or made.__class__ is not op.__class__ or not used_once(one):
            continue
        for x, c in (made.operands, made.operands[::-1]):
            if uniform(x) is not None:
                continue  # to be folded
            if uniform(c) is not None and max(nd.rank(c), nd.rank(other)) <= nd.rank(x):
                definition = op.definition
                bound = definition(rewriter.value(c), rewriter.value(other))
                return definition(rewriter.value(x), bound)
    return None


@rewrite("clip-without-bound", "clip", needs=("constant",))
def clip_without_bound(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """clip(x, -inf, b) -> minimum(x, b), clip(x, a, inf) -> maximum(x, a)."""
    x, low, high = op.operands
    if kind(x) == "c":
        return None
    dtype = nd.dtype_of(x)
    if uniform(low) is not None and uniform(low) == _least(dtype):
        return ops.minimum(rewriter.value(x), rewriter.value(high))
    if uniform(high) is not None and uniform(high) == _greatest(dtype):
        return ops.maximum(rewriter.value(x), rewriter.value(low))
    return None


EXTREMA = (
    *RULES, bound_of_nothing, larger_of_not_negative, bound_of_bound, clip_without_bound,
)  # fmt: skip
