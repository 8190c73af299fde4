"""Every elementwise op by its name, for operators, gradients, rules and scalar bodies to call."""

# ruff: noqa: F401  the names are for others

from lamina.ir.ops import gradient_barriers as _gradient_barriers  # noqa: F401  for the registry
from lamina.ir.ops import panjer_quantile as _panjer_quantile  # noqa: F401  for the registry
from lamina.ir.ops.arithmetic import (
    abs,
    add,
    angle,
    complex,
    conj,
    floor_div,
    identity,
    imag,
    mod,
    mul,
    neg,
    pow,
    real,
    reciprocal,
    sgn,
    sign,
    sqr,
    sqrt,
    square,
    sub,
    true_div,
)
from lamina.ir.ops.bessel import i0, i1, iv, ive, j0, j1, jv, kv, kve
from lamina.ir.ops.beta import beta, betainc, betaincinv, betaln
from lamina.ir.ops.cast import cast
from lamina.ir.ops.comparison import (
    eq,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    le,
    lt,
    maximum,
    minimum,
    neq,
)
from lamina.ir.ops.elementwise import by_ufunc
from lamina.ir.ops.error_function import erf, erfc, erfcinv, erfcx, erfinv, owens_t
from lamina.ir.ops.exponential import (
    exp,
    exp2,
    expit,
    expm1,
    log,
    log1p,
    log1pexp,
    log2,
    log10,
    logaddexp,
    sigmoid,
    softplus,
)
from lamina.ir.ops.gamma import digamma, gamma, gammaln, polygamma, psi, tri_gamma
from lamina.ir.ops.hyperbolic import arccosh, arcsinh, arctanh, cosh, sinh, tanh
from lamina.ir.ops.hypergeometric import hyp2f1, poch
from lamina.ir.ops.incomplete_gamma import gammainc, gammaincc, gammainccinv, gammaincinv
from lamina.ir.ops.logic import (
    and_,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    clip,
    fill,
    invert,
    left_shift,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    or_,
    right_shift,
    second,
    switch,
    where,
    xor,
)
from lamina.ir.ops.rounding import (
    ceil,
    floor,
    iround,
    round,
    round_half_away_from_zero,
    round_half_to_even,
    trunc,
)
from lamina.ir.ops.stable_logarithms import log1mexp, logit, xlog1py, xlogy
from lamina.ir.ops.trigonometry import (
    arccos,
    arcsin,
    arctan,
    arctan2,
    cos,
    deg2rad,
    rad2deg,
    sin,
    tan,
)

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    name for name in dir() if not name.startswith("_")
]
