"""pow and cbrt."""

from __future__ import annotations

from lamina.codegen.vector_math_coefficients import coefficients
from lamina.codegen.vector_math_exponential import LN2 as WHOLE_LN2
from lamina.codegen.vector_math_exponential import scaled
from lamina.codegen.vector_math_logarithm import INFINITY, LN2, NAN, SMALLEST_NORMAL, split
from lamina.codegen.vector_math_operations import by_libm, estrin, fma, lookup, rare, where
from lamina.codegen.vector_math_trace import F64, Value

# ln 2 / 16 as a sum of two doubles
STEP = (WHOLE_LN2["f64"][0] / 16, WHOLE_LN2["f64"][1] / 16)
# The table of reciprocals begins with the interval above this, 45/64.
FIRST_INTERVAL = 0x3FE6_8000_0000_0000
# If |y log x| is below the first number, the result is normal; above the second 0 or infinite.
NORMAL, CERTAIN = 708.0, 750.0


def pow(x: Value, y: Value) -> Value:
    """Return x to the power y, with C's results for zeros, infinities, NaN and negative x."""
    if x.kind == "f32":
        return _pow_for_single(x.widen(), y.widen()).narrow()
    return pow_by_log(x, y, *_log_parts(x.magnitude()))


def log_high(x: Value) -> Value:
    """Return the first part of log \\|x\\|, for normal x, that `pow_by_log` takes."""
    return _log_parts(x.magnitude())[0]


def log_low(x: Value) -> Value:
    """Return what is left of log \\|x\\|."""
    return _log_parts(x.magnitude())[1]


def pow_by_log(x: Value, y: Value, high: Value, low: Value) -> Value:
    """Return x to the power y, given `log_high` and `log_low` of x; the bits are those of `pow`."""
    ax = x.magnitude()
    # y log x in two parts, then 2^(n / 16) exp r
    product = y * high
    product_low = fma(y, low, fma(y, high, -product))
    magic = fma(product, 1.0 / STEP[0], F64.magic)
    n = magic - F64.magic
    r = fma(n, -STEP[0], product) + fma(n, -STEP[1], product_low)
    excess = fma(estrin(r, coefficients("exp_near", F64)), r * r, r)
    result = _times_power(excess, magic.bits())
    size = product.magnitude()

    def otherwise() -> Value:
        # C's pow rounds subnormal results once.
        hard = (ax < SMALLEST_NORMAL["f64"]) | (size >= NORMAL) & (size < CERTAIN)
        extreme = where(product > 0.0, INFINITY, result.constant(0.0))
        magnitude = where(size >= CERTAIN, extreme, result)
        magnitude = rare(hard, magnitude, lambda: by_libm("pow", hard, ax, y))
        return _special(x, y, magnitude)

    ordinary = (x >= SMALLEST_NORMAL["f64"]) & (x < INFINITY) & (size < NORMAL)
    return rare(~ordinary, result, otherwise)


def _table(index: Value, name: str) -> Value:
    return lookup(index, name, coefficients(name, F64))


def _intervals(x: Value) -> tuple[Value, Value, Value]:
    """Write a positive normal x as ``2^k m``, m from 45/64 to 45/32, and find the interval of m.

    Returns
    -------
    k, interval, f : Value
        The exponent as a float, the number 0 to 15, and ``m c - 1`` without error, where c is the
        table's approximation of 1 / m.
    """
    bits = x.bits()
    offset = F64.bias + 1
    shifted = bits + ((offset << 52) - FIRST_INTERVAL)
    biased = shifted >> 52
    k = (biased + (F64.magic_bits - offset)).real() - F64.magic
    interval = (shifted >> 48) & 15
    m = ((bits + (offset << 52)) - (biased << 52)).real()
    return k, interval, fma(m, _table(interval, "reciprocal"), -1.0)


