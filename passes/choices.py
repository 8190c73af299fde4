"""Comparisons, logic, and choices between two values."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter
from lamina.passes.rules import ELEMENTWISE, Rule, Var, rewrite
from lamina.passes.simplify_casts import is_exact
from lamina.passes.values import Value, kind, made_by, uniform, used_once

a, b, x, y, z = Var("a"), Var("b"), Var("x"), Var("y"), Var("z")
_ANY = "biufc"

LOGIC = (
    *(
        Rule(f"negation-of-{f.scalar_op.name.lower()}", before=ops.invert(f(x, y)), after=g(x, y),
             kinds=kinds, once=True, reason="one comparison says both")
        for f, g, kinds in (
            (ops.lt, ops.ge, "iu"), (ops.ge, ops.lt, "iu"), (ops.gt, ops.le, "iu"),
            (ops.le, ops.gt, "iu"), (ops.eq, ops.neq, _ANY), (ops.neq, ops.eq, _ANY),
        )  # of floats a NaN is neither less nor not less
    ),
    Rule("conjunction-of-negations", before=~x & ~y, after=~(x | y), kinds="biu", once=True,
         reason="De Morgan: negations move outwards, where they meet"),
    Rule("disjunction-of-negations", before=~x | ~y, after=~(x & y), kinds="biu", once=True,
         reason="De Morgan: negations move outwards, where they meet"),
    Rule("conjunction-with-disjunction", before=x & (x | y), after=x, kinds="biu",
         reason="absorption"),
    Rule("disjunction-with-conjunction", before=x | (x & y), after=x, kinds="biu",
         reason="absorption"),
    Rule("conjunction-with-zero", before=x & 0, after=0, kinds="biu", reason="no bit is in 0"),
    Rule("conjunction-with-negation", before=x & ~x, after=0, kinds="biu",
         reason="no bit is in both"),
    Rule("difference-of-equal-bits", before=ops.xor(x, x), after=0, kinds="biu",
         reason="no bit differs"),
)  # fmt: skip

COMPARISONS = (
    *(
        Rule(f"comparison-of-difference-by-{f.scalar_op.name.lower()}", before=f(x - y, 0),
             after=f(x, y), kinds=kinds, keeps_nan=False, once=True,
             reason="a difference less; it is 0 of equals alone, but for infinities")
        for f, kinds in (
            (ops.eq, "iuf"), (ops.neq, "iuf"), (ops.lt, "f"), (ops.le, "f"), (ops.gt, "f"),
            (ops.ge, "f"),
        )  # the difference of integers may wrap
    ),
    *(
        Rule(f"comparison-of-negatives-by-{f.scalar_op.name.lower()}", before=f(-x, -y),
             after=g(x, y), kinds=kinds, reason="two signs less")
        for f, g, kinds in (
            (ops.eq, ops.eq, "iuf"), (ops.neq, ops.neq, "iuf"), (ops.lt, ops.gt, "f"),
            (ops.gt, ops.lt, "f"), (ops.le, ops.ge, "f"), (ops.ge, ops.le, "f"),
        )
    ),
)  # fmt: skip

_SWITCH = ops.switch
CHOICES = (
    Rule("choice-of-same-choice", before=_SWITCH(a, _SWITCH(a, x, y), z), after=_SWITCH(a, x, z),
         kinds=_ANY, reason="what is chosen again is known"),
    Rule("choice-or-same-choice", before=_SWITCH(a, x, _SWITCH(a, y, z)), after=_SWITCH(a, x, z),
         kinds=_ANY, reason="what is chosen again is known"),
    Rule("choice-of-choice", before=_SWITCH(a, _SWITCH(b, x, y), y), after=_SWITCH(a & b, x, y),
         kinds=_ANY, once=True, reason="one choice by both conditions"),
    Rule("choice-or-choice", before=_SWITCH(a, x, _SWITCH(b, x, y)), after=_SWITCH(a | b, x, y),
         kinds=_ANY, once=True, reason="one choice by both conditions"),
    *(
        Rule(f"choice-of-{which}-by-{f.scalar_op.name.lower()}",
             before=_SWITCH(f(x, y), *((x, y) if first else (y, x))), after=g(x, y), kinds="iu",
             reason="one instruction; of floats a NaN is chosen otherwise")
        for f, less in ((ops.lt, True), (ops.le, True), (ops.gt, False), (ops.ge, False))
        for first in (True, False)
        for which, g in ((("smaller", ops.minimum) if less == first else ("larger", ops.maximum)),)
    ),
    Rule("product-with-choice-or-zero", before=y * _SWITCH(a, x, 0), after=_SWITCH(a, y * x, 0),
         kinds=_ANY, keeps_nan=False, once=True,
         reason="0 where nothing is chosen, also where y is infinite: gradients of choices"),
    Rule("product-with-zero-or-choice", before=y * _SWITCH(a, 0, x), after=_SWITCH(a, 0, y * x),
         kinds=_ANY, keeps_nan=False, once=True,
         reason="0 where nothing is chosen, also where y is infinite: gradients of choices"),
    Rule("quotient-of-choice-or-zero", before=_SWITCH(a, x, 0) / y, after=_SWITCH(a, x / y, 0),
         kinds="fc", keeps_nan=False, once=True,
         reason="0 where nothing is chosen, also where y is 0: gradients of choices"),
    Rule("quotient-of-zero-or-choice", before=_SWITCH(a, 0, x) / y, after=_SWITCH(a, 0, x / y),
         kinds="fc", keeps_nan=False, once=True,
         reason="0 where nothing is chosen, also where y is 0: gradients of choices"),
)  # fmt: skip


@rewrite("choice-of-truths", "switch", needs=("constant",))
def choice_of_truths(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """switch(a, True, False) -> a, switch(a, False, True) -> ~a."""
    condition, x, y = op.operands
    if kind(x) != "b" or nd.rank(condition) < nd.rank(op.results[0]):
        return None
    match uniform(x), uniform(y):
        case (None, _) | (_, None):
            return None
        case first, second if bool(first) and not bool(second):
            return condition
        case first, second if not bool(first) and bool(second):
            return ops.invert(rewriter.value(condition))
    return None


@rewrite("shuffled-choice", "dimshuffle", needs=("switch",))
def shuffled_choice(op: Any, rewriter: Rewriter) -> Value | None:
    """dimshuffle(switch(a, 0, x)) -> switch(a, 0, dimshuffle(x)) for 0-d a: choices go outwards."""
    made = made_by(op.operands[0], "switch")
    if made is None or not used_once(op.operands[0]) or nd.rank(made.operands[0]):
        return None
    ndim = nd.rank(op.operands[0])
    if any(nd.rank(v) not in (0, ndim) for v in made.operands):
        return None
    parts = map(rewriter.value, made.operands)
    return ops.switch(*(v.dimshuffle(op.definition.order) if v.ndim else v for v in parts))


@rewrite("comparison-of-truth", "eq", "neq", needs=("constant",))
def comparison_of_truth(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """a == True -> a, a == False -> ~a."""
    for one, other in (op.operands, op.operands[::-1]):
        number = uniform(other)
        if kind(one) == "b" and number is not None and nd.rank(one) == nd.rank(op.results[0]):
            same = bool(number) == (op.name == "nd.eq")
            return one if same else ops.invert(rewriter.value(one))
    return None


@rewrite("comparison-with-bound", "lt", "le", "gt", "ge", needs=("constant",))
def comparison_with_bound(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """x < 0 -> False, x >= 0 -> True of unsigned x; likewise all bounds of an integer's dtype."""
    x, bound = op.operands
    name = op.name[3:]
    if uniform(bound) is None:
        x, bound = bound, x
        name = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}[name]
    number = uniform(bound)
    if number is None or kind(x) not in "iu":
        return None
    cast = made_by(x, "cast")
    if cast is not None and kind(cast.operands[0]) in "iu":
        source = cast.operands[0]
        x = source if is_exact(nd.dtype_of(source), nd.dtype_of(x)) else x
    limits, compare = np.iinfo(nd.dtype_of(x)), getattr(operator, name)
    least, greatest = (compare(n, int(number)) for n in (limits.min, limits.max))
    return rewriter.number(least, "bool") if least == greatest else None


