"""exp and what is built on it: exp2, expm1, the hyperbolic functions, sigmoid and softplus."""

from __future__ import annotations

from lamina.codegen.vector_math_coefficients import coefficients
from lamina.codegen.vector_math_operations import by_libm, estrin, fma, rare, where
from lamina.codegen.vector_math_trace import F64, Value

LOG2_E = 1.4426950408889634
# ln 2 as a sum of two numbers of the format. k * LN2_HIGH for the integers k that occur cancels
# against x without error: both are multiples of 2^-53 (f32: 2^-24) and the difference is below 1/2.
LN2 = {"f64": (0.6931471805599453, 2.3190468138462996e-17), "f32": (0.6931472, -1.9046542e-09)}


def reduce(x: Value) -> tuple[Value, Value, Value]:
    """Write x as ``k ln 2 + r + r_low``.

    Returns
    -------
    magic : Value
        The float whose low bits are the integer k.
    r : Value
        At most a little more than half of ln 2 in size.
    r_low : Value
        What r lost to rounding.
    """
    f = x.format
    high, low = LN2[f.name]
    magic = fma(x, LOG2_E, f.magic)
    k = magic - f.magic
    exact = fma(k, -high, x)
    r = fma(k, -low, exact)
    return magic, r, fma(k, -low, exact - r)


def _exp_minus_one_minus(r: Value) -> Value:
    """Return ``(exp r - 1 - r) / r^2``."""
    return estrin(r, coefficients("exp", r.format))


def exp_minus_one(r: Value, r_low: Value | None = None) -> Value:
    """Return ``exp(r + r_low) - 1`` for the r of `reduce`."""
    if r_low is None:
        return fma(_exp_minus_one_minus(r), r * r, r)
    return r + fma(_exp_minus_one_minus(r), r * r, r_low)


def scaled(p: Value, magic: Value) -> Value:
    """Return ``p 2^k`` where p and the result are normal: k is added to the exponent of p."""
    return (p.bits() + (magic.bits() << p.format.fraction)).real()


def scaled_anywhere(p: Value, magic: Value) -> Value:
    """Return ``p 2^k``, rounded once, also where it overflows or is subnormal."""
    f = p.format
    biased = magic.bits() - (f.magic_bits - 2 * f.bias)
    half = biased >> 1
    return p * (half << f.fraction).real() * ((biased - half) << f.fraction).real()


def clamped(x: Value, low: float | None, high: float | None) -> Value:
    """Limit x and let NaN through."""
    if high is not None:
        x = where(x > high, high, x)
    if low is not None:
        x = where(x < low, low, x)
    return x


# exp overflows above the second number and rounds to 0 below the first.
RANGE = {"f64": (-746.0, 710.0), "f32": (-104.0, 89.0)}
# In absolute value below this, exp x and a number of its size are normal.
NORMAL = {"f64": 708.0, "f32": 87.0}
# expm1 rounds to -1 below minus this, and tanh x to 1 above half of it.
SATURATED = {"f64": 40.0, "f32": 20.0}
# x + x^2 rounds to x
NEGLIGIBLE_SQUARE = {"f64": 2.0**-54, "f32": 2.0**-25}


def exp(x: Value) -> Value:
    """Return e to the power x."""
    kind = x.kind
    magic, r, _ = reduce(clamped(x, *RANGE[kind]))
    p = exp_minus_one(r) + 1.0
    return rare(
        ~(x.magnitude() < NORMAL[kind]),
        scaled(p, magic),
        lambda: scaled_anywhere(p, magic),
    )


def exp_of_negative(x: Value) -> Value:
    """Return exp x for x <= 0 or NaN."""
    kind = x.kind
    magic, r, _ = reduce(clamped(x, RANGE[kind][0], None))
    p = exp_minus_one(r) + 1.0
    return rare(~(x > -NORMAL[kind]), scaled(p, magic), lambda: scaled_anywhere(p, magic))


def exp2(x: Value) -> Value:
    """Return 2 to the power x."""
    f = x.format
    low, high = {"f64": (-1080.0, 1025.0), "f32": (-152.0, 129.0)}[x.kind]
    magic = clamped(x, low, high) + f.magic
    r = clamped(x, low, high) - (magic - f.magic)
    p = fma(estrin(r, coefficients("exp2", f), last=1), r, 1.0)
    return rare(
        ~(x.magnitude() < (1021.0 if f is F64 else 125.0)),
        scaled(p, magic),
        lambda: scaled_anywhere(p, magic),
    )


