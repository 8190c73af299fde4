"""sin, cos, tan and their inverses."""

from __future__ import annotations

from collections.abc import Callable

from lamina.codegen.vector_math_coefficients import coefficients
from lamina.codegen.vector_math_operations import by_libm, estrin, fma, rare, where
from lamina.codegen.vector_math_trace import F64, Value

TWO_OVER_PI = 0.6366197723675814
# pi / 2 as a sum of three numbers of the format
HALF_PI = {
    "f64": (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33),
    "f32": (1.5707964, -4.371139e-08, -1.7151245e-15),
}
# Up to here three parts of pi / 2 are enough, and rounding x * 2 / pi leaves r below 0.786.
REDUCIBLE = {"f64": 2.0**36, "f32": 2.0**15}
# sin x rounds to x below this.
NEGLIGIBLE_CUBE = {"f64": 2.0**-27, "f32": 2.0**-12}


def _reduce(x: Value) -> tuple[Value, Value, Value]:
    """Write x as ``n pi / 2 + r + r_low``, and return n (modulo 4 in its low bits), r, r_low.

    The first product cancels against x without error (Sterbenz); the others are kept in two parts.
    """
    f = x.format
    high, middle, low = HALF_PI[x.kind]
    magic = fma(x, TWO_OVER_PI, f.magic)
    n = magic - f.magic
    first = fma(n, -high, x)
    product = n * middle
    rest = fma(n, middle, -product)
    second = first - product
    error = ((first - second) - product) - fma(n, low, rest)
    r = second + error
    return magic.bits(), r, (second - r) + error


def _sin_kernel(r: Value, r_low: Value, z: Value) -> tuple[Value, Value]:
    """Return sin of ``r + r_low`` as a sum of a large and a small part."""
    first, *others = coefficients("sin", r.format)
    cube = z * r
    tail = fma(z, fma(cube, estrin(z, others), r_low * -0.5), r_low)
    return r, fma(cube, first, tail)


def _cos_kernel(r: Value, r_low: Value, z: Value) -> tuple[Value, Value]:
    """Return cos of ``r + r_low`` as a sum of a large and a small part."""
    half = z * 0.5
    head = 1.0 - half
    tail = fma(z * z, estrin(z, coefficients("cos", r.format)), -(r * r_low))
    return head, ((1.0 - head) - half) + tail


def _sum(parts: tuple[Value, Value]) -> Value:
    return parts[0] + parts[1]


def _by_quadrant(x: Value, turn: int) -> Value:
    """Return ``sin(x + turn pi / 2)`` for x that `_reduce` can reduce."""
    quadrant, r, r_low = _reduce(x)
    if turn:
        quadrant = quadrant + turn
    z = r * r
    sine, cosine = _sum(_sin_kernel(r, r_low, z)), _sum(_cos_kernel(r, r_low, z))
    y = where((quadrant & 1).equals(0), sine, cosine)
    sign = (quadrant & 2) << (x.format.fraction + (10 if x.format is F64 else 7))
    return (y.bits() ^ sign).real()


def _far(x: Value, function: str, again: Callable[[Value], Value], y: Value) -> Value:
    """Return y, but libm's `function` for x too large to be reduced here.

    Single precision is first tried again in double.
    """
    far = ~(x.magnitude() <= REDUCIBLE[x.kind])
    if x.kind == "f32":
        return rare(far, y, lambda: again(x.widen()).narrow())
    return rare(far, y, lambda: by_libm(function, far, x))


def sin(x: Value) -> Value:
    """Return the sine."""
    y = where(x.magnitude() < NEGLIGIBLE_CUBE[x.kind], x, _by_quadrant(x, 0))
    return _far(x, "sin", sin, y)


def cos(x: Value) -> Value:
    """Return the cosine."""
    return _far(x, "cos", cos, _by_quadrant(x, 1))


