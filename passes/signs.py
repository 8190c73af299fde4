"""Absolute values, signs, and functions that are odd, even or nowhere negative."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

import lamina.ir.operators as ops
from lamina.passes.driver import Rewriter
from lamina.passes.matrix_facts import has_positive_diagonal
from lamina.passes.matrix_forms import as_main_diagonal
from lamina.passes.rules import Rule, Var, rewrite
from lamina.passes.values import kind, made_by, uniform

x, y = Var("x"), Var("y")

# f(-x) = -f(x), in every digit
ODD = (
    ops.sin, ops.tan, ops.sinh, ops.tanh, ops.arcsin, ops.arctan, ops.arcsinh, ops.arctanh, ops.erf,
    ops.erfinv, ops.deg2rad, ops.rad2deg, ops.trunc, ops.round_half_to_even,
)  # fmt: skip
# Results of floats that are never negative; but -0.0 has a root, and is its own.
NOT_NEGATIVE = (
    "abs", "sqr", "exp", "exp2", "sigmoid", "scalar_softplus", "cosh", "arccosh", "erfc", "erfcx",
    "arccos",
)  # fmt: skip

RULES = (
    *(
        Rule(
            f"{f.scalar_op.name.replace('_', '-')}-of-negative", before=f(-x), after=-f(x),
            once=True, reason="signs move outwards, where they meet",
        )
        for f in ODD
    ),
    Rule(
        "sign-of-negative", before=ops.sign(-x), after=-ops.sign(x), kinds="if", keeps_nan=False,
        once=True, reason="signs move outwards, where they meet; the sign of 0 is 0, not -0.0",
    ),
    Rule("sign-of-sign", before=ops.sign(ops.sign(x)), after=ops.sign(x), kinds="iuf",
         reason="a sign is its own"),
    Rule("sign-times-modulus", before=ops.sign(x) * ops.abs(x), after=x, kinds="if",
         keeps_nan=False, reason="what is taken apart is put together; -0.0 becomes 0.0"),
    Rule("sign-times-itself", before=x * ops.sign(x), after=ops.abs(x), kinds="if",
         keeps_nan=False, reason="the definition of |x|"),
    Rule("product-of-moduli", before=ops.abs(x) * ops.abs(y), after=ops.abs(x * y), kinds="if",
         once=True, reason="one modulus less, in every digit"),
    Rule("quotient-of-moduli", before=ops.abs(x) / ops.abs(y), after=ops.abs(x / y), once=True,
         reason="one modulus less, in every digit"),
    Rule("modulus-of-root", before=ops.abs(ops.sqrt(x)), after=ops.sqrt(x), keeps_nan=False,
         reason="a root is not negative"),
    Rule("modulus-of-second-power", before=ops.abs(x**2), after=x**2,
         reason="a square is not negative"),
    Rule("second-power-of-modulus", before=ops.abs(x) ** 2, after=x**2, kinds="iuf",
         reason="a square has no sign"),
    Rule("second-power-of-negative", before=(-x) ** 2, after=x**2, kinds="iuf",
         reason="a square has no sign"),
)  # fmt: skip


def is_not_negative(value: SSAValue, depth: int = 6) -> bool:
    """Whether surely no element of `value` is below 0; they may be NaN, or -0.0."""
    number = uniform(value)
    if number is not None:
        return kind(value) != "c" and bool(number >= 0)
    if kind(value) != "f":
        return kind(value) in "bu"
    made: Any = value.owner
    if not isinstance(made, Operation) or not depth:
        return False
    parts = (is_not_negative(v, depth - 1) for v in made.operands)
    match made.name[3:]:
        case "sqrt":
            return True
        case "mul" | "add" | "minimum":
            return all(parts)
        case "maximum":
            return any(parts)
        case "true_div":
            return all(parts) and not _may_be_negative_zero(made.operands[1])
        case "pow":
            exponent = uniform(made.operands[1])
            even = exponent is not None and exponent % 2 == 0
            return even or (next(parts) and not _may_be_negative_zero(made.operands[0]))
        case "subtensor" if (matrix := as_main_diagonal(value)) is not None:
            return has_positive_diagonal(matrix) or next(parts)
        case "sum" | "prod" | "min" | "dimshuffle" | "subtensor" | "alloc" | "reshape" | "gather":
            return next(parts)
        case name:
            return name in NOT_NEGATIVE


@rewrite("modulus-of-what-is-not-negative", "abs", needs=(*NOT_NEGATIVE, "mul", "add", "true_div"))
def modulus_of_not_negative(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """abs(exp(x)) -> exp(x); likewise sums, products and quotients of what is not negative."""
    (value,) = op.operands
    if kind(value) != "f" or _may_be_negative_zero(value):
        return None
    return value if is_not_negative(value) else None


def _may_be_negative_zero(value: SSAValue, depth: int = 6) -> bool:
    number = uniform(value)
    if number is not None:
        return bool(np.signbit(number))
    made: Any = value.owner
    if not isinstance(made, Operation) or made_by(value, "sqrt") is not None or not depth:
        return True
    return made.name[3:] not in NOT_NEGATIVE and any(
        _may_be_negative_zero(v, depth - 1) for v in made.operands
    )


SIGNS_AND_MODULI = (*RULES, modulus_of_not_negative)
