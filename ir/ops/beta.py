"""The beta function and the incomplete one, its inverse, and its derivatives by the parameters."""

import math

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.dual import Dual
from lamina.ir.ops.elementwise import elementwise, like
from lamina.ir.ops.formula import Formula, branch, iterate
from lamina.ir.ops.gamma import digamma
from lamina.ir.ops.scipy_special import floating, scipy_call, scipy_special

_EPSILON = 2.0**-53
_MOST = 30_000  # terms
_LARGEST = 1e6  # the number of terms needed grows with the square root of the larger parameter
_TWO = {"types": like(np.arctan2), "nin": 2, "domain": (0.1, 5.0)}
_THREE = {"types": floating(3), "nin": 3, "domains": ((0.3, 4.0), (0.3, 4.0), (0.05, 0.95))}


def _density(a, b, x):
    """The derivative of I_x(a, b) by x."""
    return nd.exp(nd.xlogy(a - 1, x) + nd.xlog1py(b - 1, -x) - betaln(a, b))


def _fraction(p, q, u):
    """Logarithm's slope, and value, of the continued fraction DLMF 8.17.22 by Lentz' recurrence."""

    def more(m, c, dc, d, dd, h, log_slope, last, last_slope):
        far = nd.abs(last - 1) + nd.abs(last_slope) > 4 * _EPSILON
        return nd.and_(far, m < _MOST)

    def step(m, c, dc, d, dd, h, log_slope, last, last_slope):
        both = Dual(1.0)
        c, d = Dual(c, dc), Dual(d, dd)
        even = Dual(m * u) * (q - m) / ((p + (2 * m - 1)) * (p + 2 * m))
        odd = -(Dual(u) * (p + m) * (p + q + m)) / ((p + 2 * m) * (p + (2 * m + 1)))
        for term in (even, odd):
            d = 1 / (term * d + 1)
            c = term / c + 1
            both = both * (c * d)
        slope = both.slope / both.value
        return (
            m + 1, c.value, c.slope, d.value, d.slope,
            h * both.value, log_slope + slope, both.value, slope,
        )  # fmt: skip

    first = 1 / (1 - Dual(u) * (p + q) / (p + 1))
    found = iterate(
        more, step, u * 0 + 1, 1.0, 0.0, first.value, first.slope,
        first.value, first.slope / first.value, 0.0, 1.0,
    )  # fmt: skip
    return found[6], found[5]


def _slope_by(which):
    """The derivative of I_x(a, b) by operand number `which`: that of its logarithm's continued
    fraction, whose factor is x^a (1 - x)^b / (a B(a, b)); where the fraction converges slowly, by
    I_x(a, b) = 1 - I_{1 - x}(b, a).
    """

    def inside(a, b, x):
        y = 1 - x
        direct = x * (a + b + 2) <= a + 1
        p, q = nd.switch(direct, a, b), nd.switch(direct, b, a)
        log_x, log_y = nd.log(x), nd.log1p(-x)
        log_u, log_v = nd.switch(direct, log_x, log_y), nd.switch(direct, log_y, log_x)
        one = x * 0 + 1
        by_p = nd.switch(direct, one, 0 * one)
        by_p = by_p if which == 0 else 1 - by_p
        by_q = 1 - by_p
        log_slope, h = _fraction(Dual(p, by_p), Dual(q, by_q), nd.switch(direct, x, y))
        both = digamma(p + q)
        log_slope = log_slope + by_p * (log_u - 1 / p - digamma(p) + both)
        log_slope = log_slope + by_q * (log_v - digamma(q) + both)
        value = nd.exp(p * log_u + q * log_v - betaln(p, q)) / p * h * log_slope
        return nd.switch(direct, value, -value)

    def slope(a, b, x):
        known = nd.and_(nd.and_(a > 0, b > 0), a + b <= _LARGEST)
        within = nd.and_(x > 0, x < 1)
        edge = nd.and_(known, nd.or_(nd.eq(x, 0), nd.eq(x, 1)))
        value = branch(nd.and_(known, within), lambda: inside(a, b, x), lambda: math.nan)
        return nd.switch(edge, 0.0, value)

    return slope


_BY_A, _BY_B = (Formula(f"betainc_slope_{n}", _slope_by(i)) for i, n in enumerate("ab"))
_SLOPE_DOC = """Derivative of `betainc` by {}: its continued fraction (DLMF 8.17.22) and that one's
    derivative by one recurrence, as by R. J. Boik and J. F. Robison-Cox, J. Stat. Softw. 3 (1998),
    issue 1. NaN where a + b is beyond a million."""

beta = elementwise(
    "beta", scipy_special("beta"), scalar=scipy_call("beta"),
    pullback=lambda a, b, y, g: (
        g * y * (digamma(a) - digamma(a + b)), g * y * (digamma(b) - digamma(a + b))),
    **_TWO, commutative=True, doc="Gamma(a) Gamma(b) / Gamma(a + b) (DLMF 5.12.1).",
)  # fmt: skip
betaln = elementwise(
    "betaln", scipy_special("betaln"), scalar=scipy_call("betaln"),
    pullback=lambda a, b, y, g: (
        g * (digamma(a) - digamma(a + b)), g * (digamma(b) - digamma(a + b))),
    **_TWO, commutative=True, doc="Logarithm of the magnitude of `beta`.",
)  # fmt: skip
betainc_slope_a = elementwise(
    "betainc_slope_a", _BY_A.on_arrays, scalar=_BY_A,
    pullback=lambda a, b, x, y, g: (
        None, None, g * _density(a, b, x) * (nd.log(x) - digamma(a) + digamma(a + b))),
    **_THREE, orders=(0, 1), doc=_SLOPE_DOC.format("a"),
)  # fmt: skip
betainc_slope_b = elementwise(
    "betainc_slope_b", _BY_B.on_arrays, scalar=_BY_B,
    pullback=lambda a, b, x, y, g: (
        None, None, g * _density(a, b, x) * (nd.log1p(-x) - digamma(b) + digamma(a + b))),
    **_THREE, orders=(0, 1), doc=_SLOPE_DOC.format("b"),
)  # fmt: skip
betainc = elementwise(
    "betainc", scipy_special("betainc"), scalar=scipy_call("betainc"),
    pullback=lambda a, b, x, y, g: (
        g * betainc_slope_a(a, b, x), g * betainc_slope_b(a, b, x), g * _density(a, b, x)),
    **_THREE, doc="Regularised incomplete beta function I_x(a, b) (DLMF 8.17.2).",
)  # fmt: skip
betaincinv = elementwise(
    "betaincinv", scipy_special("betaincinv"), scalar=scipy_call("betaincinv"),
    pullback=lambda a, b, p, y, g: (
        -g * betainc_slope_a(a, b, y) / _density(a, b, y),
        -g * betainc_slope_b(a, b, y) / _density(a, b, y), g / _density(a, b, y)),
    **_THREE, doc="The x at which I_x(a, b) = p.",
)  # fmt: skip
