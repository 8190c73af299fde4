"""The incomplete gamma functions, their inverses, and their derivatives by the shape parameter."""

import math
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.dual import Dual
from lamina.ir.ops.elementwise import elementwise, like
from lamina.ir.ops.formula import Formula, branch, iterate
from lamina.ir.ops.gamma import digamma, gammaln
from lamina.ir.ops.scipy_special import scipy_call, scipy_special

_EPSILON = 2.0**-56
_MOST = 30_000  # terms; some 7 sqrt(a) are needed where x is near a
_LARGE = 1e6
_FACTS: dict[str, Any] = {"types": like(np.arctan2), "nin": 2, "domain": (0.2, 6.0)}
_INVERSE: dict[str, Any] = _FACTS | {"domains": ((0.3, 4.0), (0.05, 0.95))}
# Taylor coefficients of c_0 and c_1 in eta (DLMF 8.12.13 and N. M. Temme, Math. Comp. 29 (1975)
# 1109)
_C0 = (-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600)
_C1 = (-1 / 540, -1 / 288, 1 / 378, -77 / 77760)


def _density(a, x):
    """The derivative of P by x, x^(a - 1) exp(-x) / Gamma(a)."""
    return nd.exp(nd.xlogy(a - 1, x) - x - gammaln(a))


def _power_over_gamma(a, x):
    """x^a e^-x / Gamma(a + 1); for a >= 20 without large numbers that cancel (DLMF 5.11.3)."""
    mu = (x - a) / a
    z = 1 / (a * a)
    stirling = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z / 1680))) / a
    exponent = -a * (mu - nd.log1p(mu)) - stirling
    large = nd.exp(exponent) / nd.sqrt(2 * math.pi * a)
    return nd.switch(a < 20, nd.exp(a * nd.log(x) - x - gammaln(a + 1)), large)


def _by_series(a, x):
    """Of P = x^a e^-x / Gamma(a + 1) (1 + x / (a + 1) + ...), DLMF 8.11.4, term by term."""

    def more(n, term, slope, total, slopes):
        small = nd.abs(term) + nd.abs(slope) > _EPSILON * (nd.abs(total) + nd.abs(slopes))
        return nd.and_(small, n < _MOST)

    def step(n, term, slope, total, slopes):
        t = Dual(term, slope) * (Dual(x) / (Dual(a, 1.0) + n))
        return n + 1, t.value, t.slope, total + t.value, slopes + t.slope

    *_, total, slopes = iterate(more, step, x * 0 + 1, 1.0, 0.0, 1.0, 0.0)
    return _power_over_gamma(a, x) * (total * (nd.log(x) - digamma(a + 1)) + slopes)


def _by_fraction(a, x):
    """Of 1 - Q, Q = x^a e^-x / Gamma(a) / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)),
    DLMF 8.9.2 in its even part, by Lentz' recurrence and its derivative.
    """

    def more(n, c, dc, d, dd, log_slope, h, last, last_slope):
        far = nd.abs(last - 1) + nd.abs(last_slope) > _EPSILON * 8
        return nd.and_(far, n < _MOST)

    def step(n, c, dc, d, dd, log_slope, h, last, last_slope):
        numerator = Dual(n) * (Dual(a, 1.0) - n)
        b = Dual(x + (2 * n + 1)) - Dual(a, 1.0)
        d_next = 1 / (numerator * Dual(d, dd) + b)
        c_next = numerator / Dual(c, dc) + b
        ratio = c_next * d_next
        slope = ratio.slope / ratio.value
        return (
            n + 1, c_next.value, c_next.slope, d_next.value, d_next.slope,
            log_slope + slope, h * ratio.value, ratio.value, slope,
        )  # fmt: skip

    first = 1 / (Dual(x + 1) - Dual(a, 1.0))
    found = iterate(
        more, step, x * 0 + 1, 1e300, 0.0, first.value, first.slope,
        first.slope / first.value, first.value, 0.0, 1.0,
    )  # fmt: skip
    log_slope, h = found[5], found[6]
    return -a * _power_over_gamma(a, x) * h * (nd.log(x) - digamma(a) + log_slope)