def _log_parts(x: Value) -> tuple[Value, Value]:
    """Return log x, for normal x > 0, to some 67 bits in two parts.

    It is ``k ln 2 - log c + f - f^2 / 2 + f^3 (...)``. The first sum is exact, the next two and the
    square are in two parts, and the cube is small enough for one.
    """
    k, interval, f = _intervals(x)
    start = fma(k, LN2["f64"][0], _table(interval, "log_high"))
    start_low = fma(k, LN2["f64"][1], _table(interval, "log_low"))
    first = start + f
    first_low = (start - first) + f
    half = f * -0.5
    square = f * half
    square_low = fma(f, half, -square)
    second = first + square
    second_low = (first - second) + square
    cubic = fma(f * square, estrin(f, coefficients("log_near", F64)), square_low)
    low = (first_low + second_low) + (start_low + cubic)
    high = second + low
    return high, (second - high) + low


def _times_power(excess: Value, n: Value) -> Value:
    """Return ``2^(n / 16) (1 + excess)`` for an integer n, if the result is normal."""
    remainder = n & 15
    power = _table(remainder, "power")
    y = power + fma(power, excess, _table(remainder, "power_low"))
    return (y.bits() + ((n - remainder) << 48)).real()


def _special(x: Value, y: Value, magnitude: Value) -> Value:
    """Return x to the power y where `magnitude` is \\|x\\| to the power y if all is finite."""
    ax, ay = x.magnitude(), y.magnitude()
    integer = y.nearest().equals(y)
    half = y * 0.5
    odd = integer & ~half.nearest().equals(half)
    extreme = ax.equals(0.0) | ax.equals(INFINITY) | ay.equals(INFINITY)
    grows = ~((ax > 1.0) ^ (y > 0.0))
    result = where(extreme, where(grows, INFINITY, magnitude.constant(0.0)), magnitude)
    result = where(ax.equals(1.0), 1.0, result)
    result = where(odd, result.with_sign_of(x), result)
    invalid = (x < 0.0) & (ax < INFINITY) & ~integer
    result = where(invalid | x.compare("uno", y), NAN, result)
    return where(y.equals(0.0) | x.equals(1.0), 1.0, result)


def _pow_for_single(x: Value, y: Value) -> Value:
    """Return x to the power y in double precision, to some 30 bits."""
    k, interval, f = _intervals(x.magnitude())
    series = estrin(f, coefficients("log2_near", F64))
    product = (fma(f, series, _table(interval, "log2")) + k) * y
    magic = product + F64.magic / 16
    r = product - (magic - F64.magic / 16)
    excess = estrin(r, coefficients("exp2_near", F64)) * r
    result = _times_power(excess, magic.bits())
    size = product.magnitude()

    def otherwise() -> Value:
        extreme = where(product > 0.0, INFINITY, result.constant(0.0))
        return _special(x, y, where(size >= CERTAIN, extreme, result))

    ordinary = (x > 0.0) & (x < INFINITY) & (size < NORMAL)
    return rare(~ordinary, result, otherwise)


def cbrt(x: Value) -> Value:
    """Return the cube root: Newton's iteration for ``w^(-1/3)``, then one step for ``w^(1/3)``.

    ``|x| = 2^(3 q) w`` with w between 0.35 and 2.83.
    """
    f = x.format
    a = x.magnitude()
    subnormal = a < SMALLEST_NORMAL[x.kind]
    lift = 54 if f is F64 else 24
    k, m, _ = split(where(subnormal, a * 2.0**lift, a))
    magic = fma(k, 1.0 / 3.0, f.magic)
    over = fma(magic - f.magic, -3.0, k)
    up, down = over > 0.0, over < 0.0
    w = m * where(up, 2.0, where(down, over.constant(0.5), 1.0))
    guess = estrin(m, coefficients("inverse_cbrt", f))
    guess = guess * where(up, 0.5 ** (1 / 3), where(down, over.constant(2.0 ** (1 / 3)), 1.0))
    # (1 - e)^(-1/3) = 1 + e / 3 + 2 e^2 / 9 + 14 e^3 / 81 + ...
    e = fma(-(guess * guess) * guess, w, 1.0)
    inverse = fma(guess * e, fma(fma(e, 14 / 81, 2 / 9), e, 1 / 3), guess)
    square = inverse * inverse
    y = w * square
    # y + (w - y^3) / (3 y^2)
    power = y * y
    rest = fma(-power, y, w) - fma(y, y, -power) * y
    y = scaled(fma(rest, square * (1 / 3), y), magic)
    y = where(subnormal, y * 0.5 ** (lift // 3), y)
    return where((a > 0.0) & (a < INFINITY), y.with_sign_of(x), x)
