"""Powers, roots and exponentials that meet: one is computed in place of two.

A product of powers of floats is gathered only where the sum of the exponents is exact; signs that
make a root NaN keep doing so.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter
from lamina.passes.rules import Rule, Var, is_number, rewrite
from lamina.passes.values import Value, kind, made_by, uniform, used_once

x, y = Var("x"), Var("y")

ROOTS = (
    Rule(
        "root-of-square", before=ops.sqrt(ops.sqr(x)), after=ops.abs(x), keeps_nan=False,
        reason="no root, and no overflow where |x| > 1e154",
    ),
    Rule(
        "root-of-product-of-equals", before=ops.sqrt(x * x), after=ops.abs(x), keeps_nan=False,
        reason="no root, and no overflow where |x| > 1e154",
    ),
    Rule(
        "root-of-second-power", before=ops.sqrt(x**2), after=ops.abs(x), keeps_nan=False,
        reason="no root, and no overflow where |x| > 1e154",
    ),
    Rule(
        "square-of-root", before=ops.sqr(ops.sqrt(x)), after=ops.switch(x >= 0, x, np.nan),
        keeps_nan=False, once=True, reason="no root; -0.0 keeps its sign",
    ),
    Rule(
        "product-of-equal-roots", before=ops.sqrt(x) * ops.sqrt(x),
        after=ops.switch(x >= 0, x, np.nan), keeps_nan=False, reason="no roots",
    ),
    Rule(
        "quotient-by-own-root", before=x / ops.sqrt(x), after=ops.sqrt(x), keeps_nan=False,
        reason="no division; at 0 it is 0, not 0 / 0",
    ),
    Rule(
        "root-over-its-square", before=ops.sqrt(x) / x, after=ops.reciprocal(ops.sqrt(x)),
        keeps_nan=False, reason="what reciprocal square roots are recognised as",
    ),
)  # fmt: skip

QUOTIENTS = (
    Rule(
        "inverse-of-quotient", before=1 / (x / y), after=y / x, keeps_nan=False, once=True,
        reason="one division less",
    ),
    Rule(
        "reciprocal-of-quotient", before=ops.reciprocal(x / y), after=y / x, keeps_nan=False,
        once=True, reason="one division less",
    ),
)  # fmt: skip

EXPONENTIALS = (
    Rule(
        "product-of-exponentials", before=ops.exp(x) * ops.exp(y), after=ops.exp(x + y),
        keeps_nan=False, once=True,
        reason="one exponential less; the factors may overflow where the product does not",
    ),
    Rule(
        "quotient-of-exponentials", before=ops.exp(x) / ops.exp(y), after=ops.exp(x - y),
        keeps_nan=False, once=True, reason="one exponential less, and no inf / inf",
    ),
    Rule(
        "power-of-exponential", before=ops.exp(x) ** y, after=ops.exp(x * y), once=True,
        keeps_nan=False, when=lambda m: not is_number(m.y),
        reason="an exponential in place of one and a power; that by a number may be a product",
    ),
    Rule(
        "inverse-of-exponential", before=1 / ops.exp(x), after=ops.exp(-x), once=True,
        keeps_nan=False, reason="a sign in place of a division",
    ),
    Rule(
        "reciprocal-of-exponential", before=ops.reciprocal(ops.exp(x)), after=ops.exp(-x),
        once=True, keeps_nan=False, reason="a sign in place of a division",
    ),
)  # fmt: skip


@rewrite("product-of-powers", "mul", "true_div", needs=("pow",), keeps_nan=False)
def product_of_powers(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """x**a * x**b -> x**(a + b), x**a / x -> x**(a - 1), for constants whose sum is exact."""
    bases = [_power(v, op) for v in op.operands]
    (base, a, one), (other, b, two) = bases
    if base is not other or (one is None and two is None):
        return None
    if kind(op.results[0]) not in ("iuf" if op.name == "nd.mul" else "f"):
        return None
    total = a + b if op.name == "nd.mul" else a - b
    if a.denominator > 1 and b.denominator > 1 and total.denominator == 1:
        return None  # a root is NaN of negatives, the power is not
    if kind(base) != "f" and min(a, b) < 0:
        return None  # raises
    if total not in (0, 1) and not all(v is None or used_once(v) for v in (one, two)):
        return None
    dtype = np.dtype(nd.dtype_of(base))
    if Fraction(dtype.type(float(total)).item()) != total:
        return None
    if total == 1:
        return base
    return ops.pow(rewriter.value(base), float(total) if dtype.kind == "f" else int(total))


def _power(value: SSAValue, op: Any) -> tuple[SSAValue, Fraction, SSAValue | None]:
    """Base and exponent, and the power itself where `value` is one."""
    made = made_by(value, "pow")
    number = None if made is None else uniform(made.operands[1])
    if made is None or number is None or number.dtype.kind == "c" or not np.isfinite(number):
        return value, Fraction(1), None
    return made.operands[0], Fraction(number.item()), value


@rewrite("power-of-power", "pow", needs=("pow", "sqrt", "sqr"), keeps_nan=False)
def power_of_power(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """(x**a)**n -> x**(a n) for an integer n, where the product is exact; (x**2)**(1/2) -> |x|."""
    inner, exponent = op.operands
    n = uniform(exponent)
    if n is None or kind(inner) != "f" or not np.isfinite(n) or not used_once(inner):
        return None
    made: Any = inner.owner
    if not isinstance(made, Operation) or made.name not in ("nd.pow", "nd.sqrt", "nd.sqr"):
        return None
    if made.name == "nd.pow":
        a = uniform(made.operands[1])
        if a is None or not np.isfinite(a):
            return None
        first = Fraction(a.item())
    else:
        first = Fraction(2) if made.name == "nd.sqr" else Fraction(1, 2)
    base, total = rewriter.value(made.operands[0]), first * Fraction(n.item())
    if first == 2 and total == 1:
        return ops.abs(base)
    if n != np.rint(n) or n == 0 or Fraction(type(n)(float(total)).item()) != total:
        return None
    return None if first.denominator > 1 and total.denominator == 1 else base ** float(total)


@rewrite("sum-of-like-terms", "add", "sub", keeps_nan=False)
def sum_of_like_terms(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """a x + b x -> (a + b) x for constants a and b; x + x -> 2 x."""
    if kind(op.results[0]) not in "iuf":
        return None
    (left, a), (right, b) = (_term(v) for v in op.operands)
    if left is not right or uniform(left) is not None:
        return None
    dtype = np.dtype(nd.dtype_of(left)).type
    with np.errstate(all="ignore"):
        total = dtype(dtype(a) + dtype(b)) if op.name == "nd.add" else dtype(dtype(a) - dtype(b))
    if not np.isfinite(total) or (op.name == "nd.sub" and a == b):
        return None
    term = rewriter.value(left)
    if total == 0:
        return rewriter.number(0, nd.dtype_of(left))
    if total == 1:
        return left
    return -term if kind(left) != "u" and total == -1 else term * total


def _term(value: SSAValue) -> tuple[SSAValue, Any]:
    """A value that is used only as a multiple, and its factor."""
    made: Any = value.owner
    if made.__class__ is _NEG and used_once(value):
        with np.errstate(all="ignore"):
            return made.operands[0], np.negative(np.array(1, nd.dtype_of(value)))[()]
    if made.__class__ is _MUL and used_once(value):
        for one, other in (made.operands, made.operands[::-1]):
            number = uniform(other)
            if number is not None and not nd.rank(other):
                return one, number
    return value, np.array(1, nd.dtype_of(value))[()]


_NEG, _MUL = nd.elementwise_class(ops.neg), nd.elementwise_class(ops.mul)

POWERS = (*ROOTS, *QUOTIENTS, product_of_powers, power_of_power, sum_of_like_terms)
