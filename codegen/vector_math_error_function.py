"""erf and erfc."""

from __future__ import annotations

from lamina.codegen.vector_math_coefficients import coefficients
from lamina.codegen.vector_math_exponential import (
    clamped,
    exp_minus_one,
    expm1_over,
    reduce,
    scaled,
    scaled_anywhere,
)
from lamina.codegen.vector_math_operations import estrin, fma, rare, where
from lamina.codegen.vector_math_trace import F32, Value

# Where the fit of erf ends; erf x rounds to 1 before.
ERF_END = 6.0
# erfc x rounds to 0 beyond.
ERFC_END = {"f64": 27.3, "f32": 10.1}
# For squares below this erfc in double precision is normal.
ERFC_NORMAL = 700.0
# Derivative of the erfc polynomial at q = -1. Only there does the rounding of q matter.
ERFC_SLOPE = 1.743


def erf(x: Value) -> Value:
    """Return the error function as ``1 - exp(-g)`` where ``g = x + x p(x)``.

    Since g is proportional to x near 0, expm1 keeps the relative accuracy there, and one polynomial
    serves the whole axis: where its powers of x grow large, the result does not depend on g.
    """
    a = clamped(x.magnitude(), None, ERF_END)
    g = fma(a, estrin(a, coefficients("erf", x.format)), a)
    return expm1_over(-g, 0).with_sign_of(x)


def erfc(x: Value) -> Value:
    """Return ``1 - erf x`` as ``exp(-x^2) p(q) / (1 + 2 |x|)``, ``q = (|x| - 4) / (|x| + 4)``.

    Form and substitution follow M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of
    (1 + 2x) exp(x^2) erfc x in 0 <= x < inf", Math. Comp. 36 (1981) 249.
    """
    a = clamped(x.magnitude(), None, ERFC_END[x.kind])
    y = _erfc(a) if x.kind == "f64" else _erfc_for_single(a.widen()).narrow()
    return where(x < 0.0, 2.0 - y, y)


def _erfc(a: Value) -> Value:
    """Return erfc a for a >= 0, with q, p, the quotient and a^2 each in two parts."""
    q_plus_one = (a + a) / (a + 4.0)
    q = q_plus_one - 1.0
    first, *others = coefficients("erfc", a.format)
    slope = estrin(q, others, last=1)
    p = fma(slope, q, first)
    p_low = fma(q_plus_one - (q + 1.0), ERFC_SLOPE, fma(slope, q, first - p))
    below = fma(a, 2.0, 1.0)
    below_low = fma(a, 2.0, 1.0 - below)
    reciprocal = 1.0 / below
    quotient = p * reciprocal
    lost = fma(-quotient, below, p) + fma(-quotient, below_low, p_low)
    # exp(-a^2) = 2^k (1 + e)
    square = a * a
    magic, r, r_low = reduce(-square)
    r_low = r_low - fma(a, a, -square)
    total = r + r_low
    e = exp_minus_one(total, (r - total) + r_low)
    y = quotient + fma(quotient, e, lost * reciprocal)
    return rare(~(square < ERFC_NORMAL), scaled(y, magic), lambda: scaled_anywhere(y, magic))


def _erfc_for_single(a: Value) -> Value:
    """Return erfc a for a >= 0 in double precision, by polynomials that suffice for single."""
    p = estrin((a - 4.0) / (a + 4.0), coefficients("erfc", F32))
    magic, r, _ = reduce(-(a * a))
    exponential = fma(estrin(r, coefficients("exp", F32)), r * r, r) + 1.0
    return scaled(exponential, magic) * (p / fma(a, 2.0, 1.0))
