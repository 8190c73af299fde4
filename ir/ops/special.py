"""The error function."""

import math

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, like

_SLOPE = 2 / math.sqrt(math.pi)


def _each(function):
    """A function of Python floats on arrays, rounded to their dtype."""

    def on_arrays(x):
        values = [function(v) for v in x.astype(float).ravel().tolist()]
        return np.array(values, x.dtype).reshape(x.shape)

    return on_arrays


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
