"""Complex functions of C99 on pairs of doubles, for processors without a C library.

Signs and values at zeros, infinities and NaN are those of C99, annex G. A function of the square
i conj(z), parts exchanged, is the same function's hyperbolic kind: casinh(x + iy) = v + iu where
u + iv = casin(y + ix), and so for the tangents.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.primitive import call, mlir

Pair = tuple[Any, Any]

_INF, _PI = math.inf, math.pi
_LN2 = math.log(2.0)
_hypot, _copysign, _fma = call("hypot"), mlir("math.copysign"), mlir("math.fma")

# exp overflows above; half of it, twice, does not where sine or cosine are small.
_EXP_LIMIT = 709.0
# Above, squares overflow, and z + 1 is z: Hull, Fairgrieve and Tang's bound.
_LARGE = 1e153
_EPSILON = 2.0**-53


def _number(value: float, like: Any) -> Any:
    """A number as an operand, for a choice between two of them."""
    return nd.second(like, value)


def _infinite(x: Any) -> Any:
    return nd.eq(nd.abs(x), _INF)


def _not_finite(x: Any) -> Any:
    return nd.invert(nd.lt(nd.abs(x), _INF))


def _exp_times(x: Any, factor: Any) -> Any:
    """exp(x) factor, where exp(x) alone may overflow."""
    half = nd.exp(nd.switch(nd.gt(x, _EXP_LIMIT), x * 0.5, 0.0))
    return nd.switch(nd.gt(x, _EXP_LIMIT), half * factor * half, nd.exp(x) * factor)


def _exp(x: Any, y: Any) -> Pair:
    on_axis, no_direction = nd.eq(y, 0.0), _not_finite(y)
    u = nd.switch(on_axis, nd.exp(x), _exp_times(x, nd.cos(y)))
    v = nd.switch(on_axis, y, _exp_times(x, nd.sin(y)))
    vanishes = nd.and_(no_direction, nd.eq(x, -_INF))
    u = nd.switch(nd.and_(no_direction, nd.eq(x, _INF)), _INF, nd.switch(vanishes, 0.0, u))
    return u, nd.switch(vanishes, 0.0, v)


def _sinh(x: Any, y: Any) -> Pair:
    large = nd.gt(nd.abs(x), _EXP_LIMIT)
    sine, cosine = nd.sin(y), nd.cos(y)
    u = nd.switch(large, _exp_times(nd.abs(x), _copysign(cosine * 0.5, x) * nd.sign(cosine)),
                  nd.sinh(x) * cosine)  # fmt: skip
    v = nd.switch(large, _exp_times(nd.abs(x), sine * 0.5), nd.cosh(x) * sine)
    # what an infinite or NaN sine or cosine would spoil
    u = nd.switch(nd.and_(_infinite(x), _not_finite(y)), _INF, nd.switch(nd.eq(x, 0.0), x, u))
    on_axis = nd.eq(y, 0.0)
    return nd.switch(on_axis, nd.sinh(x), u), nd.switch(on_axis, y, v)


def _cosh(x: Any, y: Any) -> Pair:
    large = nd.gt(nd.abs(x), _EXP_LIMIT)
    sine, cosine = nd.sin(y), nd.cos(y)
    u = nd.switch(large, _exp_times(nd.abs(x), cosine * 0.5), nd.cosh(x) * cosine)
    v = nd.switch(large, _exp_times(nd.abs(x), _copysign(sine * 0.5, x) * nd.sign(sine)),
                  nd.sinh(x) * sine)  # fmt: skip
    u = nd.switch(nd.and_(_infinite(x), _not_finite(y)), _INF, u)
    v = nd.switch(nd.and_(nd.eq(x, 0.0), _not_finite(y)), x, v)
    on_axis = nd.eq(y, 0.0)
    return nd.switch(on_axis, nd.cosh(x), u), nd.switch(on_axis, _copysign(y * 0.0, x) * y, v)


def _tanh(x: Any, y: Any) -> Pair:
    """W. Kahan, "Branch cuts for complex elementary functions" (1987), ctanh."""
    large = nd.gt(nd.abs(x), 22.0)
    t, s = nd.tan(y), nd.sinh(nd.switch(large, 0.0, x))
    slope = 1.0 + t * t
    below = 1.0 + slope * s * s
    u = nd.switch(large, _copysign(1.0, x), slope * nd.sqrt(1.0 + s * s) * s / below)
    far = 4.0 * nd.sin(y) * nd.cos(y) * nd.exp(-2.0 * nd.abs(x))
    v = nd.switch(large, far, t / below)
    infinite, no_direction = _infinite(x), _not_finite(y)
    v = nd.switch(nd.and_(infinite, no_direction), 0.0, v)
    u = nd.switch(nd.and_(nd.eq(x, 0.0), no_direction), x, nd.switch(
        nd.and_(nd.and_(large, no_direction), nd.invert(infinite)), y - y, u))  # fmt: skip
    on_axis = nd.eq(y, 0.0)
    return nd.switch(on_axis, nd.tanh(x), u), nd.switch(on_axis, y, v)


def _sin(x: Any, y: Any) -> Pair:
    u, v = _sinh(-y, x)
    return v, -u


def _cos(x: Any, y: Any) -> Pair:
    return _cosh(-y, x)


def _tan(x: Any, y: Any) -> Pair:
    u, v = _tanh(-y, x)
    return v, -u


def _scales(x: Any, y: Any) -> Pair:
    """A factor that keeps |z| from overflowing and losing digits, and its square root's inverse."""
    size, one = _hypot(x * 0.5, y * 0.5), _number(1.0, x)
    large, small = nd.gt(size, 2.0**1000), nd.lt(size, 2.0**-900)
    return (
        nd.switch(large, 2.0**-100, nd.switch(small, 2.0**100, one)),
        nd.switch(large, 2.0**50, nd.switch(small, 2.0**-50, one)),
    )


