"""Functions with an inverse: the table by which densities change variables.

Of y = f(x) it tells x of y, and log |dx/dy|, which of the derivative of the op would lose digits,
or overflow, where this does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lamina.ir.operators as nd

_LN2, _LN10 = math.log(2), math.log(10)
_LOG_SLOPE_OF_ERF = math.log(2 / math.sqrt(math.pi))


@dataclass(frozen=True)
class Inverse:
    """What is known of the inverse of a function of one number.

    Attributes
    ----------
    inverse : callable
        From y to x; of an even function, the x that is not negative.
    log_slope : callable
        From (x, y) to log |dx/dy|.
    image : (float, float)
        The open interval of the values of the function.
    increasing : bool
    even : bool
        Whether -x has the same value as x.
    """

    inverse: Callable[[Any], Any]
    log_slope: Callable[[Any, Any], Any]
    image: tuple[float, float] = (-math.inf, math.inf)
    increasing: Any = True
    even: bool = False
    pole: bool = False
    closed: bool = False


def _same(x: Any, y: Any) -> Any:
    return 0.0


INVERSES: dict[str, Inverse] = {
    "identity": Inverse(lambda y: y, _same),
    "neg": Inverse(lambda y: -y, _same, increasing=False),
    "deg2rad": Inverse(nd.rad2deg, lambda x, y: math.log(180 / math.pi)),
    "rad2deg": Inverse(nd.deg2rad, lambda x, y: math.log(math.pi / 180)),
    "exp": Inverse(nd.log, lambda x, y: -x, image=(0, math.inf)),
    "exp2": Inverse(nd.log2, lambda x, y: -_LN2 * x - math.log(_LN2), image=(0, math.inf)),
    "expm1": Inverse(nd.log1p, lambda x, y: -x, image=(-1, math.inf)),
    "log": Inverse(nd.exp, lambda x, y: y),
    "log2": Inverse(nd.exp2, lambda x, y: _LN2 * y + math.log(_LN2)),
    "log10": Inverse(lambda y: nd.exp(_LN10 * y), lambda x, y: _LN10 * y + math.log(_LN10)),
    "log1p": Inverse(nd.expm1, lambda x, y: y),
    "sqrt": Inverse(nd.sqr, lambda x, y: nd.log(2 * y), image=(0, math.inf)),
    "sqr": Inverse(nd.sqrt, lambda x, y: -nd.log(2 * x), image=(0, math.inf), even=True),
    "abs": Inverse(lambda y: y, _same, image=(0, math.inf), even=True, closed=True),
    "reciprocal": Inverse(nd.reciprocal, lambda x, y: -2 * nd.log(nd.abs(y)), pole=True),
    "sigmoid": Inverse(nd.logit, lambda x, y: -nd.log(y) - nd.log1p(-y), image=(0, 1)),
    "logit": Inverse(nd.sigmoid, lambda x, y: -nd.softplus(y) - nd.softplus(-y)),
    # x = log(exp(y) - 1)
    "scalar_softplus": Inverse(
        lambda y: y + nd.log1mexp(-y), lambda x, y: -nd.log1mexp(-y), image=(0, math.inf)),
    "log1mexp": Inverse(
        nd.log1mexp, lambda x, y: y - x, image=(-math.inf, 0), increasing=False),
    # cosh(y) = exp(|y|) (1 + exp(-2|y|)) / 2, and its kin
    "sinh": Inverse(nd.arcsinh, lambda x, y: -_log_cosh(x)),
    "cosh": Inverse(nd.arccosh, lambda x, y: -_log_sinh(x), image=(1, math.inf), even=True),
    "tanh": Inverse(nd.arctanh, lambda x, y: -nd.log1p(-nd.sqr(y)), image=(-1, 1)),
    "arcsinh": Inverse(nd.sinh, lambda x, y: _log_cosh(y)),
    "arccosh": Inverse(nd.cosh, lambda x, y: _log_sinh(y), image=(0, math.inf)),
    "arctanh": Inverse(nd.tanh, lambda x, y: -2 * _log_cosh(y)),
    "arctan": Inverse(nd.tan, lambda x, y: nd.log1p(nd.sqr(x)), image=(-math.pi / 2, math.pi / 2)),
    "arcsin": Inverse(
        nd.sin, lambda x, y: nd.log(nd.cos(y)), image=(-math.pi / 2, math.pi / 2)),
    "arccos": Inverse(
        nd.cos, lambda x, y: nd.log(nd.sin(y)), image=(0, math.pi), increasing=False),
    "erf": Inverse(nd.erfinv, lambda x, y: nd.sqr(x) - _LOG_SLOPE_OF_ERF, image=(-1, 1)),
    "erfc": Inverse(
        nd.erfcinv, lambda x, y: nd.sqr(x) - _LOG_SLOPE_OF_ERF, image=(0, 2), increasing=False),
    "erfinv": Inverse(nd.erf, lambda x, y: _LOG_SLOPE_OF_ERF - nd.sqr(y)),
    "erfcinv": Inverse(nd.erfc, lambda x, y: _LOG_SLOPE_OF_ERF - nd.sqr(y), increasing=False),
}  # fmt: skip


def _log_cosh(x: Any) -> Any:
    return nd.abs(x) + nd.log1p(nd.exp(-2 * nd.abs(x))) - _LN2


def _log_sinh(x: Any) -> Any:
    """Of x > 0."""
    return x + nd.log1mexp(-2 * x) - _LN2


def shift(c: Any) -> Inverse:
    """Of ``x + c``."""
    return Inverse(lambda y: y - c, _same)


def difference(c: Any) -> Inverse:
    """Of ``x - c``."""
    return Inverse(lambda y: y + c, _same)


def scale(c: Any) -> Inverse:
    """Of ``x * c``."""
    return Inverse(lambda y: y / c, lambda x, y: -nd.log(nd.abs(c)), increasing=nd.gt(c, 0))


def quotient(c: Any) -> Inverse:
    """Of ``x / c``."""
    return Inverse(lambda y: y * c, lambda x, y: nd.log(nd.abs(c)), increasing=nd.gt(c, 0))


def power(n: float) -> Inverse:
    """Of ``x**n`` with n other than 0: of x > 0, unless n is an integer."""
    root, slope = 1 / n, -math.log(abs(n))
    if n % 2 == 1:
        return Inverse(
            lambda y: nd.sign(y) * nd.pow(nd.abs(y), root),
            lambda x, y: (root - 1) * nd.log(nd.abs(y)) + slope,
            pole=n < 0,
            closed=n == 1,
        )
    return Inverse(
        lambda y: nd.pow(y, root),
        lambda x, y: (root - 1) * nd.log(y) + slope,
        image=(0, math.inf),
        increasing=n > 0,
        even=n % 2 == 0,
    )
