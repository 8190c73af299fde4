"""A function of its inverse: x, or NaN where the inverse is NaN.

Where a function rounds to a bound far out (the error function to 1), its inverse there is infinite;
what is given back is x, which is why these are off under strict_ieee.
"""

from __future__ import annotations

import numpy as np

from lamina.ir import operators as ops
from lamina.passes.rules import Rule, Var

x = Var("x")
_INSIDE = ops.switch(ops.abs(x) <= 1, x, np.nan)


def _rule(name: str, before: object, after: object = x) -> Rule:
    return Rule(name, before, after, keeps_nan=False, reason="two functions less")  # type: ignore[arg-type]


INVERSES = (
    _rule("exp-of-log", ops.exp(ops.log(x)), ops.switch(x >= 0, x, np.nan)),
    _rule("exp-of-log-of-one-plus", ops.exp(ops.log1p(x)), ops.switch(x >= -1, 1 + x, np.nan)),
    _rule("expm1-of-log-of-one-plus", ops.expm1(ops.log1p(x)), ops.switch(x >= -1, x, np.nan)),
    _rule("expm1-of-log", ops.expm1(ops.log(x)), ops.switch(x >= 0, x - 1, np.nan)),
    _rule("binary-power-of-logarithm", ops.exp2(ops.log2(x)), ops.switch(x >= 0, x, np.nan)),
    _rule("binary-logarithm-of-power", ops.log2(ops.exp2(x))),
    _rule("binary-logarithm-of-power-of-two", ops.log2(ops.pow(2, x))),
    _rule("decimal-logarithm-of-power-of-ten", ops.log10(ops.pow(10, x))),
    _rule("sigmoid-of-logit", ops.sigmoid(ops.logit(x)),
          ops.switch(ops.abs(2 * x - 1) <= 1, x, np.nan)),
    _rule("logit-of-sigmoid", ops.logit(ops.sigmoid(x))),
    _rule("erf-of-inverse", ops.erf(ops.erfinv(x)), _INSIDE),
    _rule("inverse-of-erf", ops.erfinv(ops.erf(x))),
    _rule("erfc-of-inverse", ops.erfc(ops.erfcinv(x)),
          ops.switch(ops.abs(x - 1) <= 1, x, np.nan)),
    _rule("inverse-of-erfc", ops.erfcinv(ops.erfc(x))),
    _rule("tanh-of-inverse", ops.tanh(ops.arctanh(x)), _INSIDE),
    _rule("inverse-of-tanh", ops.arctanh(ops.tanh(x))),
    _rule("sinh-of-inverse", ops.sinh(ops.arcsinh(x))),
    _rule("inverse-of-sinh", ops.arcsinh(ops.sinh(x))),
    _rule("cosh-of-inverse", ops.cosh(ops.arccosh(x)), ops.switch(x >= 1, x, np.nan)),
    _rule("inverse-of-cosh", ops.arccosh(ops.cosh(x)), ops.abs(x)),
    _rule("sin-of-inverse", ops.sin(ops.arcsin(x)), _INSIDE),
    _rule("cos-of-inverse", ops.cos(ops.arccos(x)), _INSIDE),
    _rule("tan-of-inverse", ops.tan(ops.arctan(x))),
    _rule("degrees-of-radians-of-degrees", ops.rad2deg(ops.deg2rad(x))),
    _rule("radians-of-degrees-of-radians", ops.deg2rad(ops.rad2deg(x))),
)  # fmt: skip
