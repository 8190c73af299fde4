"""Logarithms of what is near 0 or 1, and products with a logarithm that are 0 where a factor is."""

import math

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, like

_LN2 = math.log(2)
_PROBABILITY = (0.02, 0.98)


def _log1mexp(x):
    # M. Mächler, Accurately Computing log(1 - exp(-|a|)), 2012, equation 7
    return np.where(x > -_LN2, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))


def _logit(x):
    centred = 2 * x - 1
    near_half = np.log1p(centred) - np.log1p(-centred)
    return np.where(abs(centred) < 0.4, near_half, np.log(x / (1 - x)))


def _xlogy(x, y):
    return np.where((x == 0) & ~np.isnan(y), 0, x * np.log(y))


def _xlog1py(x, y):
    return np.where((x == 0) & ~np.isnan(y), 0, x * np.log1p(y))


def _product(logarithm):
    def body(x, y):
        return nd.switch(nd.and_(nd.eq(x, 0), nd.eq(y, y)), 0, x * logarithm(y))

    return body


def _logit_of_scalar(x):
    centred = 2 * x - 1
    near_half = nd.log1p(centred) - nd.log1p(-centred)
    return nd.switch(nd.lt(nd.abs(centred), 0.4), near_half, nd.log(x / (1 - x)))


log1mexp = elementwise(
    "log1mexp", _log1mexp,
    scalar=lambda x: nd.switch(x > -_LN2, nd.log(-nd.expm1(x)), nd.log1p(-nd.exp(x))),
    pullback=lambda x, y, g: -g / nd.expm1(-x),
    types=like(np.deg2rad), nin=1, domain=(-20, -0.01),
    doc="log(1 - exp(x)) of x < 0, exact for x near 0 and for large -x.",
)  # fmt: skip
logit = elementwise(
    "logit", _logit, scalar=_logit_of_scalar,
    pullback=lambda x, y, g: g / (x * (1 - x)),
    types=like(np.deg2rad), nin=1, inverse="sigmoid", domain=_PROBABILITY,
    doc="log(x / (1 - x)), the inverse of the logistic function; exact for x near 1/2.",
)  # fmt: skip
xlogy = elementwise(
    "xlogy", _xlogy, scalar=_product(lambda y: nd.log(y)),
    pullback=lambda x, y, z, g: (g * nd.log(y), g * nd.switch(nd.eq(x, 0), 0, x / y)),
    types=like(np.arctan2), nin=2, domain=(0.1, 3.0),
    doc="x log(y), 0 where x is 0.",
)  # fmt: skip
xlog1py = elementwise(
    "xlog1py", _xlog1py, scalar=_product(lambda y: nd.log1p(y)),
    pullback=lambda x, y, z, g: (g * nd.log1p(y), g * nd.switch(nd.eq(x, 0), 0, x / (1 + y))),
    types=like(np.arctan2), nin=2, domains=((0.1, 3.0), (-0.9, 3.0)),
    doc="x log(1 + y), 0 where x is 0.",
)  # fmt: skip
