"""Replace general operations by special ones that cost less."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.operators import pow, reciprocal, sqr, sqrt
from lamina.ir.ops.elementwise import all_elementwise
from lamina.passes.driver import Rewriter
from lamina.passes.merge_loops import loops_side_by_side
from lamina.passes.rules import Rule, Var, is_power_of_two, rewrite
from lamina.passes.select_blas import BLAS
from lamina.passes.values import Value, kind, uniform

x, y = Var("x"), Var("y")

LARGEST_EXPONENT = 8  # as a product, with at most 3.5 ULP of rounding

RULES = (
    Rule("inverse", before=1 / x, after=reciprocal(x), kinds="fc", reason="the name of 1 / x"),
    Rule("square", before=x * x, after=sqr(x), kinds="iufc", reason="one operand is read"),
    Rule("power-one-half", before=pow(x, 0.5), after=sqrt(x), keeps_nan=False,
         reason="a root costs less; of -inf and -0.0 it differs"),
    Rule("power-minus-one-half", before=pow(x, -0.5), after=reciprocal(sqrt(x)), keeps_nan=False,
         reason="a root costs less; of -inf and -0.0 it differs"),
)  # fmt: skip


@rewrite("small-integer-power", "pow", needs=("constant",))
def small_integer_power(op: nd.ElementwiseOp, rewriter: Rewriter) -> Value | None:
    """x**3 -> x * x**2, x**-2 -> 1 / x**2. (A negative power of an integer raises.)"""
    base, exponent = op.operands
    number = uniform(exponent)
    if number is None or kind(base) not in "iuf" or not abs(number) <= LARGEST_EXPONENT:
        return None
    if number != np.rint(number):
        return None
    n = int(number)
    if n < 0 and kind(base) != "f":
        return None
    if n == 0:
        return None
    power = _power(rewriter.value(base), abs(n))
    return reciprocal(power) if n < 0 else power


def _power(value: Value, n: int) -> Value:
    if n == 1:
        return value
    half = sqr(_power(value, n // 2))
    return value * half if n % 2 else half


@rewrite("quotient-by-power-of-two", "true_div", needs=("constant",))
def quotient_by_power_of_two(op: nd.ElementwiseOp, rewriter: Rewriter) -> Any:
    """x / 4 -> x * 0.25, which is exact."""
    dividend, divisor = op.operands
    number = uniform(divisor)
    if number is None or not is_power_of_two(number) or uniform(dividend) is not None:
        return None
    with np.errstate(all="ignore"):
        inverse = number.dtype.type(1) / number
    if not np.isfinite(inverse) or abs(inverse) < np.finfo(inverse.dtype).tiny:
        return None
    return rewriter.value(dividend) * inverse


@rewrite("gradient-barrier", *(op.nd_name for op in all_elementwise() if op.scalar_op.barrier))
def gradient_barrier(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue:
    """zero_grad(x) -> x: gradients have been taken."""
    return op.operands[0]


SPECIALIZE = (
    *RULES, small_integer_power, quotient_by_power_of_two, gradient_barrier, *BLAS,
    loops_side_by_side,
)  # fmt: skip
