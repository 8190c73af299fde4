"""Random numbers as functions of words: mostly the inverse of the distribution function at one.

L. Devroye, Non-Uniform Random Variate Generation, Springer 1986, chapter II.2. The formulas are
read on variables of graphs and on arrays. A number takes a fixed count of words, and no branch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.panjer_quantile import binomial_quantile, poisson_quantile
from lamina.ir.ops.philox import full_product
from lamina.ir.ops.sampler import Check
from lamina.ir.ops.samplers import SAMPLERS, scipy_check

_FLOAT64, _INT64, _UINT64 = map(cast_op, ("float64", "int64", "uint64"))
_MOST = np.iinfo(np.int64).max

# How many digits uniform numbers of a dtype have.
DIGITS = {"float64": 53, "float32": 24, "float16": 11}


class Inversion(NamedTuple):
    """How numbers are made of words.

    Attributes
    ----------
    value : callable
        ``value(words, *parameters)``, each of `words` and `parameters` an operand.
    checks : tuple of Check
        On the parameters.
    dtypes : tuple of str
        What the parameters are converted to.
    words : int
        How many words a number takes.
    integer : bool
        Whether numbers are int64, not float64.
    by_digits : bool
        Whether `value` has how many digits are wanted as its last parameter; else the float64 is
        rounded to the dtype that is wanted.
    """

    value: Callable[..., Any]
    checks: tuple[Check, ...]
    dtypes: tuple[str, ...]
    words: int = 1
    integer: bool = False
    by_digits: bool = False


def unit(word: Any, digits: int = 53) -> Any:
    """A multiple of 2**-digits in [0, 1): the first digits of a word."""
    return _FLOAT64(word >> np.uint64(64 - digits)) * 2.0**-digits


def symmetric(word: Any) -> Any:
    """An odd multiple of 2**-53 in (-1, 1); of the complement of a word, its negative.

    Its distances from -1 and 1 are exact, and so are both tails of what is made of it.
    """
    odd = (word >> np.uint64(10)) | np.uint64(1)
    return _FLOAT64(_INT64(odd) - np.int64(2**53)) * 2.0**-53


def _normal(word: Any) -> Any:
    return math.sqrt(2) * nd.erfinv(symmetric(word))


def _exponential(word: Any) -> Any:
    return -nd.log1p(-unit(word))


def _laplace(word: Any) -> Any:
    x = symmetric(word)
    return -nd.sign(x) * nd.log1p(-nd.abs(x))


def _logistic(word: Any) -> Any:
    x = symmetric(word)
    return nd.log1p(x) - nd.log1p(-x)


def _gumbel(word: Any) -> Any:
    x = symmetric(word)
    # of u = (1 + x) / 2, log(u), which has its digits on both sides
    return -nd.log(-nd.switch(x < 0.0, nd.log((1.0 + x) * 0.5), nd.log1p((x - 1.0) * 0.5)))


def _cauchy(word: Any) -> Any:
    x = symmetric(word)
    return nd.sign(x) / nd.tan((1.0 - nd.abs(x)) * (math.pi / 2))


def _triangular(word: Any, left: Any, mode: Any, right: Any) -> Any:
    u, width = unit(word), right - left
    rising = left + nd.sqrt(u * width * (mode - left))
    falling = right - nd.sqrt((1.0 - u) * width * (right - mode))
    return nd.switch(u * width <= mode - left, rising, falling)


def _wald(z: Any, u: Any, mean: Any, shape: Any) -> Any:
    # J. R. Michael, W. R. Schucany, R. W. Haas, Am. Stat. 30 (1976) 88: the roots of a quadratic
    # equation, whose product is the square of the mean
    a = mean * (z * z) / (2.0 * shape)
    ratio = 1.0 + a + nd.sqrt(a * (a + 2.0))
    small = mean / ratio
    return nd.switch(u * (mean + small) <= mean, small, mean * ratio)


def _student(words: Sequence[Any], df: Any) -> Any:
    # R. W. Bailey, Math. Comp. 62 (1994) 779: polar coordinates of a pair of t variables
    e = 2.0 * _exponential(words[0])
    square = nd.switch(nd.isinf(df), e, df * nd.expm1(e / df))
    return nd.sqrt(square) * nd.cos(symmetric(words[1]) * math.pi)


def _geometric(word: Any, p: Any) -> Any:
    trials = nd.maximum(nd.ceil(-_exponential(word) / nd.log1p(-p)), 1.0)
    too_many = trials >= 2.0**63
    return nd.switch(too_many, _MOST, _INT64(nd.switch(too_many, 1.0, trials)))


def _integers(word: Any, low: Any, high: Any) -> Any:
    """The high word of the product with the width: no two numbers' odds differ by more than
    2**-64.
    """
    high_word, _ = full_product(word, _UINT64(high - low))
    return low + _INT64(high_word)


def _standard_gamma(word: Any, shape: Any) -> Any:
    none = nd.eq(shape, 0.0)
    return nd.switch(none, 0.0, nd.gammaincinv(nd.switch(none, 1.0, shape), unit(word)))


def _inverse_gamma(word: Any, shape: Any, scale: Any) -> Any:
    none = nd.eq(shape, 0.0)
    upper = nd.gammainccinv(nd.switch(none, 1.0, shape), unit(word))
    return nd.switch(none, math.inf, scale / upper)


def binomial(word: Any, n: Any, p: Any) -> Any:
    """A binomial number of `n` trials, int64, of probability `p`."""
    return _INT64(binomial_quantile(symmetric(word), _FLOAT64(n), p))


def _negative_binomial(words: Sequence[Any], n: Any, p: Any) -> Any:
    rate = _standard_gamma(words[1], n) * ((1.0 - p) / p)
    return _INT64(poisson_quantile(symmetric(words[0]), rate))


def _weibull(word: Any, a: Any) -> Any:
    return nd.switch(nd.eq(a, 0.0), 0.0, _exponential(word) ** (1.0 / a))


_F = "float64"
_SCALE_BELOW_0 = Check("scale < 0", lambda x: nd.lt(x, 0.0), (0,))
_A_NOT_POSITIVE = Check("a <= 0", lambda x: nd.le(x, 0.0), (0,))
_DF_NOT_POSITIVE = Check("df <= 0", lambda x: nd.le(x, 0.0), (0,))


def _as(sampler: str, value: Callable[..., Any], **facts: Any) -> Inversion:
    """The distribution of a sampler, with its checks."""
    known = SAMPLERS[sampler]
    return Inversion(value, known.checks, known.dtypes, integer=known.result == "int64", **facts)


def _scipy(name: str, value: Callable[..., Any], count: int, *positive: int) -> Inversion:
    """A distribution of SciPy, of which the last parameter is the scale."""
    checks = [scipy_check(name, lambda x: nd.gt(x, 0.0), i) for i in positive]
    return Inversion(
        value, (*checks, scipy_check(name, lambda x: nd.ge(x, 0.0), count - 1)), (_F,) * count
    )


INVERSIONS: dict[str, Inversion] = {
    "uniform": _as(
        "uniform", lambda w, low, high, digits: low + (high - low) * unit(w[0], digits),
        by_digits=True,
    ),
    "normal": _as("normal", lambda w, loc, scale: loc + scale * _normal(w[0])),
    "lognormal": _as("lognormal", lambda w, mean, sigma: nd.exp(mean + sigma * _normal(w[0]))),
    "halfnormal": _as("halfnormal", lambda w, loc, scale: loc + scale * nd.abs(_normal(w[0]))),
    "exponential": _as("exponential", lambda w, scale: scale * _exponential(w[0])),
    "laplace": _as("laplace", lambda w, loc, scale: loc + scale * _laplace(w[0])),
    "logistic": _as("logistic", lambda w, loc, scale: loc + scale * _logistic(w[0])),
    "gumbel": _scipy("gumbel_r", lambda w, loc, scale: loc + scale * _gumbel(w[0]), 2),
    "cauchy": _scipy("cauchy", lambda w, loc, scale: loc + scale * _cauchy(w[0]), 2),
    "halfcauchy": _scipy(
        "halfcauchy", lambda w, loc, scale: loc + scale * nd.abs(_cauchy(w[0])), 2),
    "weibull": _as("weibull", lambda w, a: _weibull(w[0], a)),
    "pareto": _scipy("pareto", lambda w, b, scale: scale * nd.exp(_exponential(w[0]) / b), 2, 0),
    "truncexpon": Inversion(
        lambda w, b, loc, scale: loc - scale * nd.log1p(unit(w[0]) * nd.expm1(-b)),
        (scipy_check("truncexpon", lambda x: nd.gt(x, 0.0), 0),
         scipy_check("truncexpon", lambda x: nd.ge(x, 0.0), 2)),
        (_F,) * 3,
    ),
    "triangular": _as("triangular", lambda w, *p: _triangular(w[0], *p)),
    "wald": _as(
        "wald", lambda w, mean, shape: _wald(_normal(w[0]), unit(w[1]), mean, shape), words=2),
    "t": _as("t", lambda w, df, loc, scale: loc + scale * _student(w, df), words=2),
    "gamma": _as("gamma", lambda w, shape, scale: scale * _standard_gamma(w[0], shape)),
    "invgamma": _as("invgamma", lambda w, *p: _inverse_gamma(w[0], *p)),
    "gengamma": _scipy(
        "gengamma",
        lambda w, alpha, p, lambd: lambd * _standard_gamma(w[0], alpha / p) ** (1.0 / p), 3, 0, 1),
    "beta": _as("beta", lambda w, a, b: nd.betaincinv(a, b, unit(w[0]))),
    "bernoulli": _as("bernoulli", lambda w, p: _INT64(unit(w[0]) < p)),
    "poisson": _as("poisson", lambda w, rate: _INT64(poisson_quantile(symmetric(w[0]), rate))),
    "binomial": _as("binomial", lambda w, n, p: binomial(w[0], n, p)),
    "nbinom": _as("nbinom", lambda w, n, p: _negative_binomial(w, n, p), words=2),
    "betabinom": _as(
        "betabinom", lambda w, n, a, b: binomial(w[0], n, nd.betaincinv(a, b, unit(w[1]))),
        words=2),
    "geometric": _as("geometric", lambda w, p: _geometric(w[0], p)),
    "integers": _as("integers", lambda w, low, high: _integers(w[0], low, high)),
    # methods of NumPy's Generator that are no random variables
    "lomax": Inversion(
        lambda w, a: nd.expm1(_exponential(w[0]) / a), (_A_NOT_POSITIVE,), (_F,)),
    "power": Inversion(lambda w, a: unit(w[0]) ** (1.0 / a), (_A_NOT_POSITIVE,), (_F,)),
    "rayleigh": Inversion(
        lambda w, scale: scale * nd.sqrt(2.0 * _exponential(w[0])), (_SCALE_BELOW_0,), (_F,)),
    "standard_t": Inversion(_student, (_DF_NOT_POSITIVE,), (_F,), words=2),
}  # fmt: skip
