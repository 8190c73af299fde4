"""Tails of error functions, differences of gamma functions, logarithms of small differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir.ops.reduction import Sum
from lamina.passes.driver import Rewriter
from lamina.passes.fractions import PRODUCTS, fraction, is_outermost
from lamina.passes.rules import Rule, Var, rewrite
from lamina.passes.signs import is_not_negative
from lamina.passes.values import Value, kind, made_by, uniform, used_once

x, y = Var("x"), Var("y")
_erf, _erfc, _log, _exp, _expm1 = ops.erf, ops.erfc, ops.log, ops.exp, ops.expm1
_softplus, _sigmoid = ops.softplus, ops.sigmoid

# erfc(x) = exp(-x^2) erfcx(x) (DLMF 7.2.3). Each side is kept where it is finite, for gradients.
_ABOVE, _BELOW = ops.maximum(x, 0.5), ops.minimum(x, 0.5)
_LOG_OF_ERFC = ops.switch(
    x > 0.5, _log(ops.erfcx(_ABOVE)) - ops.sqr(_ABOVE), ops.log1p(-_erf(_BELOW))
)

ERROR_FUNCTIONS = (
    Rule("one-minus-erf", before=1 - _erf(x), after=_erfc(x),
         reason="x > 6: erf(x) rounds to 1"),
    Rule("erf-minus-one", before=_erf(x) - 1, after=-_erfc(x),
         reason="x > 6: erf(x) rounds to 1"),
    Rule("erf-plus-minus-one", before=_erf(x) + -1, after=-_erfc(x),
         reason="x > 6: erf(x) rounds to 1"),
    Rule("one-plus-erf", before=1 + _erf(x), after=_erfc(-x),
         reason="x < -6: erf(x) rounds to -1"),
    Rule("one-minus-erfc", before=1 - _erfc(x), after=_erf(x),
         reason="small x: erfc(x) rounds to 1"),
    Rule("erfc-minus-one", before=_erfc(x) - 1, after=-_erf(x), keeps_nan=False,
         reason="small x: erfc(x) rounds to 1; of 0 it is -0.0"),
    Rule("erfc-plus-minus-one", before=_erfc(x) + -1, after=-_erf(x), keeps_nan=False,
         reason="small x: erfc(x) rounds to 1; of 0 it is -0.0"),
    Rule("log-of-erfc", before=_log(_erfc(x)), after=_LOG_OF_ERFC, keeps_nan=False,
         reason="x > 26: erfc(x) is 0"),
    Rule("log-of-erfc-times", before=_log(_erfc(x) * y), after=_LOG_OF_ERFC + _log(y),
         keeps_nan=False, reason="half of erfc(x) is the tail of a normal distribution"),
    Rule("log-of-erfc-over", before=_log(_erfc(x) / y), after=_LOG_OF_ERFC - _log(y),
         keeps_nan=False, reason="half of erfc(x) is the tail of a normal distribution"),
)  # fmt: skip

LOGARITHMS = (
    Rule("log-of-minus-expm1", before=_log(-_expm1(x)), after=ops.log1mexp(x),
         reason="x near 0, and far below: Maechler (2012), equation 7"),
    Rule("log-of-one-plus-minus-exp", before=ops.log1p(-_exp(x)), after=ops.log1mexp(x),
         reason="x near 0: exp(x) rounds to 1"),
    Rule("log-of-difference-of-exps", before=_log(_exp(x) - _exp(y)),
         after=x + ops.log1mexp(y - x), keeps_nan=False, once=True,
         reason="x > 710: exp(x) overflows; y near x: the difference has few digits"),
    Rule("log-of-one-plus-difference-from-one", before=ops.log1p(x - 1), after=_log(x),
         reason="one rounding less"),
    Rule("log-of-root", before=_log(ops.sqrt(x)), after=0.5 * _log(x), once=True,
         reason="a product in place of a root"),
    Rule("log-of-square", before=_log(ops.sqr(x)), after=2 * _log(ops.abs(x)), once=True,
         keeps_nan=False, reason="|x| > 1e154: the square overflows"),
    Rule("log-of-second-power", before=_log(x**2), after=2 * _log(ops.abs(x)), once=True,
         keeps_nan=False, reason="|x| > 1e154: the square overflows"),
    Rule("log-of-inverse", before=_log(1 / x), after=-_log(x), once=True, keeps_nan=False,
         reason="no division; x subnormal: 1 / x overflows"),
    Rule("log-of-reciprocal", before=_log(ops.reciprocal(x)), after=-_log(x), once=True,
         keeps_nan=False, reason="no division; x subnormal: 1 / x overflows"),
    Rule("log-of-sigmoid-over", before=_log(_sigmoid(x) / y), after=-_softplus(-x) - _log(y),
         once=True, keeps_nan=False, reason="x < -745: sigmoid(x) is 0"),
    Rule("entropy-term", before=x * _log(x), after=ops.xlogy(x, x), keeps_nan=False,
         once=True,
         reason="0 log 0 is 0, as its limit"),
    Rule("entropy-term-of-complement", before=(1 - x) * ops.log1p(-x),
         after=ops.xlog1py(1 - x, -x), keeps_nan=False, once=True,
         reason="0 log 0 is 0, as its limit"),
)  # fmt: skip

SIGMOIDS = (
    Rule("softplus-minus-argument", before=_softplus(x) - x, after=_softplus(-x),
         keeps_nan=False, reason="large x: they cancel"),
    Rule("argument-minus-softplus", before=x - _softplus(x), after=-_softplus(-x),
         keeps_nan=False, reason="large x: they cancel"),
    Rule("exp-of-minus-softplus", before=_exp(-_softplus(x)), after=_sigmoid(-x),
         reason="the definition"),
    Rule("exp-of-softplus", before=_exp(_softplus(x)), after=1 + _exp(x), reason="the definition"),
    Rule("odds-of-sigmoid", before=_sigmoid(x) / _sigmoid(-x), after=_exp(x), keeps_nan=False,
         reason="x > 745: the divisor is 0"),
    Rule("log-of-exp-plus-one-as-two-exps", before=ops.logaddexp(x, 0), after=_softplus(x),
         reason="one function of one operand"),
    Rule("shifted-sigmoid-of-double", before=2 * _sigmoid(2 * x) - 1, after=ops.tanh(x),
         reason="small x: 2 sigmoid(2 x) rounds to 1"),
    Rule("shifted-tanh-of-half", before=0.5 * ops.tanh(0.5 * x) + 0.5, after=_sigmoid(x),
         reason="large -x: tanh(x / 2) rounds to -1"),
    Rule("exp-from-expm1", before=1 + _expm1(x), after=_exp(x), reason="one rounding less"),
)  # fmt: skip

GAMMAS = (
    Rule("log-of-modulus-of-gamma", before=_log(ops.abs(ops.gamma(x))), after=ops.gammaln(x),
         keeps_nan=False, reason="x > 171: gamma(x) overflows"),
    Rule("log-of-gamma", before=_log(ops.gamma(x)),
         after=ops.switch((x > 0) | ops.eq(ops.floor(x) % 2, 0), ops.gammaln(x), np.nan),
         keeps_nan=False,
         reason="x > 171: gamma(x) overflows; below 0 it is negative in every second interval"),
    Rule("exp-of-gammaln", before=_exp(ops.gammaln(x)), after=ops.abs(ops.gamma(x)),
         reason="the digits that exp magnifies the error of are kept"),
    Rule("difference-of-neighbouring-gammalns", before=ops.gammaln(1 + x) - ops.gammaln(x),
         after=_log(ops.abs(x)), reason="large x: they cancel (DLMF 5.5.1)"),
    Rule("difference-of-gammalns-of-neighbours", before=ops.gammaln(x) - ops.gammaln(1 + x),
         after=-_log(ops.abs(x)), reason="large x: they cancel (DLMF 5.5.1)"),
    Rule("quotient-of-neighbouring-gammas", before=ops.gamma(1 + x) / ops.gamma(x), after=x,
         keeps_nan=False, reason="x > 171: inf / inf (DLMF 5.5.1)"),
    Rule("difference-of-neighbouring-digammas", before=ops.psi(1 + x) - ops.psi(x), after=1 / x,
         reason="large x: they cancel (DLMF 5.5.2)"),
    Rule("log-of-beta-from-gammalns",
         before=ops.gammaln(x) + ops.gammaln(y) - ops.gammaln(x + y), after=ops.betaln(x, y),
         keeps_nan=False, reason="one large argument: they cancel (DLMF 5.12.1)"),
    Rule("log-of-modulus-of-beta", before=_log(ops.abs(ops.beta(x, y))), after=ops.betaln(x, y),
         keeps_nan=False, reason="large arguments: beta(x, y) is 0"),
)  # fmt: skip


@rewrite("scaled-erfc", *PRODUCTS, needs=(*PRODUCTS, "exp", "erfc"), keeps_nan=False)
def scaled_erfc(op: Any, rewriter: Rewriter) -> Value | None:
    """exp(-x**2) / erfc(x) -> 1 / erfcx(x), exp(x**2) * erfc(x) -> erfcx(x), among factors.

    x > 26: 0 / 0 and inf * 0. The first is the gradient of log(erfc(x)).
    """
    if not is_outermost(op) or kind(op.results[0]) != "f":
        return None
    tree = fraction(op.results[0])
    leaves = list(tree.leaves())
    tails = [leaf for leaf in leaves if made_by(leaf.value, "erfc") is not None]
    for tail in tails:
        argument = tail.value.owner.operands[0]  # type: ignore[union-attr]
        for leaf in leaves:
            found = _exponential_of_square(leaf.value)
            if found is None or found[0] is not unsigned(argument):
                continue
            if (-leaf.power if found[1] else leaf.power) == tail.power:
                tail.replace(ops.erfcx(rewriter.value(argument)).ssa)
                leaf.replace()
                return tree.build(rewriter)
    return None


def _exponential_of_square(value: SSAValue) -> tuple[SSAValue, bool] | None:
    """x, and whether the square is negated, where `value` is exp(x**2) or exp(-x**2)."""
    made = made_by(value, "exp")
    if made is None:
        return None
    inner = made.operands[0]
    square = unsigned(inner)
    base = _base_of_square(square)
    return None if base is None else (unsigned(base), square is not inner)


def _base_of_square(value: SSAValue) -> SSAValue | None:
    made: Any = value.owner
    match getattr(made, "name", ""):
        case "nd.sqr":
            return made.operands[0]
        case "nd.mul" if made.operands[0] is made.operands[1]:
            return made.operands[0]
        case "nd.pow" if uniform(made.operands[1]) == 2:
            return made.operands[0]
    return None


def unsigned(value: SSAValue) -> SSAValue:
    """x, of x and -x."""
    made = made_by(value, "neg")
    return value if made is None else made.operands[0]


@rewrite("log-of-product-of-all", "log", needs=("prod", "abs"), keeps_nan=False)
def log_of_product(op: Any, rewriter: Rewriter) -> Value | None:
    """log(prod(x)) -> sum(log(x)) for x that is nowhere negative: products over- and underflow.

    log(abs(prod(x))) -> sum(log(abs(x))).
    """
    (inner,) = op.operands
    modulus = made_by(inner, "abs")
    made = made_by(inner if modulus is None else modulus.operands[0], "prod")
    if made is None or kind(made.operands[0]) != "f" or not used_once(made.results[0]):
        return None
    factors = rewriter.value(made.operands[0])
    if modulus is not None:
        factors = ops.abs(factors)
    elif not is_not_negative(factors.ssa):
        return None
    return rewriter.value(rewriter.apply(Sum(made.definition.axis), [ops.log(factors)]))


SPECIAL_FUNCTIONS = (
    *ERROR_FUNCTIONS, *LOGARITHMS, *SIGMOIDS, *GAMMAS, scaled_erfc, log_of_product,
)  # fmt: skip
