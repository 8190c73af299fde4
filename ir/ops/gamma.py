"""The gamma function, its logarithm, and the logarithm's derivatives."""

import math

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, like
from lamina.ir.ops.formula import Formula
from lamina.ir.ops.log_gamma import GAMMA, LOG_GAMMA, PSI
from lamina.ir.ops.scipy_special import scipy_special

# B(2k) / (2k)!, k = 1, 2, ... (DLMF 24.2.1)
_BERNOULLI = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000,
    1 / 74724249600, -3617 / 10670622842880000, 43867 / 5109094217170944000,
)  # fmt: skip
_POSITIVE = (0.1, 6.0)


def _hurwitz(s, q):
    """Euler and Maclaurin's summation of (q + k)^-s (DLMF 25.11.28), from q + 10 on."""
    total = nd.pow(q, -s)
    for k in range(1, 10):
        total = total + nd.pow(q + k, -s)
    a = q + 10
    integral = nd.pow(a, 1 - s)  # not a a^-s, which may underflow
    power = integral / a
    total = total + integral / (s - 1) + power * 0.5
    # the derivatives' factors s (s + 1) ... divided by a^(2k - 1)
    factor = s * power / a
    inverse_square = nd.reciprocal(a * a)
    for k, coefficient in enumerate(_BERNOULLI):
        total = total + coefficient * factor
        factor = factor * ((s + (2 * k + 1)) * (s + (2 * k + 2)) * inverse_square)
    return total


def _zeta(s, q):
    """Of a negative q that is no integer and an integer s: the sum over k < 0 is another."""
    negative = q < 0
    fraction = q - nd.floor(q)
    first = _HURWITZ(s, nd.switch(negative, fraction, q))
    near = _HURWITZ(s, nd.switch(negative, nd.ceil(q) - q, q))
    far = _HURWITZ(s, nd.switch(negative, 1 - q, q))
    sign = 1 - 2 * nd.abs(s - 2 * nd.round_half_to_even(s / 2))
    whole = nd.eq(s, nd.floor(s))
    # in this order nothing is left of the first two of an odd s half way between integers
    two_sided = nd.switch(whole, (first + sign * near) - sign * far, math.nan)
    value = nd.switch(negative, two_sided, first)
    pole = nd.and_(q <= 0, nd.eq(q, nd.floor(q)))
    value = nd.switch(pole, math.inf, value)
    value = nd.switch(nd.eq(q, math.inf), 0 * s, value)
    value = nd.switch(nd.eq(s, 1), math.inf, value)
    return nd.switch(nd.and_(s >= 1, nd.eq(q, q)), value, math.nan)


_HURWITZ = Formula("hurwitz", _hurwitz)
_ZETA = Formula("zeta", _zeta)


def _polygamma(n, x):
    s = n + 1
    sign = 1 - 2 * nd.abs(s - 2 * nd.round_half_to_even(s / 2))
    return nd.switch(nd.eq(n, 0), digamma(x), sign * gamma(s) * _ZETA(s, x))


_POLYGAMMA = Formula("polygamma", _polygamma)


gamma = elementwise(
    "gamma", scipy_special("gamma"), scalar=GAMMA,
    pullback=lambda x, y, g: g * y * digamma(x),
    types=like(np.deg2rad), nin=1, domain=_POSITIVE,
    doc="Gamma function, the integral of t^(x - 1) exp(-t) over t > 0 (DLMF 5.2.1).",
)  # fmt: skip
gammaln = elementwise(
    "gammaln", LOG_GAMMA.on_arrays, scalar=LOG_GAMMA,
    pullback=lambda x, y, g: g * digamma(x),
    types=like(np.deg2rad), nin=1, domain=_POSITIVE,
    doc="Logarithm of the magnitude of the gamma function.",
)  # fmt: skip
digamma = elementwise(
    "psi", scipy_special("psi"), scalar=PSI,
    pullback=lambda x, y, g: g * tri_gamma(x),
    types=like(np.deg2rad), nin=1, domain=_POSITIVE,
    doc="Derivative of the logarithm of the gamma function (DLMF 5.2.2).",
)  # fmt: skip
psi = digamma
tri_gamma = elementwise(
    "tri_gamma", lambda x: _ZETA.on_arrays(np.full((), 2, x.dtype), x),
    scalar=lambda x: _ZETA(2, x),
    pullback=lambda x, y, g: g * polygamma(2, x),
    types=like(np.deg2rad), nin=1, domain=_POSITIVE,
    doc="Second derivative of the logarithm of the gamma function (DLMF 5.15).",
)  # fmt: skip
polygamma = elementwise(
    "polygamma", _POLYGAMMA.on_arrays, scalar=_POLYGAMMA,
    pullback=lambda n, x, y, g: (None, g * polygamma(n + 1, x)),
    types=like(np.arctan2), nin=2, domains=((0, 3), _POSITIVE), orders=(0,),
    doc="""Derivative of order n of `digamma` at x (DLMF 5.15), n = 0, 1, 2, ...

    Of a number n that is not whole, n! zeta(n + 1, x) with the sign (-1)^(n + 1) taken as for whole
    n has no meaning; the result is NaN.""",
)  # fmt: skip
