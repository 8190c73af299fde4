"""Reductions of what has a factor, a term or a sign that the reduction does not see.

sum(a * x)      ->  a * sum(x)          max(-x)          ->  -min(x)
sum(x.T)        ->  sum(x)              max(x + a)       ->  max(x) + a
sum(alloc(v))   ->  v * n               sum(reshape(x))  ->  sum(x)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.reduction import All, Any_, Argmax, Argmin, Max, Min, Sum
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.simplify_reshapes import cannot_fail
from lamina.passes.values import Value, kind, made_by, uniform, used_once

_ALL = ("sum", "prod", "max", "min", "all", "any")


def _axes(op: Any) -> tuple[int, ...]:
    return op.definition.axes(nd.rank(op.operands[0]))


def _is_same_along(part: SSAValue, whole: SSAValue, axes: tuple[int, ...]) -> bool:
    """Whether an operand of an elementwise op is the same along `axes` of the result."""
    missing, static = nd.rank(whole) - nd.rank(part), nd.static_shape(part)
    return all(a < missing or static[a - missing] == 1 for a in axes)


def _reduced_part(part: SSAValue, whole: SSAValue, axes: Any, rewriter: Rewriter) -> Value:
    """An operand that is the same along `axes`, beside the reduced result."""
    missing = nd.rank(whole) - nd.rank(part)
    kept = [d for d in range(nd.rank(part)) if d + missing not in axes]
    return rewriter.value(part).dimshuffle(kept)


def _spans(part: SSAValue, whole: SSAValue) -> bool:
    """Whether an operand has all the dimensions of the result, so that nothing is repeated."""
    return nd.rank(part) == nd.rank(whole) and all(
        n != 1 or m == 1 for n, m in zip(nd.static_shape(part), nd.static_shape(whole), strict=True)
    )


@rewrite("sum-of-multiple", "sum", needs=("mul", "true_div"), keeps_nan=False)
def sum_of_multiple(op: Any, rewriter: Rewriter) -> Value | None:
    """sum(a * x) -> a * sum(x), sum(x / a) -> sum(x) / a, for a that is the same along the axes."""
    (value,) = op.operands
    made: Any = value.owner
    axes = _axes(op)
    if not axes or not used_once(value) or nd.dtype_of(value) != nd.dtype_of(op.results[0]):
        return None
    if kind(value) not in "iufc" or made.name not in ("nd.mul", "nd.true_div"):
        return None
    pairs = [made.operands, made.operands[::-1]] if made.name == "nd.mul" else [made.operands]
    for x, a in pairs:
        if _is_same_along(a, value, axes) and _spans(x, value) and not _is_exps(a):
            total = rewriter.value(rewriter.apply(op.definition, [x]))
            return made.definition(total, _reduced_part(a, value, axes, rewriter))
    return None


def _is_exps(value: SSAValue) -> bool:
    """Whether a divisor belongs to a softmax, which has rewrites of its own."""
    shuffle = made_by(value, "dimshuffle")
    total = made_by(value if shuffle is None else shuffle.operands[0], "sum")
    return total is not None and made_by(total.operands[0], "exp") is not None


@rewrite("extremum-of-negative", "max", "min", "argmax", "argmin", needs=("neg",))
def extremum_of_negative(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """max(-x) -> -min(x), argmax(-x) -> argmin(x): of floats, the least integer has no negative."""
    made = made_by(op.operands[0], "neg")
    if made is None or not used_once(op.operands[0]) or kind(op.operands[0]) != "f":
        return None
    d = op.definition
    match op.name:
        case "nd.argmax":
            return rewriter.apply(Argmin(d.axis), [made.operands[0]])
        case "nd.argmin":
            return rewriter.apply(Argmax(d.axis), [made.operands[0]])
    other = (Min if op.name == "nd.max" else Max)(d.axis, d.of_nothing)
    return -rewriter.value(rewriter.apply(other, [made.operands[0]]))


@rewrite("extremum-of-shifted", "max", "min", needs=("add", "sub"))
def extremum_of_shifted(op: Any, rewriter: Rewriter) -> Value | None:
    """max(x + a) -> max(x) + a, for floats a that are the same along the axes: in every digit."""
    (value,) = op.operands
    made: Any = value.owner
    axes = _axes(op)
    if kind(value) != "f" or not axes or not used_once(value) or op.definition.of_nothing:
        return None
    if made.name not in ("nd.add", "nd.sub"):
        return None
    pairs = [made.operands, made.operands[::-1]] if made.name == "nd.add" else [made.operands]
    for x, a in pairs:
        if _is_same_along(a, value, axes) and _spans(x, value):
            found = rewriter.value(rewriter.apply(op.definition, [x]))
            return made.definition(found, _reduced_part(a, value, axes, rewriter))
    return None


@rewrite("extremum-of-multiple", "max", "min", needs=("mul",), keeps_nan=False)
def extremum_of_multiple(op: Any, rewriter: Rewriter) -> Value | None:
    """max(c x) -> c max(x) for a constant c > 0, c min(x) for c < 0: in every digit."""
    (value,) = op.operands
    made: Any = made_by(value, "mul")
    if made is None or kind(value) != "f" or not used_once(value) or not _axes(op):
        return None
    d = op.definition
    for x, c in (made.operands, made.operands[::-1]):
        number = uniform(c)
        if number is None or nd.rank(c) or not np.isfinite(number) or number == 0:
            continue
        flipped = Min if op.name == "nd.max" else Max
        changed = d if number > 0 else flipped(d.axis, d.of_nothing)
        return rewriter.value(rewriter.apply(changed, [x])) * rewriter.value(c)
    return None


@rewrite("quantifier-of-negation", "all", "any", needs=("invert",))
def quantifier_of_negation(op: Any, rewriter: Rewriter) -> Value | None:
    """all(~x) -> ~any(x), any(~x) -> ~all(x), where ~x is used here only."""
    made = made_by(op.operands[0], "invert")
    if made is None or not used_once(op.operands[0]) or kind(op.operands[0]) != "b":
        return None
    other = (Any_ if op.name == "nd.all" else All)(op.definition.axis)
    return ops.invert(rewriter.value(rewriter.apply(other, [made.operands[0]])))


@rewrite("reduction-of-shuffled", *_ALL, needs=("dimshuffle",))
def reduction_of_shuffled(op: Any, rewriter: Rewriter) -> Value | None:
    """sum(transpose(x), 0) -> sum(x, 1); added dimensions are not summed over."""
    made = made_by(op.operands[0], "dimshuffle")
    if made is None or made.definition.dropped:
        return None
    order, definition = made.definition.order, op.definition
    axes = _axes(op)
    inner = tuple(sorted(order[a] for a in axes if order[a] != NEW))
    if not inner:
        return None
    (x,) = made.operands
    if hasattr(definition, "of_nothing"):
        changed = type(definition)(inner, definition.of_nothing)
    else:
        changed = type(definition)(inner)
    kept = [d for d in range(nd.rank(x)) if d not in inner]
    found = rewriter.value(rewriter.apply(changed, [x]))
    new_order = tuple(
        NEW if d == NEW else kept.index(d) for a, d in enumerate(order) if a not in axes
    )
    if new_order == tuple(range(len(kept))):
        return found
    return rewriter.value(
        rewriter.apply(DimShuffle(input_ndim=len(kept), order=new_order), [found])
    )


@rewrite("reduction-of-reshaped", *_ALL, needs=("reshape",))
def reduction_of_reshaped(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """sum(reshape(x, n)) -> sum(x), over all axes, where the reshape cannot fail."""
    made = made_by(op.operands[0], "reshape")
    definition = op.definition
    if made is None or nd.rank(op.results[0]) or not cannot_fail(made):
        return None
    (x, _) = made.operands
    if not nd.rank(x):
        return None
    axes = tuple(range(nd.rank(x)))
    if hasattr(definition, "of_nothing"):
        return rewriter.apply(type(definition)(axes, definition.of_nothing), [x])
    return rewriter.apply(type(definition)(axes), [x])


@rewrite("reduction-of-repeated", *_ALL, needs=("alloc",), keeps_nan=False)
def reduction_of_repeated(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """sum(alloc(v, n, m), 0) -> v * n for v of length m; prod -> v**n, max -> v where n is not 0.

    Refuses sums in float16, in which n may be too large.
    """
    (value,) = op.operands
    made = made_by(value, "alloc")
    axes = _axes(op)
    if made is None or not axes:
        return None
    v, *lengths = made.operands
    if not _is_same_along(v, value, axes) or nd.dtype_of(value) == "float16":
        return None
    if op.name in ("nd.sum", "nd.prod"):
        if not nd.rank(v) and op.name == "nd.sum":
            return None  # sum-of-one-value
        if kind(value) == "b":
            return None
    elif not all(nd.static_shape(value)[a] for a in axes):
        return None
    dtype = nd.dtype_of(op.results[0])
    found = _reduced_part(v, value, axes, rewriter).cast(dtype)
    if op.name in ("nd.sum", "nd.prod"):
        count = rewriter.value(lengths[axes[0]])
        for a in axes[1:]:
            count = count * rewriter.value(lengths[a])
        repeat = ops.mul if op.name == "nd.sum" else ops.pow
        found = repeat(found, count.cast(dtype))
    kept = [n for i, n in enumerate(lengths) if i not in axes]
    return rewriter.apply(Alloc(), [found.ssa, *kept]) if kept else found


@rewrite("sum-of-product-of-matrices", "sum", needs=("dot",))
def sum_of_product(op: Any, rewriter: Rewriter) -> Value | None:
    """sum(dot(a, b), 0) -> dot(sum(a, 0), b), sum(dot(a, b), 1) -> dot(a, sum(b, 1)).

    n times less work, where the product is used here only.
    """
    (value,) = op.operands
    made = made_by(value, "dot")
    if made is None or nd.rank(value) != 2 or not used_once(value) or kind(value) not in "fc":
        return None
    axes, parts = _axes(op), list(map(rewriter.value, made.operands))
    if not axes or any(1 in nd.static_shape(v) for v in made.operands):
        return None
    for axis in axes:
        total = rewriter.value(rewriter.apply(Sum((axis,)), [parts[axis]]))
        parts[axis] = total.with_axes([axis])
    kept = [i for i in range(2) if i not in axes]
    return made.definition(*parts).dimshuffle(kept)


SCALED = (
    reduction_of_shuffled, reduction_of_reshaped, reduction_of_repeated, sum_of_multiple,
    extremum_of_negative, extremum_of_shifted, extremum_of_multiple, quantifier_of_negation,
    sum_of_product,
)  # fmt: skip