def _log_size(x: Any, y: Any) -> Any:
    """log |z| without losing digits where |z| is about 1."""
    a, b = nd.abs(x), nd.abs(y)
    a, b = nd.maximum(a, b), nd.minimum(a, b)
    # |z|^2 - 1 in two doubles: exact squares by fma, and a^2 - 1 is exact.
    aa, bb = a * a, b * b
    aa_rest, bb_rest = _fma(a, a, -aa), _fma(b, b, -bb)
    first = aa - 1.0
    whole = first + bb
    other = whole - first
    rest = (first - (whole - other)) + (bb - other)
    near = nd.and_(nd.gt(aa, 0.5), nd.lt(aa + bb, 2.0))
    close = 0.5 * nd.log1p(nd.switch(near, whole + (rest + (aa_rest + bb_rest)), 0.0))
    scale, _ = _scales(x, y)
    return nd.switch(near, close, nd.log(_hypot(x * scale, y * scale)) - nd.log(scale))


def _log(x: Any, y: Any) -> Pair:
    return _log_size(x, y), nd.arctan2(y, x)


def _sqrt(x: Any, y: Any) -> Pair:
    scale, back = _scales(x, y)
    a, b = x * scale, y * scale
    t = nd.sqrt(0.5 * (_hypot(a, b) + nd.abs(a)))
    other = b / (2.0 * t)
    right = nd.ge(x, 0.0)
    u = nd.switch(right, t, nd.abs(other)) * back
    v = nd.switch(right, other, _copysign(t, y)) * back
    not_a_number = nd.neq(x, x)
    u, v = nd.switch(not_a_number, x, u), nd.switch(not_a_number, x, v)
    zero, up = nd.eq(t, 0.0), _infinite(y)
    return (
        nd.switch(zero, 0.0, nd.switch(up, _INF, u)),
        nd.switch(nd.or_(zero, up), y, v),
    )


