"""Identities of arithmetic: rules, and rewrites derived from the facts that ops state."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from lamina.passes.driver import Rewriter
from lamina.passes.rules import Match, Rule, Var, is_number, is_power_of_two, rewrite
from lamina.passes.values import Value, kind, made_by, uniform, used_once

a, b, x, y = Var("a"), Var("b"), Var("x"), Var("y")


def _alone(m: Match) -> bool:
    """The negative of x is used here only: to move its sign outwards leaves nothing behind."""
    return all(
        used_once(use.operation.results[0]) for use in m.x.uses if use.operation.name == "nd.neg"
    )


def _once(m: Match) -> bool:
    """1 / y is used here only: one division is better than one for each of several products."""
    inverses = [
        use.operation for use in m.y.uses if use.operation.name in ("nd.reciprocal", "nd.true_div")
    ]
    return all(used_once(op.results[0]) for op in inverses)


CANCELLATIONS = (
    Rule("product-over-factor", before=x * y / x, after=y, kinds="fc", keeps_nan=False,
         reason="a product and a quotient less"),
    Rule("quotient-times-divisor", before=(y / x) * x, after=y, kinds="fc", keeps_nan=False,
         reason="a product and a quotient less"),
    Rule("quotient-of-equals", before=x / x, after=1, kinds="fc", keeps_nan=False,
         reason="0 / 0 alone is another number"),
    Rule("difference-of-equals", before=x - x, after=0, kinds="iufc", keeps_nan=False,
         reason="inf - inf alone is another number"),
    Rule("product-with-zero", before=x * 0, after=0, kinds="iufc", keeps_nan=False,
         reason="0 * inf alone is another number"),
    Rule("quotient-of-zero", before=0 / x, after=0, kinds="fc", keeps_nan=False,
         reason="0 / 0 alone is another number"),
    Rule("power-to-the-zero", before=x**0, after=1, kinds="iuf", reason="of NaN too, as in C"),
    Rule("power-of-one", before=ops.pow(1, x), after=1, kinds="uf", reason="of NaN too, as in C"),
)  # fmt: skip

# Exact: rounding is symmetric in the sign. Signs move outwards, where they meet and cancel.
SIGNS = (
    Rule("sum-with-negative", before=y + -x, after=y - x, kinds="iufc",
         reason="a sign less, in every digit"),
    Rule("difference-from-negative", before=y - -x, after=y + x, kinds="iufc",
         reason="a sign less, in every digit"),
    Rule("negative-minus", before=-x - y, after=-(x + y), kinds="iufc", when=_alone,
         keeps_nan=False, reason="signs move outwards; -0.0 becomes 0.0"),
    Rule("product-of-negatives", before=-x * -y, after=x * y, kinds="iufc",
         reason="two signs less"),
    Rule("quotient-of-negatives", before=-x / -y, after=x / y, kinds="fc", reason="two signs less"),
    Rule("product-with-negative", before=-x * y, after=-(x * y), kinds="iufc", when=_alone,
         reason="signs move outwards, where they meet"),
    Rule("quotient-of-negative", before=-x / y, after=-(x / y), kinds="fc", when=_alone,
         reason="signs move outwards, where they meet"),
    Rule("quotient-by-negative", before=y / -x, after=-(y / x), kinds="fc", when=_alone,
         reason="signs move outwards, where they meet"),
    Rule("negative-of-difference", before=-(x - y), after=y - x, kinds="iuf", keeps_nan=False,
         reason="a sign less; -0.0 becomes 0.0"),
    Rule("product-with-minus-one", before=x * -1, after=-x, kinds="if",
         reason="a sign in place of a product"),
    Rule("quotient-by-minus-one", before=x / -1, after=-x, reason="a sign in place of a quotient"),
    Rule("modulus-of-negative", before=ops.abs(-x), after=ops.abs(x), kinds="ifc",
         reason="a modulus has no sign"),
    Rule("square-of-negative", before=ops.sqr(-x), after=ops.sqr(x), kinds="iufc",
         reason="a square has no sign"),
    Rule("square-of-modulus", before=ops.sqr(ops.abs(x)), after=ops.sqr(x), kinds="iuf",
         reason="a square has no sign"),
    Rule("cosine-of-negative", before=ops.cos(-x), after=ops.cos(x), reason="an even function"),
    Rule("hyperbolic-cosine-of-negative", before=ops.cosh(-x), after=ops.cosh(x),
         reason="an even function"),
)  # fmt: skip

REPETITIONS = (
    Rule("choice-of-equals", before=ops.switch(a, x, x), after=x, kinds="biufc",
         reason="nothing is chosen"),
    Rule("larger-of-equals", before=ops.maximum(x, x), after=x, kinds="biufc",
         reason="they are one"),
    Rule("smaller-of-equals", before=ops.minimum(x, x), after=x, kinds="biufc",
         reason="they are one"),
    Rule("conjunction-of-equals", before=ops.and_(x, x), after=x, kinds="biu",
         reason="they are one"),
    Rule("disjunction-of-equals", before=ops.or_(x, x), after=x, kinds="biu",
         reason="they are one"),
    Rule("modulus-of-modulus", before=ops.abs(ops.abs(x)), after=ops.abs(x), kinds="if",
         reason="once is enough"),
    Rule("floor-of-floor", before=ops.floor(ops.floor(x)), after=ops.floor(x),
         reason="once is enough"),
    Rule("ceiling-of-ceiling", before=ops.ceil(ops.ceil(x)), after=ops.ceil(x),
         reason="once is enough"),
    Rule("choice-by-negation", before=ops.switch(ops.invert(a), x, y), after=ops.switch(a, y, x),
         kinds="biufc", reason="the branches change places"),
    Rule("product-with-reciprocal", before=x * ops.reciprocal(y), after=x / y, keeps_nan=False,
         when=_once, reason="one operation, one rounding"),
    Rule("product-with-inverse", before=x * (1 / y), after=x / y, keeps_nan=False, when=_once,
         reason="one operation, one rounding"),
    Rule("quotient-by-inverse", before=x / (1 / y), after=x * y, keeps_nan=False, when=_once,
         reason="a product in place of two quotients"),
    Rule("quotient-by-reciprocal", before=x / ops.reciprocal(y), after=x * y, keeps_nan=False,
         when=_once, reason="a product in place of two quotients"),
)  # fmt: skip


def _names(fact: str) -> tuple[str, ...]:
    stated = [op for op in all_elementwise() if getattr(op.scalar_op, fact) not in ("", None)]
    return tuple(op.nd_name.lower() for op in stated if getattr(op.scalar_op, fact) is not False)


@rewrite("unit", *_names("unit"), needs=("constant",))
def without_unit(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """f(x, unit) -> x. That of float addition is -0.0; 0.0 passes for it unless strict_ieee."""
    facts = op.ELEMWISE.scalar_op
    left, right = op.operands
    if _is_unit(right, facts.unit, op):
        return left
    if facts.commutative and _is_unit(left, facts.unit, op):
        return right
    return None


def _is_unit(value: SSAValue, unit: Any, op: nd.ElementwiseOp) -> bool:
    number = uniform(value)
    if number is None or number != unit:
        return False
    if number.dtype.kind == "c":
        return not config.strict_ieee  # (inf + 0j) * (1 + 0j) has a NaN
    if number.dtype.kind == "f" and unit == 0:
        exact = np.signbit(number) == (op.name == "nd.add")
        return bool(exact) or not config.strict_ieee
    return True


@rewrite("involution", *_names("involution"))
def involution(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """f(f(x)) -> x."""
    (inner,) = op.operands
    if inner.owner.__class__ is not op.__class__:
        return None
    if op.name == "nd.reciprocal" and config.strict_ieee:  # 1 / subnormal overflows
        return None
    return inner.owner.operands[0]  # type: ignore[union-attr]


@rewrite("real-operand", "conj", "real", "identity", "abs")
def real_operand(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """conj(x), real(x) -> x where x is real, and abs(x) where it has no sign."""
    (x,) = op.operands
    kinds = {"nd.identity": "biufc", "nd.abs": "bu"}.get(op.name, "biuf")
    return x if kind(x) in kinds else None


@rewrite("imaginary-part-of-real", "imag")
def imaginary_part_of_real(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """imag(x) -> 0 where x is real."""
    return None if kind(op.operands[0]) == "c" else rewriter.number(0, nd.dtype_of(op.results[0]))


@rewrite("constant-condition", "switch", needs=("constant",))
def constant_condition(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """switch(True, x, y) -> x."""
    condition, x, y = op.operands
    number = uniform(condition)
    return None if number is None else x if number else y


@rewrite("comparison-with-itself", "lt", "gt", "neq", "eq", "le", "ge")
def comparison_with_itself(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """x < x -> False; x == x -> True for integers (a NaN is not equal to itself)."""
    left, right = op.operands
    if left is not right:
        return None
    if op.name in ("nd.lt", "nd.gt"):
        return rewriter.number(False, "bool")
    return None if kind(left) in "fc" else rewriter.number(op.name != "nd.neq", "bool")


@rewrite("sign-of-constant", "neg", needs=("mul", "true_div"))
def sign_of_constant(op: nd.ElementwiseOp, rewriter: Rewriter) -> Value | None:
    """-(c x) -> (-c) x, -(x / c) -> x / (-c), -(c / x) -> (-c) / x."""
    (inner,) = op.operands
    made: Any = inner.owner
    if made.__class__ not in (_MUL, _DIV) or not used_once(inner):
        return None
    for i, v in enumerate(made.operands):
        if is_number(v):
            parts = list(map(rewriter.value, made.operands))
            with np.errstate(all="ignore"):
                negative = np.negative(v.owner.data)  # type: ignore[union-attr]
            parts[i] = rewriter.value(rewriter.constant(np.asarray(negative)))
            return made.definition(*parts)
    return None


@rewrite("shuffled-negative", "dimshuffle", needs=("neg",))
def shuffled_negative(op: Any, rewriter: Rewriter) -> Value | None:
    """dimshuffle(-x) -> -dimshuffle(x), where -x is used here only."""
    made = made_by(op.operands[0], "neg")
    if made is None or not used_once(op.operands[0]):
        return None
    return -rewriter.value(made.operands[0]).dimshuffle(op.definition.order)


_MUL, _DIV = nd.elementwise_class(ops.mul), nd.elementwise_class(ops.true_div)


@rewrite("constant-times-constant", "mul", "add", needs=("constant",))
def constant_times_constant(op: nd.ElementwiseOp, rewriter: Rewriter) -> Value | None:
    """c (d x) -> (c d) x, c + (d + x) -> (c + d) + x.

    Of floats only products, and where c or d is a power of two: all else rounds otherwise.
    """
    made, number, outer = _constant_and_rest(op.operands, op.__class__)
    if made is None or not used_once(made.results[0]):
        return None
    x, inner = made.operands
    if not is_number(inner):
        x, inner = inner, x
    if not is_number(inner) or max(nd.rank(inner), nd.rank(outer)) > nd.rank(x):
        return None
    if is_number(x):
        return None  # to be folded
    if number.dtype.kind in "fc" and (
        config.strict_ieee
        or op.name == "nd.add"
        or not (is_power_of_two(number) or is_power_of_two(uniform(inner)))
    ):
        return None
    definition: Elemwise = op.ELEMWISE
    return definition(rewriter.value(x), definition(rewriter.value(outer), rewriter.value(inner)))


def _constant_and_rest(operands: Any, cls: Any) -> tuple[Any, Any, SSAValue]:
    for one, other in ((0, 1), (1, 0)):
        number = uniform(operands[one])
        made = operands[other].owner
        if number is not None and made.__class__ is cls:
            return made, number, operands[one]
    return None, None, operands[0]


ALGEBRA = (
    without_unit, involution, real_operand, imaginary_part_of_real, constant_condition,
    comparison_with_itself, sign_of_constant, shuffled_negative, constant_times_constant,
    *CANCELLATIONS, *SIGNS, *REPETITIONS,
)  # fmt: skip
