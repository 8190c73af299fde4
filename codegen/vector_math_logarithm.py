"""log, log2, log10 and log1p, and the inverse hyperbolic functions and softplus made of them."""

from __future__ import annotations

from collections.abc import Callable

from lamina.codegen.vector_math_coefficients import coefficients
from lamina.codegen.vector_math_exponential import NEGLIGIBLE_SQUARE, exp_of_negative
from lamina.codegen.vector_math_operations import by_libm, estrin, fma, rare, where
from lamina.codegen.vector_math_trace import F64, Value

# Sums of two numbers of the format. The first one of LN2 and of LOG10_2 has so few bits that its
# product with every exponent k is exact.
LN2 = {"f64": (0.6931471805598903, 5.497923018708371e-14), "f32": (0.69314575, 1.4286068e-06)}
LOG10_2 = {"f64": (0.30102999566395283, 2.8363394551044964e-14), "f32": (0.3010254, 4.605039e-06)}
LOG2_E = {"f64": (1.4426950408889634, 2.0355273740931033e-17), "f32": (1.442695, 1.925963e-08)}
LOG10_E = {"f64": (0.4342944819032518, 1.098319650216765e-17), "f32": (0.4342945, -1.010305e-08)}
SMALLEST_NORMAL = {"f64": 2.0**-1022, "f32": 2.0**-126}
# Multiplication by this makes subnormal numbers normal.
LIFT = {"f64": 54, "f32": 25}
INFINITY = float("inf")
NAN = float("nan")


def split(x: Value) -> tuple[Value, Value, Value]:
    """Write a positive normal x as ``2^k m`` with m between sqrt(1/2) and sqrt(2).

    Returns
    -------
    k : Value
        The exponent as a float.
    m : Value
        The rest.
    biased : Value
        The integer ``k + bias + 1``, never negative.
    """
    f = x.format
    root_half = 0x3FE6A09E667F3BCD if f is F64 else 0x3F3504F3
    offset = f.bias + 1
    bits = x.bits()
    biased = (bits + ((offset << f.fraction) - root_half)) >> f.fraction
    k = (biased + (f.magic_bits - offset)).real() - f.magic
    m = ((bits + (offset << f.fraction)) - (biased << f.fraction)).real()
    return k, m, biased


def _series(f: Value, name: str = "atanh") -> tuple[Value, Value]:
    """Return s and R of ``log(1 + f) = 2 atanh s = f - s (f - R)``, where ``s = f / (2 + f)``."""
    s = f / (f + 2.0)
    z = s * s
    return s, z * estrin(z, coefficients(name, f.format))


def _natural(k: Value, f: Value, low: Value | None = None) -> Value:
    """Return ``k ln 2 + log(1 + f) + low``."""
    high, rest = LN2[f.kind]
    s, series = _series(f)
    head = fma(k, rest, f) if low is None else fma(k, rest, low) + f
    return fma(k, high, fma(-s, f - series, head))


def _in_base(
    k: Value, f: Value, per_octave: tuple[float, float], factor: tuple[float, float]
) -> Value:
    """Return ``k per_octave + log(1 + f) factor`` with the sum and both products in two parts."""
    s, series = _series(f)
    # f - s (f - R) = f - f^2 / 2 + s (f^2 / 2 + R), whose last term is small
    half = f * f * 0.5
    head = f - half
    tail = fma(s, half + series, (f - head) - half)
    product = head * factor[0]
    rest = fma(head, factor[0], -product) + fma(head, factor[1], tail * factor[0])
    start = k * per_octave[0]
    total = start + product
    lost = (start - total) + product
    return total + (lost + fma(k, per_octave[1], rest))


def _logarithm(x: Value, finish: Callable[[Value, Value], Value]) -> Value:
    """Return the logarithm that ``finish(k, m - 1)`` gives for ``x = 2^k m``, for every x."""
    kind = x.kind
    k, m, _ = split(x)

    def otherwise() -> Value:
        subnormal = x < SMALLEST_NORMAL[kind]
        k, m, _ = split(where(subnormal, x * 2.0 ** LIFT[kind], x))
        y = finish(where(subnormal, k - LIFT[kind], k), m - 1.0)
        y = where(x.equals(0.0), -INFINITY, y)
        y = where(x.equals(INFINITY), x, y)
        return where(x.compare("ult", 0.0), NAN, y)

    ordinary = (x >= SMALLEST_NORMAL[kind]) & (x < INFINITY)
    return rare(~ordinary, finish(k, m - 1.0), otherwise)


def log(x: Value) -> Value:
    """Return the natural logarithm."""
    return _logarithm(x, _natural)


def log2(x: Value) -> Value:
    """Return the logarithm to base 2, exact for powers of 2."""
    return _logarithm(x, lambda k, f: _in_base(k, f, (1.0, 0.0), LOG2_E[f.kind]))