@rewrite("function-of-choice-of-constants", ELEMENTWISE, needs=("switch",))
def function_of_choice(op: nd.ElementwiseOp, rewriter: Rewriter) -> Value | None:
    """f(switch(a, c, d)) -> switch(a, f(c), f(d)) for constants; other operands constants too."""
    if op.name in ("nd.switch", "nd.second") or any(made_by(v, "neg") for v in op.operands):
        return None
    choices = [v for v in op.operands if made_by(v, "switch") is not None]
    if len(choices) != 1 or not used_once(choices[0]):
        return None
    choice: Any = choices[0].owner
    others = [v for v in op.operands if v is not choices[0]]
    if any(nd.rank(v) or uniform(v) is None for v in (*others, *choice.operands[1:])):
        return None
    condition, *branches = choice.operands
    if op.name == "nd.cast":  # an op for every dtype
        results: list[Any] = [rewriter.value(v).cast(nd.dtype_of(op.results[0])) for v in branches]
    else:
        results = [
            rewriter.value(
                rewriter.apply(op.definition, [v if w is choices[0] else w for w in op.operands])
            )
            for v in branches
        ]
    return ops.switch(rewriter.value(condition), *results)


@rewrite("rounding-of-integer", "floor", "ceil", "trunc", "round_half_to_even",
         needs=("cast", "floor", "ceil", "trunc", "round_half_to_even"))  # fmt: skip
def rounding_of_integer(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """floor(x) -> x where x is an integer already: rounded, or converted from one."""
    (x,) = op.operands
    made: Any = x.owner
    if not isinstance(made, Operation):
        return None
    if made.name == "nd.cast" and kind(made.operands[0]) not in "biu":
        return None
    return x


@rewrite("special-values-of-integer", "isnan", "isinf", "isfinite")
def special_values_of_integer(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """isnan(n), isinf(n) -> False, isfinite(n) -> True for integers, also as floats."""
    (x,) = op.operands
    cast = made_by(x, "cast")
    source = x if cast is None else cast.operands[0]
    if kind(source) not in "biu" or nd.dtype_of(x) == "float16":
        return None
    return rewriter.number(op.name == "nd.isfinite", "bool")


CHOOSING = (
    *LOGIC, *COMPARISONS, *CHOICES, choice_of_truths, shuffled_choice, comparison_of_truth,
    comparison_with_bound, function_of_choice, rounding_of_integer, special_values_of_integer,
)  # fmt: skip
