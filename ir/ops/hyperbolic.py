"""Hyperbolic functions and their inverses."""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise
from lamina.ir.ops.primitive import complex_call, mlir

sinh = elementwise(
    "sinh", np.sinh, scalar={"f": "math.sinh", "c": complex_call("csinh")},
    pullback=lambda x, y, g: g * nd.conj(cosh(x)), domain=(-5, 5), doc="Hyperbolic sine.",
)  # fmt: skip
cosh = elementwise(
    "cosh", np.cosh, scalar={"f": "math.cosh", "c": complex_call("ccosh")},
    pullback=lambda x, y, g: g * nd.conj(sinh(x)), domain=(-5, 5), doc="Hyperbolic cosine.",
)  # fmt: skip
tanh = elementwise(
    "tanh", np.tanh, scalar={"f": "math.tanh", "c": mlir("complex.tanh")},
    pullback=lambda x, y, g: g * nd.conj(1 - nd.sqr(y)), domain=(-5, 5), doc="Hyperbolic tangent.",
)  # fmt: skip
arcsinh = elementwise(
    "arcsinh", np.arcsinh, scalar={"f": "math.asinh", "c": complex_call("casinh")},
    pullback=lambda x, y, g: g / nd.conj(nd.sqrt(nd.sqr(x) + 1)), inverse="sinh",
    doc="Number whose hyperbolic sine is x.",
)  # fmt: skip
arccosh = elementwise(
    "arccosh", np.arccosh, scalar={"f": "math.acosh", "c": complex_call("cacosh")},
    pullback=lambda x, y, g: g / nd.conj(nd.sqrt(x - 1) * nd.sqrt(x + 1)), inverse="cosh",
    domain=(1.05, np.inf), doc="Number >= 0 whose hyperbolic cosine is x.",
)  # fmt: skip
arctanh = elementwise(
    "arctanh", np.arctanh, scalar={"f": "math.atanh", "c": complex_call("catanh")},
    pullback=lambda x, y, g: g / nd.conj(1 - nd.sqr(x)), inverse="tanh", domain=(-0.95, 0.95),
    doc="Number whose hyperbolic tangent is x.",
)  # fmt: skip
