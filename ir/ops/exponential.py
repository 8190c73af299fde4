"""Exponentials and logarithms."""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, like
from lamina.ir.ops.primitive import call, mlir

_LN2, _LN10 = float(np.log(2.0)), float(np.log(10.0))


def _scaled(z, factor):
    # part by part: a complex product would make NaN of infinite parts
    return nd.complex(nd.real(z) * factor, nd.imag(z) * factor)


def _sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)


exp = elementwise(
    "exp", np.exp, scalar={"f": "math.exp", "c": mlir("complex.exp")},
    pullback=lambda x, y, g: g * nd.conj(y),
    inverse=None, domain=(-5, 5), doc="Exponential.",
)  # fmt: skip
exp2 = elementwise(
    "exp2", np.exp2, scalar={"f": "math.exp2", "c": lambda x: exp(_scaled(x, _LN2))},
    pullback=lambda x, y, g: g * nd.conj(y) * _LN2, domain=(-5, 5), doc="2 to the power x.",
)  # fmt: skip
expm1 = elementwise(
    "expm1", np.expm1,
    scalar={"f": "math.expm1", "c": mlir("complex.expm1")},
    pullback=lambda x, y, g: g * nd.conj(y + 1), inverse="log1p", domain=(-5, 5),
    doc="exp(x) - 1, exact for small x.",
)  # fmt: skip
log = elementwise(
    "log", np.log, scalar={"f": "math.log", "c": mlir("complex.log")},
    pullback=lambda x, y, g: g / nd.conj(x), inverse="exp", domain=(0.05, np.inf),
    doc="Natural logarithm; NaN of a negative real.",
)  # fmt: skip
log2 = elementwise(
    "log2", np.log2, scalar={"f": "math.log2", "c": lambda x: _scaled(log(x), 1 / _LN2)},
    pullback=lambda x, y, g: g / (nd.conj(x) * _LN2), inverse="exp2", domain=(0.05, np.inf),
    doc="Logarithm to base 2.",
)  # fmt: skip
log10 = elementwise(
    "log10", np.log10, scalar={"f": "math.log10", "c": lambda x: _scaled(log(x), 1 / _LN10)},
    pullback=lambda x, y, g: g / (nd.conj(x) * _LN10), domain=(0.05, np.inf),
    doc="Logarithm to base 10.",
)  # fmt: skip
log1p = elementwise(
    "log1p", np.log1p,
    scalar={"f": "math.log1p", "c": mlir("complex.log1p")},
    pullback=lambda x, y, g: g / nd.conj(1 + x), inverse="expm1", domain=(-0.9, np.inf),
    doc="log(1 + x), exact for small x.",
)  # fmt: skip
sigmoid = elementwise(
    "sigmoid", lambda x: _sigmoid(x), scalar=call("lm_sigmoid"),
    pullback=lambda x, y, g: g * y * (1 - y),
    types=like(np.deg2rad), nin=1, domain=(-20, 20), doc="The logistic function 1 / (1 + exp(-x)).",
)  # fmt: skip
expit = sigmoid
softplus = elementwise(
    "scalar_softplus", lambda x: np.logaddexp(x, np.zeros((), x.dtype)), scalar=call("lm_softplus"),
    pullback=lambda x, y, g: g * sigmoid(x),
    types=like(np.deg2rad), nin=1, domain=(-20, 20), doc="log(1 + exp(x)) without overflow.",
)  # fmt: skip
log1pexp = softplus
logaddexp = elementwise(
    "logaddexp", np.logaddexp,
    scalar=lambda a, b: nd.switch(
        nd.eq(a, b), a + _LN2, nd.maximum(a, b) + log1p(exp(-nd.abs(a - b)))),
    pullback=lambda a, b, y, g: (g * exp(a - y), g * exp(b - y)),
    commutative=True, domain=(-5, 5), doc="log(exp(a) + exp(b)) without overflow.",
)  # fmt: skip