def _arc(x: Any, y: Any) -> tuple[Any, Any, Any]:
    """For x, y >= 0 the real parts of asin and acos, and the imaginary part of asin.

    T. E. Hull, T. F. Fairgrieve and P. T. P. Tang, "Implementing the complex arcsine and arccosine
    functions using exception handling", ACM TOMS 23 (1997) 299.
    """
    large = nd.invert(nd.le(_hypot(x, y), _LARGE))
    a_x, a_y = nd.switch(large, 1.0, x), nd.switch(large, 1.0, y)
    r, s = _hypot(a_x + 1.0, a_y), _hypot(a_x - 1.0, a_y)
    a = 0.5 * (r + s)
    b = a_x / a
    inside = nd.le(a_x, 1.0)
    yy = a_y * a_y
    right = r + (a_x + 1.0)
    left = nd.switch(inside, s + (1.0 - a_x), s + (a_x - 1.0))
    # the square root of a^2 - x^2
    leg = nd.switch(
        inside,
        nd.sqrt(0.5 * (a + a_x) * (yy / right + left)),
        a_y * nd.sqrt(0.5 * ((a + a_x) / right + (a + a_x) / left)),
    )
    steep = nd.gt(b, 0.6417)
    asin = nd.switch(steep, nd.arctan2(a_x, leg), nd.arcsin(nd.minimum(b, 1.0)))
    acos = nd.switch(steep, nd.arctan2(leg, a_x), nd.arccos(nd.minimum(b, 1.0)))
    less = nd.lt(a_x, 1.0)
    below = nd.switch(less, yy / left, left)
    a_1 = 0.5 * (yy / right + below)
    size = nd.switch(
        nd.le(a, 1.5),
        nd.log1p(a_1 + nd.sqrt(a_1 * (a + 1.0))),
        nd.log(a + nd.sqrt(nd.maximum(a * a - 1.0, 0.0))),
    )
    # where y^2 underflows, or a is x to the last digit
    flat = nd.le(a_y, _EPSILON * nd.abs(a_x - 1.0))
    out = nd.sqrt((nd.abs(a_x - 1.0)) * (a_x + 1.0))
    size = nd.switch(nd.and_(flat, less), a_y / out, size)
    size = nd.switch(
        nd.and_(flat, nd.and_(nd.gt(a_x, 1.0), nd.le(a, 1.5))), nd.log1p((a_x - 1.0) + out), size
    )
    at_branch = nd.and_(nd.eq(a_x, 1.0), nd.lt(a_y, 1e-30))
    size = nd.switch(at_branch, nd.sqrt(a_y), size)
    asin = nd.switch(large, nd.arctan2(x, y), asin)
    acos = nd.switch(large, nd.arctan2(y, x), acos)
    return asin, acos, nd.switch(large, _LN2 + _log_size(x, y), size)


def _asin(x: Any, y: Any) -> Pair:
    asin, _, size = _arc(nd.abs(x), nd.abs(y))
    return nd.switch(nd.eq(x, 0.0), x, _copysign(asin, x)), _copysign(size, y)


def _acos(x: Any, y: Any) -> Pair:
    _, acos, size = _arc(nd.abs(x), nd.abs(y))
    u = nd.switch(nd.lt(_copysign(1.0, x), 0.0), _PI - acos, acos)
    u = nd.switch(nd.eq(x, 0.0), 0.5 * _PI, nd.switch(nd.neq(x, x), x, u))
    return u, -_copysign(size, y)


def _asinh(x: Any, y: Any) -> Pair:
    u, v = _asin(y, x)
    return v, u


def _acosh(x: Any, y: Any) -> Pair:
    u, v = _acos(x, y)
    return nd.abs(v), _copysign(u, y)


def _atanh(x: Any, y: Any) -> Pair:
    a, b = nd.abs(x), nd.abs(y)
    size = _hypot(a, b)
    large = nd.invert(nd.le(size, _LARGE))
    a_x, a_y = nd.switch(large, 1.0, a), nd.switch(large, 1.0, b)
    distance = _hypot(1.0 - a_x, a_y)
    close = 0.5 * (_LN2 + 0.5 * nd.log(a_x) - nd.log(distance))
    usual = 0.25 * nd.log1p(4.0 * a_x / (distance * distance))
    u = nd.switch(nd.lt(distance, 1e-8), close, usual)
    v = 0.5 * nd.arctan2(2.0 * a_y, (1.0 - a_x) * (1.0 + a_x) - a_y * a_y)
    # 1/z, where it does not underflow
    far = nd.switch(_infinite(size), 0.0, a / size / size)
    u = nd.switch(large, far, u)
    quarter = nd.switch(_infinite(b), 0.5 * _PI, nd.switch(nd.neq(a, a), a, b * 0.0 + 0.5 * _PI))
    v = nd.switch(large, quarter, v)
    u = nd.switch(nd.eq(x, 0.0), a, u)
    return _copysign(u, x), _copysign(v, y)


def _atan(x: Any, y: Any) -> Pair:
    u, v = _atanh(y, x)
    return v, u


def _pow(ar: Any, ai: Any, br: Any, bi: Any) -> Pair:
    u, v = _log(ar, ai)
    return _exp(br * u - bi * v, br * v + bi * u)


# By C's names; `cpow` takes two pairs.
FORMULAS: dict[str, Callable[..., Pair]] = {
    "cacos": _acos, "cacosh": _acosh, "casin": _asin, "casinh": _asinh, "catan": _atan,
    "catanh": _atanh, "ccos": _cos, "ccosh": _cosh, "cexp": _exp, "clog": _log, "cpow": _pow,
    "csin": _sin, "csinh": _sinh, "csqrt": _sqrt, "ctan": _tan, "ctanh": _tanh,
}  # fmt: skip
