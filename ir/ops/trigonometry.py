"""Circular functions of angles in radians, and their inverses."""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise
from lamina.ir.ops.primitive import call, complex_call, mlir

_DEGREE = float(np.pi / 180)

sin = elementwise(
    "sin", np.sin, scalar={"f": "math.sin", "c": mlir("complex.sin")},
    pullback=lambda x, y, g: g * nd.conj(cos(x)), doc="Sine.",
)  # fmt: skip
cos = elementwise(
    "cos", np.cos, scalar={"f": "math.cos", "c": mlir("complex.cos")},
    pullback=lambda x, y, g: -g * nd.conj(sin(x)), doc="Cosine.",
)  # fmt: skip
tan = elementwise(
    "tan", np.tan, scalar={"f": "math.tan", "c": mlir("complex.tan")},
    pullback=lambda x, y, g: g * nd.conj(1 + nd.sqr(y)), domain=(-1.4, 1.4), doc="Tangent.",
)  # fmt: skip
arcsin = elementwise(
    "arcsin", np.arcsin, scalar={"f": "math.asin", "c": complex_call("casin")},
    pullback=lambda x, y, g: g / nd.conj(nd.sqrt(1 - nd.sqr(x))), inverse="sin",
    domain=(-0.95, 0.95), doc="Angle in [-pi/2, pi/2] whose sine is x.",
)  # fmt: skip
arccos = elementwise(
    "arccos", np.arccos, scalar={"f": "math.acos", "c": complex_call("cacos")},
    pullback=lambda x, y, g: -g / nd.conj(nd.sqrt(1 - nd.sqr(x))), inverse="cos",
    domain=(-0.95, 0.95), doc="Angle in [0, pi] whose cosine is x.",
)  # fmt: skip
arctan = elementwise(
    "arctan", np.arctan, scalar={"f": "math.atan", "c": complex_call("catan")},
    pullback=lambda x, y, g: g / nd.conj(1 + nd.sqr(x)), inverse="tan",
    doc="Angle in [-pi/2, pi/2] whose tangent is x.",
)  # fmt: skip
arctan2 = elementwise(
    "arctan2", np.arctan2, scalar=call("atan2"),  # MLIR folds math.atan2 of zeros to NaN
    pullback=lambda a, b, y, g: (g * b / (nd.sqr(a) + nd.sqr(b)), -g * a / (nd.sqr(a) + nd.sqr(b))),
    domain=(0.1, np.inf), doc="Angle in [-pi, pi] of the point (b, a).",
)  # fmt: skip
deg2rad = elementwise(
    "deg2rad", np.deg2rad, scalar=lambda x: x * _DEGREE,
    pullback=lambda x, y, g: g * _DEGREE, inverse="rad2deg", doc="Degrees to radians.",
)  # fmt: skip
rad2deg = elementwise(
    "rad2deg", np.rad2deg, scalar=lambda x: x * (1 / _DEGREE),
    pullback=lambda x, y, g: g * (1 / _DEGREE), inverse="deg2rad", doc="Radians to degrees.",
)  # fmt: skip