def _polynomial(coefficients, eta):
    value = 0.0
    for c in reversed(coefficients):
        value = value * eta + c
    return value


def _asymptotically(a, x):
    """Of P = erfc(-eta sqrt(a / 2)) / 2 - R(a, eta), DLMF 8.12.3, for large a."""
    mu = (x - a) / a
    eta = nd.sign(mu) * nd.sqrt(2 * (mu - nd.log1p(mu)))
    # the same near mu = 0, where the difference cancels
    near = mu * (1 - mu * (1 / 3 - mu * (7 / 36 - mu * (73 / 540 - mu * (1331 / 12960)))))
    eta = nd.switch(nd.abs(mu) < 1e-3, near, eta)
    quotient = nd.switch(nd.abs(mu) < 1e-300, 1.0 + 0 * mu, mu / eta)
    eta_slope = -quotient / a
    e = Dual(eta, eta_slope)
    one_over_a = Dual(1 / a, -1 / (a * a))
    remainder = _polynomial(_C0, e) + _polynomial(_C1, e) * one_over_a
    gauss = nd.exp(-a * eta * eta / 2)
    leading = (eta / 2 - quotient) / nd.sqrt(2 * math.pi * a)
    rest = remainder.slope + remainder.value * (nd.log1p(mu) - 0.5 / a)
    return gauss * (leading - rest / nd.sqrt(2 * math.pi * a))


def _slope(a, x):
    def moderate():
        return branch(x <= a + 1, lambda: _by_series(a, x), lambda: _by_fraction(a, x))

    inside = nd.and_(nd.and_(a > 0, x > 0), nd.and_(a < math.inf, x < math.inf))
    value = branch(
        inside,
        lambda: branch(a < _LARGE, moderate, lambda: _asymptotically(a, x)),
        lambda: math.nan,
    )
    edge = nd.and_(nd.and_(a > 0, a < math.inf), nd.or_(nd.eq(x, 0), nd.eq(x, math.inf)))
    return nd.switch(edge, 0.0, value)


_SLOPE = Formula("gammainc_shape_slope", _slope)

gammainc_shape_slope = elementwise(
    "gammainc_shape_slope", _SLOPE.on_arrays, scalar=_SLOPE,
    pullback=lambda a, x, y, g: (None, g * _density(a, x) * (nd.log(x) - digamma(a))),
    **_FACTS, orders=(0,),
    doc="""Derivative of `gammainc` by its shape parameter a > 0.

    Below x = a + 1 the power series is differentiated term by term, above it the continued fraction
    (R. J. Moore, Algorithm AS 187, Appl. Stat. 31 (1982) 330); for a beyond a million, the uniform
    asymptotic expansion (DLMF 8.12).""",
)  # fmt: skip
gammainc = elementwise(
    "gammainc", scipy_special("gammainc"), scalar=scipy_call("gammainc"),
    pullback=lambda a, x, y, g: (g * gammainc_shape_slope(a, x), g * _density(a, x)), **_FACTS,
    doc="Regularised lower incomplete gamma function P(a, x) (DLMF 8.2.4).",
)  # fmt: skip
gammaincc = elementwise(
    "gammaincc", scipy_special("gammaincc"), scalar=scipy_call("gammaincc"),
    pullback=lambda a, x, y, g: (-g * gammainc_shape_slope(a, x), -g * _density(a, x)), **_FACTS,
    doc="Regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x) (DLMF 8.2.4).",
)  # fmt: skip
gammaincinv = elementwise(
    "gammaincinv", scipy_special("gammaincinv"), scalar=scipy_call("gammaincinv"),
    pullback=lambda a, p, y, g: (
        -g * gammainc_shape_slope(a, y) / _density(a, y), g / _density(a, y)),
    **_INVERSE, doc="The x at which P(a, x) = p.",
)  # fmt: skip
gammainccinv = elementwise(
    "gammainccinv", scipy_special("gammainccinv"), scalar=scipy_call("gammainccinv"),
    pullback=lambda a, q, y, g: (
        -g * gammainc_shape_slope(a, y) / _density(a, y), -g / _density(a, y)),
    **_INVERSE, doc="The x at which Q(a, x) = q.",
)  # fmt: skip
