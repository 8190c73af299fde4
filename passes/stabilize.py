"""Replace formulas that lose digits, overflow or underflow by ones that do not."""

from __future__ import annotations

from typing import Any

from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.operators import (
    eq,
    exp,
    expm1,
    isfinite,
    log,
    log1p,
    logaddexp,
    or_,
    reciprocal,
    sigmoid,
    softplus,
    switch,
)
from lamina.ir.ops.dimshuffle import NEW
from lamina.ir.ops.reduction import Max
from lamina.passes.algebra import involution
from lamina.passes.determinants import LOG_DETERMINANTS, UNUSED_PARTS
from lamina.passes.driver import Rewriter
from lamina.passes.fractions import PRODUCTS, Factor, fraction, is_outermost, known_as
from lamina.passes.linear_algebra import SOLVES
from lamina.passes.powers import EXPONENTIALS
from lamina.passes.rules import Rule, Var, rewrite
from lamina.passes.special_functions import SPECIAL_FUNCTIONS
from lamina.passes.values import Value, kind, made_by

x, y = Var("x"), Var("y")

RULES = (
    Rule("log-of-one-plus", before=log(1 + x), after=log1p(x),
         reason="|x| < eps: 1 + x rounds to 1"),
    Rule("log-of-one-minus", before=log(1 - x), after=log1p(-x),
         reason="|x| < eps: 1 - x rounds to 1"),
    Rule("exp-minus-one", before=exp(x) - 1, after=expm1(x),
         reason="|x| < eps: exp(x) rounds to 1"),
    Rule("exp-plus-minus-one", before=exp(x) + -1, after=expm1(x),
         reason="|x| < eps: exp(x) rounds to 1"),
    Rule("one-minus-exp", before=1 - exp(x), after=-expm1(x), keeps_nan=False,
         reason="|x| < eps: exp(x) rounds to 1; of 0 it is -0.0"),
    Rule("one-minus-sigmoid", before=1 - sigmoid(x), after=sigmoid(-x),
         reason="x > 37: sigmoid(x) rounds to 1"),
    Rule("inverse-of-one-plus-exp", before=1 / (1 + exp(x)), after=sigmoid(-x),
         reason="one function, which does not overflow"),
    Rule("reciprocal-of-one-plus-exp", before=reciprocal(1 + exp(x)), after=sigmoid(-x),
         reason="one function, which does not overflow"),
    Rule("log-of-one-plus-exp", before=log1p(exp(x)), after=softplus(x),
         keeps_nan=False, reason="x > 710: exp(x) overflows"),
    Rule("log-of-sigmoid", before=log(sigmoid(x)), after=-softplus(-x), keeps_nan=False,
         reason="x < -745: sigmoid(x) is 0"),
    Rule("log-of-one-minus-sigmoid", before=log1p(-sigmoid(x)), after=-softplus(x),
         keeps_nan=False, reason="x > 37: sigmoid(x) rounds to 1"),
    Rule("log-of-exp", before=log(exp(x)), after=x, keeps_nan=False,
         reason="x > 710: exp(x) overflows; x < -745: it is 0"),
    Rule("log-of-one-plus-exp-minus-one", before=log1p(expm1(x)), after=x, keeps_nan=False,
         reason="x > 710: expm1(x) overflows"),
    Rule("log-of-sum-of-two-exps", before=log(exp(x) + exp(y)), after=logaddexp(x, y),
         keeps_nan=False, reason="x > 710: exp(x) overflows"),
    Rule("log-of-exp-over", before=log(exp(x) / y), after=x - log(y), keeps_nan=False,
         reason="x > 710: exp(x) overflows"),
    Rule("log-of-exp-times", before=log(exp(x) * y), after=x + log(y), keeps_nan=False,
         reason="x > 710: exp(x) overflows"),
)  # fmt: skip