def expm1_parts(x: Value, shift: int) -> tuple[Value, Value]:
    """Return two parts of ``(exp x - 1) / 2^shift``, for x above -50 with ``2^(k - shift)`` finite.

    With ``s = 2^(k - shift)`` it is ``(s - 2^-shift) + s (exp r - 1)``. The sum with s r, the
    larger part of the second term, is made exact by its error term.
    """
    magic, r, r_low = reduce(x)
    s = _power_of_two(magic, shift)
    ones = s - 0.5**shift
    head = fma(s, r, ones)
    error = fma(s, r, ones - head)
    tail = fma(_exp_minus_one_minus(r), r * r, r_low)
    return head, fma(s, tail, error)


def expm1_over(x: Value, shift: int) -> Value:
    """Return the rounded sum of `expm1_parts`."""
    large, small = expm1_parts(x, shift)
    return large + small


def _power_of_two(magic: Value, shift: int) -> Value:
    """Return ``2^(k - shift)``."""
    f = magic.format
    return ((magic.bits() - (f.magic_bits - f.bias + shift)) << f.fraction).real()


def expm1(x: Value) -> Value:
    """Return ``exp x - 1``."""
    kind = x.kind
    y = expm1_over(clamped(x, -SATURATED[kind], RANGE[kind][1]), 1)
    return where(x.magnitude() < NEGLIGIBLE_SQUARE[kind], x, y + y)


def tanh(x: Value) -> Value:
    """Return the hyperbolic tangent, from ``h = expm1(2 |x|) / 2``.

    It is ``h / (h + 1)``, written ``h - h q`` with ``q = h / (h + 1)`` where it is small, so that
    the roundings of q and h + 1 matter little, and ``1 - 1 / (h + 1)`` elsewhere.
    """
    a = clamped(x.magnitude(), None, SATURATED[x.kind] / 2)
    h = expm1_over(a + a, 1)
    small = a < 0.55
    q = where(small, h, 1.0) / (h + 1.0)
    y = where(small, fma(-h, q, h), 1.0 - q)
    return where(a < NEGLIGIBLE_SQUARE[x.kind], x, y.with_sign_of(x))


# sinh and cosh overflow below this, where 2^(k - 2) is still finite.
HYPERBOLIC_RANGE = {"f64": 710.6, "f32": 89.6}


def sinh(x: Value) -> Value:
    """Return the hyperbolic sine, ``2 (h + h / (4 h + 1))`` with ``h = expm1(|x|) / 4``."""
    a = x.magnitude()
    large, small = expm1_parts(clamped(a, None, HYPERBOLIC_RANGE[x.kind]), 2)
    h = large + small
    lost = (large - h) + small
    y = h + (h / fma(h, 4.0, 1.0) + lost)
    return where(a < NEGLIGIBLE_SQUARE[x.kind], x, (y + y).with_sign_of(x))


def cosh(x: Value) -> Value:
    """Return the hyperbolic cosine, ``2 (h + 1 / (16 h))`` with ``h = exp(|x|) / 4``."""
    magic, r, _ = reduce(clamped(x.magnitude(), None, HYPERBOLIC_RANGE[x.kind]))
    s = _power_of_two(magic, 2)
    h = fma(s, exp_minus_one(r), s)
    y = h + 0.0625 / h
    return y + y


def sigmoid(x: Value) -> Value:
    """Return ``1 / (1 + exp(-x))``; with e = exp(-|x|) neither side loses its small numbers."""
    e = exp_of_negative(-x.magnitude())
    negative = x < 0.0
    q = where(negative, e, 1.0) / (e + 1.0)
    return where(negative, fma(-e, q, e), q)


def sigmoid_by_libm(x: Value) -> Value:
    """Return the same from libm's exp, for processors without fused multiply-add."""
    negative = x < 0.0
    e = by_libm("exp", negative, -x.magnitude())
    return where(negative, e, 1.0) / (e + 1.0)