def log10(x: Value) -> Value:
    """Return the logarithm to base 10, exact for powers of 10."""
    return _logarithm(x, lambda k, f: _in_base(k, f, LOG10_2[f.kind], LOG10_E[f.kind]))


def log_of_one_plus(x: Value, low: Value | None = None) -> Value:
    """Return ``log(1 + x + low)`` for finite x > -1; the sign of zero is lost."""
    form = x.format
    u = x + 1.0
    k, m, biased = split(u)
    whole = k.equals(0.0)
    f = where(whole, x, m - 1.0)
    # What u lost to rounding, as a part of m. The factor 2^(1 - k) is 0 for the largest k.
    back = u - x
    lost = where(whole, 0.0, (x - (u - back)) + (1.0 - back))
    if low is not None:
        lost = lost + low
    scale = ((biased.constant(2 * form.bias + 2) - biased) << form.fraction).real()
    # log(1 + f + d) = log(1 + f) + d / (1 + f), where d is so small that 1 / (1 + f) to 1 % will do
    half_reciprocal = fma(fma(f, 0.46, -0.5), f, 0.5)
    return _natural(k, f, lost * scale * half_reciprocal)


def log1p(x: Value) -> Value:
    """Return ``log(1 + x)``."""
    y = log_of_one_plus(x).with_sign_of(x)

    def otherwise() -> Value:
        special = where(x.equals(INFINITY), x, NAN)
        return where(x.equals(-1.0), -INFINITY, special)

    return rare(~((x > -1.0) & (x < INFINITY)), y, otherwise)


def softplus(x: Value) -> Value:
    """Return ``log(1 + exp x) = max(x, 0) + log(1 + exp(-|x|))``."""
    e = exp_of_negative(-x.magnitude())
    s, series = _series(e, "atanh_wide")
    return where(x < 0.0, 0.0, x) + fma(-s, e - series, e)


def softplus_by_libm(x: Value) -> Value:
    """Return the same from libm's functions, for processors without fused multiply-add."""
    negative = x < 0.0
    e = by_libm("exp", negative, -x.magnitude())
    return where(negative, 0.0, x) + by_libm("log1p", negative, e)


# From here on sqrt(x^2 + 1) = sqrt(x^2 - 1) = x. Squares of smaller numbers do not overflow.
DWARFS_ONE = {"f64": 2.0**60, "f32": 2.0**30}


def _log_of_one_plus_or_twice(
    x: Value, first: Value, second: Value, third: Value | None = None
) -> Value:
    """Return the logarithm of 1 and three numbers, or of 2 x if x is so large that they overflow.

    The third number is tiny.
    """
    high, low = LN2[x.kind]
    large = x > DWARFS_ONE[x.kind]
    inner = first + second
    back = inner - first
    lost = (first - (inner - back)) + (second - back)
    if third is not None:
        lost = lost + third
    y = log_of_one_plus(where(large, x, inner), where(large, 0.0, lost))
    y = where(large, y + (high + low), y)
    return where(x.equals(INFINITY), x, y)


def asinh(x: Value) -> Value:
    """Return the inverse hyperbolic sine, ``log(1 + |x| + x^2 / (1 + sqrt(x^2 + 1)))``."""
    a = x.magnitude()
    square = a * a
    y = _log_of_one_plus_or_twice(a, a, square / ((square + 1.0).sqrt() + 1.0))
    return where(a < NEGLIGIBLE_SQUARE[x.kind], x, y.with_sign_of(x))


def acosh(x: Value) -> Value:
    """Return the inverse hyperbolic cosine, ``log(1 + t + sqrt(2 t + t^2))`` with ``t = x - 1``."""
    t = x - 1.0
    square = fma(t, t, t + t)
    root = square.sqrt()
    # the root of what square and root have lost
    rest = (fma(-root, root, square) + fma(t, t, (t + t) - square)) / (root + root)
    y = _log_of_one_plus_or_twice(x, t, root, where(x.equals(1.0), 0.0, rest))
    return where(x.compare("ult", 1.0), NAN, y)


def atanh(x: Value) -> Value:
    """Return the inverse hyperbolic tangent, ``log(1 + 2 |x| / (1 - |x|)) / 2``."""
    a = x.magnitude()
    twice = a + a
    quotient = where(a < 0.5, twice * a, twice) / (1.0 - a)
    inner = where(a < 0.5, twice + quotient, quotient)
    y = log_of_one_plus(inner) * 0.5
    y = where(a < NEGLIGIBLE_SQUARE[x.kind], a, where(a.equals(1.0), INFINITY, y))
    return where(a.compare("ugt", 1.0), NAN, y.with_sign_of(x))
