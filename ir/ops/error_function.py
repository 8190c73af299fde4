"""The error function, its relatives and their inverses, and Owen's function."""

import math

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, like
from lamina.ir.ops.inverse_error_function import ERFCINV, ERFCX, ERFINV
from lamina.ir.ops.scipy_special import scipy_call, scipy_special

_SLOPE = 2 / math.sqrt(math.pi)
_NORMAL = 1 / math.sqrt(2 * math.pi)
_SCIPY_ERFINV = scipy_special("erfinv")  # which loses the sign of zero


def _each(function):
    """A function of Python floats on arrays, rounded to their dtype."""

    def on_arrays(x):
        values = [function(v) for v in x.astype(float).ravel().tolist()]
        return np.array(values, x.dtype).reshape(x.shape)

    return on_arrays


def _slope_of_erfcx(x, y):
    # DLMF 7.10.2, which cancels for large x; there the asymptotic series DLMF 7.12.1, term by term
    z = nd.reciprocal(2 * nd.sqr(x))
    series = z * (1 - z * (3 - z * (15 - z * (105 - z * (945 - z * 10395)))))
    return nd.switch(x > 100, -_SLOPE * series, 2 * x * y - _SLOPE)


erf = elementwise(
    "erf", _each(math.erf), scalar="math.erf",
    pullback=lambda x, y, g: g * _SLOPE * nd.exp(-nd.sqr(x)),
    types=like(np.deg2rad), nin=1, domain=(-3, 3),
    doc="Error function 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x (DLMF 7.2.1).",
)  # fmt: skip
erfc = elementwise(
    "erfc", _each(math.erfc), scalar="math.erfc",
    pullback=lambda x, y, g: -g * _SLOPE * nd.exp(-nd.sqr(x)),
    types=like(np.deg2rad), nin=1, domain=(-3, 3),
    doc="Complement 1 - erf(x), exact where erf(x) is near 1 (DLMF 7.2.2).",
)  # fmt: skip
erfcx = elementwise(
    "erfcx", scipy_special("erfcx"), scalar=ERFCX,
    pullback=lambda x, y, g: g * _slope_of_erfcx(x, y),
    types=like(np.deg2rad), nin=1, domain=(-3, 30),
    doc="exp(x^2) erfc(x), which falls as slowly as 1 / (sqrt(pi) x) (DLMF 7.2.3).",
)  # fmt: skip
erfinv = elementwise(
    "erfinv", lambda x: np.where(x == 0, x, _SCIPY_ERFINV(x)), scalar=ERFINV,
    pullback=lambda x, y, g: g * nd.exp(nd.sqr(y)) / _SLOPE,
    types=like(np.deg2rad), nin=1, domain=(-0.95, 0.95), inverse="erf",
    doc="Inverse of the error function on [-1, 1] (DLMF 7.17.1); NaN outside.",
)  # fmt: skip
erfcinv = elementwise(
    "erfcinv", ERFCINV.on_arrays, scalar=ERFCINV,
    pullback=lambda x, y, g: -g * nd.exp(nd.sqr(y)) / _SLOPE,
    types=like(np.deg2rad), nin=1, domain=(0.05, 1.95), inverse="erfc",
    doc="Inverse of erfc on [0, 2], exact for small x (DLMF 7.17.1); NaN outside.",
)  # fmt: skip
owens_t = elementwise(
    "owens_t", scipy_special("owens_t"), scalar=scipy_call("owens_t"),
    pullback=lambda h, a, y, g: (
        g * (-_NORMAL / 2) * nd.exp(-nd.sqr(h) / 2) * erf(a * h * math.sqrt(0.5)),
        g * nd.exp(-nd.sqr(h) * (1 + nd.sqr(a)) / 2) / (2 * math.pi * (1 + nd.sqr(a)))),
    types=like(np.arctan2), nin=2, domain=(-3, 3),
    doc="""Owen's T function of h and a: the probability that X > h and 0 < Y < a X for two
    independent standard normal variables (D. B. Owen, Ann. Math. Stat. 27 (1956) 1075).""",
)  # fmt: skip