def tan(x: Value) -> Value:
    """Return the tangent: ``sin r / cos r`` in even quadrants, ``-cos r / sin r`` in odd ones.

    Numerator and denominator are in two parts, and the quotient is corrected once.
    """
    quadrant, r, r_low = _reduce(x)
    z = r * r
    sine, cosine = _rounded(*_sin_kernel(r, r_low, z)), _rounded(*_cos_kernel(r, r_low, z))
    even = (quadrant & 1).equals(0)
    above, above_low = (where(even, s, -c) for s, c in zip(sine, cosine, strict=True))
    below, below_low = (where(even, c, s) for s, c in zip(sine, cosine, strict=True))
    reciprocal = 1.0 / below
    q = above * reciprocal
    rest = fma(-q, below, above) + fma(-q, below_low, above_low)
    y = where(x.magnitude() < NEGLIGIBLE_CUBE[x.kind], x, fma(rest, reciprocal, q))
    return _far(x, "tan", tan, y)


def _rounded(large: Value, small: Value) -> tuple[Value, Value]:
    """Return the rounded sum of two parts and what it lost."""
    total = large + small
    return total, (large - total) + small


def _asin_excess(s: Value, z: Value) -> Value:
    """Return ``asin s - s`` for s up to 1/2, where z is the square of s."""
    return s * z * estrin(z, coefficients("asin", s.format))


def asin(x: Value) -> Value:
    """Return the inverse sine; above 1/2 from ``pi / 2 - 2 asin sqrt((1 - x) / 2)``."""
    a = x.magnitude()
    high, low, _ = HALF_PI[x.kind]
    large = a > 0.5
    z = where(large, fma(a, -0.5, 0.5), a * a)
    s = where(large, z.sqrt(), a)
    excess = _asin_excess(s, z)
    complement = fma(s, -2.0, high)
    lost = fma(s, -2.0, high - complement)
    outer = complement + (lost + fma(excess, -2.0, low))
    return where(large, outer, s + excess).with_sign_of(x)


def acos(x: Value) -> Value:
    """Return the inverse cosine, ``pi / 2 - asin x`` or ``2 asin sqrt((1 - |x|) / 2)``."""
    a = x.magnitude()
    high, low, _ = HALF_PI[x.kind]
    large = a > 0.5
    z = where(large, fma(a, -0.5, 0.5), a * a)
    s = where(large, z.sqrt(), x)
    y = s + _asin_excess(s, z)
    # pi - 2 y for x < -1/2, 2 y for x > 1/2, pi / 2 - y for the rest
    twice = y + y
    outer = where(x < 0.0, 2 * high - (twice - 2 * low), twice)
    return where(large, outer, high - (y - low))


def _atan_excess(t: Value) -> Value:
    """Return ``atan t - t`` for t up to 1."""
    z = t * t
    return t * z * estrin(z, coefficients("atan", t.format))


def _atan(t: Value, complement: Value) -> Value:
    """Return atan t, or pi / 2 minus that in the lanes of `complement`."""
    high, low, _ = HALF_PI[t.kind]
    excess = _atan_excess(t)
    return where(complement, (high - t) + (low - excess), t + excess)


def atan(x: Value) -> Value:
    """Return the inverse tangent; above 1 from ``pi / 2 - atan(1 / x)``."""
    a = x.magnitude()
    large = a > 1.0
    return _atan(where(large, 1.0 / a, a), large).with_sign_of(x)


def atan2(y: Value, x: Value) -> Value:
    """Return the angle of the point (x, y), with C's results for zeros and infinities."""
    high, low, _ = HALF_PI[x.kind]
    ax, ay = x.magnitude(), y.magnitude()
    steep = ay > ax
    small, large = where(steep, ax, ay), where(steep, ay, ax)
    # 0 / 0 counts as 0 and infinity / infinity as 1
    t = where(large.equals(0.0), 0.0, small / large)
    t = where(small.equals(float("inf")), 1.0, t)
    angle = _atan(t, steep)
    left = x.bits().compare("slt", 0)
    angle = where(left, 2 * high - (angle - 2 * low), angle)
    return where(x.compare("uno", y), x + y, angle.with_sign_of(y))