@rewrite("exp-over-one-plus-exp", *PRODUCTS, needs=(*PRODUCTS, "exp"), keeps_nan=False)
def exp_over_one_plus_exp(op: Any, rewriter: Rewriter) -> Value | None:
    """exp(z) / (1 + exp(z)), exp(z) * sigmoid(-z) -> sigmoid(z), among other factors."""
    if not is_outermost(op):
        return None
    tree = fraction(op.results[0])
    leaves = list(tree.leaves())
    for leaf in leaves:
        made = made_by(leaf.value, "exp")
        if made is None or kind(leaf.value) != "f":
            continue
        z, negative = _signed(made.operands[0])
        negative ^= leaf.power < 0
        for other in leaves:
            if known_as(other) == ((z, not negative), 1) and (leaf.power > 0 or other.power > 0):
                argument = rewriter.value(z)
                value = sigmoid(-argument if negative else argument).ssa
                above, beside = (leaf, other) if leaf.power > 0 else (other, leaf)
                above.replace(value)
                beside.replace()
                return tree.build(rewriter)
    return None


def _signed(value: SSAValue) -> tuple[SSAValue, bool]:
    made = made_by(value, "neg")
    return (value, False) if made is None else (made.operands[0], True)


@rewrite("log-of-sum-of-exps", "log", needs=("sum", "dimshuffle"), keeps_nan=False)
def log_of_sum_of_exps(op: Any, rewriter: Rewriter) -> Value | None:
    """log(sum(exp(x))) -> m + log(sum(exp(x - m))), m the largest x, 0 where not finite."""
    found = _sum_of_exps(op.operands[0])
    if found is None:
        return None
    total, shuffle = found
    axes = _axes(total)
    argument = rewriter.value(total.operands[0].owner.operands[0])
    largest = _finite_largest(argument, axes, rewriter)
    shifted = exp(argument - _spread(largest, axes, argument.ndim))
    value = largest + log(rewriter.value(rewriter.apply(total.definition, [shifted])))
    return value if shuffle is None else value.dimshuffle(shuffle)


@rewrite("exp-over-sum-of-exps", *PRODUCTS, needs=(*PRODUCTS, "exp"), keeps_nan=False)
def exp_over_sum_of_exps(op: Any, rewriter: Rewriter) -> Value | None:
    """exp(x) / sum(exp(x)) -> exp(x - m) / sum(exp(x - m)) for the largest x, m, among factors."""
    if not is_outermost(op):
        return None
    tree = fraction(op.results[0])
    leaves = list(tree.leaves())
    below = [leaf for leaf in leaves if leaf.power < 0 and _sum_of_exps(leaf.value) is not None]
    for leaf in below:
        found = _sum_of_exps(leaf.value)
        assert found is not None
        total, shuffle = found
        exps = total.operands[0]
        above = next((other for other in leaves if other.value is exps and other.power > 0), None)
        if above is not None and _is_aligned(leaf.value, total, shuffle):
            _shift(above, leaf, total, shuffle, rewriter)
            return tree.build(rewriter)
    return None


def _shift(above: Factor, below: Factor, total: Any, shuffle: Any, rewriter: Rewriter) -> None:
    axes = _axes(total)
    argument = rewriter.value(above.value.owner.operands[0])  # type: ignore[union-attr]
    largest = _finite_largest(argument, axes, rewriter)
    shifted = exp(argument - _spread(largest, axes, argument.ndim))
    summed = rewriter.value(rewriter.apply(total.definition, [shifted]))
    above.replace(shifted.ssa)
    below.replace((summed if shuffle is None else summed.dimshuffle(shuffle)).ssa)


@rewrite("sum-over-sum-of-exps", "sum", needs=("true_div", "mul"), keeps_nan=False)
def sum_over_sum_of_exps(op: Any, rewriter: Rewriter) -> Value | None:
    """sum(a / s) -> sum(a) / s for a sum of exps s that is the same along the axes.

    So it may meet its exponentials: the gradient of a softmax.
    """
    (operand,) = op.operands
    if kind(operand) != "f":
        return None
    ndim, static_all = nd.rank(operand), nd.static_shape(operand)
    axes = _axes(op)
    tree = fraction(operand)
    for leaf in tree.leaves():
        if leaf.power > 0 or _sum_of_exps(leaf.value) is None:
            continue
        below = rewriter.value(leaf.value)
        missing = ndim - below.ndim
        static = nd.static_shape(leaf.value)
        if any(a >= missing and static[a - missing] != 1 for a in axes):
            continue
        leaf.replace()
        rest = tree.build(rewriter)
        if rest is None or nd.static_shape(rest.ssa) != nd.static_shape(operand):
            return None
        kept = [i for i in range(below.ndim) if i + missing not in axes]
        total = rewriter.value(rewriter.apply(op.definition, [rest]))
        quotient = total / below.dimshuffle(kept)
        lengths = [rewriter.value(rewriter.dim(operand, a)) for a in axes if not static_all[a]]
        if not lengths:
            return quotient
        nothing = eq(lengths[0], 0)
        for n in lengths[1:]:
            nothing = or_(nothing, eq(n, 0))
        return switch(nothing, 0, quotient)  # a sum of nothing is 0, not 0 / 0
    return None


@rewrite("shuffled-quotient", "dimshuffle", needs=("true_div",), keeps_nan=False)
def shuffled_quotient(op: Any, rewriter: Rewriter) -> Value | None:
    """dimshuffle(a / s) -> dimshuffle(a) / dimshuffle(s) for a sum of exps s."""
    made = made_by(op.operands[0], "true_div")
    if made is None or _sum_of_exps(made.operands[1]) is None:
        return None
    a, s = map(rewriter.value, made.operands)
    if a.ndim == s.ndim:
        a = a.dimshuffle(op.definition.order)
    elif a.ndim:
        return None
    return a / s.dimshuffle(op.definition.order)


def _sum_of_exps(value: SSAValue) -> tuple[Any, tuple[int, ...] | None] | None:
    """The nd.sum of exponentials, not shifted, that `value` is, and how it was shuffled."""
    shuffle = made_by(value, "dimshuffle")
    total = made_by(value if shuffle is None else shuffle.operands[0], "sum")
    if total is None or kind(value) != "f":
        return None
    exps = made_by(total.operands[0], "exp")
    if exps is None or not _axes(total) or _is_shifted(exps.operands[0]):
        return None
    return total, None if shuffle is None else shuffle.definition.order


def _is_shifted(value: SSAValue) -> bool:
    """Whether `value` is a difference from a maximum."""
    made = made_by(value, "sub")
    if made is None:
        return False
    shift: Any = made.operands[1].owner
    while isinstance(shift, Operation) and shift.name in ("nd.dimshuffle", "nd.switch"):
        shift = shift.operands[1 if shift.name == "nd.switch" else 0].owner
    return isinstance(shift, Operation) and shift.name == "nd.max"


def _is_aligned(value: SSAValue, total: Any, shuffle: tuple[int, ...] | None) -> bool:
    """Whether a sum, shuffled, broadcasts so that it stands beside what it is a sum of."""
    ndim = nd.rank(total.operands[0])
    kept = [i for i in range(ndim) if i not in _axes(total)]
    order = tuple(range(len(kept))) if shuffle is None else shuffle
    missing = ndim - len(order)
    places = {kept[d]: i + missing for i, d in enumerate(order) if d != NEW}
    return len(places) == len(kept) and all(i == place for i, place in places.items())


def _finite_largest(argument: Value, axes: tuple[int, ...], rewriter: Rewriter) -> Value:
    largest = rewriter.value(rewriter.apply(Max(axes, of_nothing=True), [argument]))
    return switch(isfinite(largest), largest, 0)


def _spread(reduced: Value, axes: tuple[int, ...], ndim: int) -> Value:
    """A reduced value beside what it was reduced from; dimensions in front are implicit."""
    kept = iter(range(ndim))
    order = [NEW if i in axes else next(kept) for i in range(ndim)]
    while order and order[0] == NEW:
        del order[0]
    return reduced.dimshuffle(order)


def _axes(op: Any) -> tuple[int, ...]:
    return op.definition.axes(nd.rank(op.operands[0]))


STABILIZE = (
    involution, *RULES, exp_over_one_plus_exp, log_of_sum_of_exps, exp_over_sum_of_exps,
    sum_over_sum_of_exps, shuffled_quotient, *SPECIAL_FUNCTIONS, *EXPONENTIALS,
    *SOLVES, *LOG_DETERMINANTS, *UNUSED_PARTS,
)  # fmt: skip
