"""How distributions are drawn from in compiled code: NumPy's own C functions, called as NumPy's
Generator calls them, so that the numbers are the same bit for bit.

What parameters may not be is checked before anything is drawn, and worded as NumPy or SciPy, which
of the two draws, words it for arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.sampler import Check, Sampler, Source

# Most that NumPy takes for the rate of a Poisson distribution.
MOST_EVENTS = float(np.iinfo(np.int64).max - np.sqrt(np.iinfo(np.int64).max) * 10)


def _domain(name: str) -> str:
    return (
        "Domain error in arguments. The `scale` parameter must be positive for all distributions, "
        "and many distributions have restrictions on shape parameters. Please see the "
        f"`scipy.stats.{name}` documentation for details."
    )


def _negative(name: str, parameter: int) -> Check:
    # NumPy refuses -0.0, and lets NaN through
    wrong = lambda x: nd.or_(nd.lt(x, 0.0), nd.lt(nd.reciprocal(x), 0.0))  # noqa: E731
    return Check(f"{name} < 0", wrong, (parameter,))


def _not_positive(name: str, parameter: int) -> Check:
    return Check(f"{name} <= 0", lambda x: nd.le(x, 0), (parameter,))


def _less(name: str, parameter: int) -> Check:
    return Check(f"{name} < 0", lambda x: nd.lt(x, 0), (parameter,))


def _outside(x: Any) -> Any:
    """Not in [0, 1]."""
    return nd.invert(nd.and_(nd.ge(x, 0.0), nd.le(x, 1.0)))


def _outside_or_zero(x: Any) -> Any:
    return nd.invert(nd.and_(nd.gt(x, 0.0), nd.le(x, 1.0)))


_PROBABILITY = "p < 0, p > 1 or p contains NaNs"
_POSITIVE_PROBABILITY = "p <= 0, p > 1 or p contains NaNs"


def _floating(function: str, count: int, *checks: Check) -> Sampler:
    """A distribution of floats that one C function of its parameters draws from."""
    return Sampler(
        ("float64",) * count, "float64", lambda s, *p: s.floating(function, *p), tuple(checks)
    )


def _events(n: Any, p: Any) -> Any:
    return nd.gt((1.0 - p) / p * (n + 10.0 * nd.sqrt(n)), MOST_EVENTS)


def bounded(s: Source, low: Any, high: Any) -> Any:
    b = s.b
    unmasked = b.number(0, "int8")
    return s.integer("random_bounded_uint64", low, high - 1 - low, b.number(0), unmasked)


def _fill_bounded(s: Source, low: Any, high: Any, count: Any, y: Any) -> None:
    unmasked = s.b.number(0, "int8")
    s.b.call("random_bounded_uint64_fill", [s.bits, low, high - 1 - low, count, unmasked, y])


def _categorical(s: Source, p: Any) -> Any:
    b = s.b
    u = s.floating("random_standard_uniform")
    total, index = b.cell(0.0, "float64"), b.cell(0)
    with b.loop(p.lengths[0] - 1) as i:
        total.value = total.value + p[i]
        index.value = index.value + b.cast(nd.lt(total.value, u), "int64")
    return index.value


def _multinomial(s: Source, n: Any, p: Any, row: Any, y: Any) -> None:
    b, k = s.b, p.lengths[0]
    with b.loop(k) as i:
        y[i] = 0
        row[i] = p[i]
    with b.when(nd.gt(k, 0)):
        b.call("random_multinomial", [s.bits, n, y, row, k, s.binomial_state])


def _dirichlet(s: Source, alpha: Any, y: Any) -> None:
    b, k = s.b, alpha.lengths[0]
    largest, total = b.cell(0.0, "float64"), b.cell(0.0, "float64")
    with b.loop(k) as i:
        largest.value = nd.maximum(largest.value, alpha[i])
    small = nd.and_(nd.gt(k, 0), nd.lt(largest.value, 0.1))
    with b.when(small):  # breaking a stick; y[i] begins as the sum of the alphas from i on
        with b.loop(k, None, down=True) as i:
            total.value = total.value + alpha[i]
            y[i] = total.value
        left, on = b.cell(1.0, "float64"), b.cell(1)
        with b.when(nd.eq(total.value, 0.0)):
            left.value, on.value = 0.0, 0
        with b.loop(k - 1) as i:
            with b.when(nd.eq(on.value, 1)):
                rest = y[i + 1]
                v = s.floating("random_beta", alpha[i], rest)
                y[i] = left.value * v
                left.value = left.value * (1.0 - v)
                on.value = b.cast(nd.neq(rest, 0.0), "int64")
            with b.otherwise():
                y[i] = 0.0
        y[k - 1] = left.value
    with b.otherwise():
        with b.loop(k) as i:
            y[i] = s.floating("random_standard_gamma", alpha[i])
            total.value = total.value + y[i]
        factor = 1.0 / total.value
        with b.loop(k) as i:
            y[i] = y[i] * factor


def scipy_check(name: str, holds: Any, parameter: int) -> Check:
    """What must hold of a parameter of SciPy's distribution `name`."""
    return Check(_domain(name), lambda x: nd.invert(holds(x)), (parameter,))


_HALF_NORMAL = (Check(_domain("halfnorm"), lambda x: nd.invert(nd.ge(x, 0.0)), (1,)),)
_STUDENT = (
    Check(_domain("t"), lambda x: nd.invert(nd.gt(x, 0.0)), (0,)),
    Check(_domain("t"), lambda x: nd.invert(nd.ge(x, 0.0)), (2,)),
)

SAMPLERS: dict[str, Sampler] = {
    "normal": _floating("random_normal", 2, _negative("scale", 1)),
    "uniform": Sampler(
        ("float64", "float64"), "float64",
        lambda s, low, high: s.floating("random_uniform", low, high - low),
        (
            Check("high - low range exceeds valid bounds",
                  lambda low, high: nd.or_(nd.isnan(high - low), nd.isinf(high - low)), (0, 1),
                  "OverflowError"),
            Check("high - low < 0", lambda low, high: nd.lt(high - low, 0.0), (0, 1)),
        ),
    ),
    "lognormal": _floating("random_lognormal", 2, _negative("sigma", 1)),
    "halfnormal": Sampler(
        ("float64", "float64"), "float64",
        lambda s, loc, scale: nd.abs(s.floating("random_standard_normal")) * scale + loc,
        _HALF_NORMAL, scale=1,
    ),
    "exponential": _floating("random_exponential", 1, _negative("scale", 0)),
    "gamma": _floating("random_gamma", 2, _negative("shape", 0), _negative("scale", 1)),
    "invgamma": Sampler(
        ("float64", "float64"), "float64",
        lambda s, shape, scale: 1.0 / s.floating("random_gamma", shape, 1.0 / scale),
        (_negative("shape", 0), _negative("scale", 1)),
    ),
    "beta": _floating("random_beta", 2, _not_positive("a", 0), _not_positive("b", 1)),
    "t": Sampler(
        ("float64",) * 3, "float64",
        lambda s, df, loc, scale: s.floating("random_standard_t", df) * scale + loc, _STUDENT,
        scale=2,
    ),
    "laplace": _floating("random_laplace", 2, _negative("scale", 1)),
    "logistic": _floating("random_logistic", 2, _negative("scale", 1)),
    "weibull": _floating("random_weibull", 1, _negative("a", 0)),
    "wald": _floating("random_wald", 2, _not_positive("mean", 0), _not_positive("scale", 1)),
    "vonmises": _floating("random_vonmises", 2, _negative("kappa", 1)),
    "triangular": _floating(
        "random_triangular", 3,
        Check("left > mode", nd.gt, (0, 1)),
        Check("mode > right", nd.gt, (1, 2)),
        Check("left == right", nd.eq, (0, 2)),
    ),
    "bernoulli": Sampler(
        ("float64",), "int64", lambda s, p: s.binomial(s.b.number(1), p),
        (Check(_domain("bernoulli"), _outside, (0,)),),
        binomial=True,
    ),
    "binomial": Sampler(
        ("int64", "float64"), "int64", lambda s, n, p: s.binomial(n, p),
        (
            _less("n", 0),
            Check(_PROBABILITY, _outside, (1,), of_numbers="p < 0, p > 1 or p is NaN"),
        ),
        binomial=True,
    ),
    "betabinom": Sampler(
        ("int64", "float64", "float64"), "int64", lambda s, p, n, a, b: s.binomial(n, p),
        (
            Check(_domain("betabinom"), lambda n: nd.lt(n, 0), (0,)),
            Check(_domain("betabinom"), lambda x: nd.invert(nd.gt(x, 0.0)), (1,)),
            Check(_domain("betabinom"), lambda x: nd.invert(nd.gt(x, 0.0)), (2,)),
        ),
        first=lambda s, n, a, b: s.floating("random_beta", a, b),
        binomial=True,
    ),
    "nbinom": Sampler(
        ("float64", "float64"), "int64",
        lambda s, n, p: s.integer("random_negative_binomial", n, p),
        (
            Check(_domain("nbinom"), lambda n: nd.invert(nd.gt(n, 0.0)), (0,)),
            Check(_domain("nbinom"), _outside_or_zero, (1,)),
            Check("n too large or p too small, see Generator.negative_binomial Notes", _events,
                  (0, 1)),
        ),
    ),
    "geometric": Sampler(
        ("float64",), "int64", lambda s, p: s.integer("random_geometric", p),
        (Check(_POSITIVE_PROBABILITY, _outside_or_zero, (0,)),),
    ),
    "hypergeometric": Sampler(
        ("int64",) * 3, "int64", lambda s, *p: s.integer("random_hypergeometric", *p),
        (
            Check("both ngood and nbad must be less than 1000000000",
                  lambda good, bad: nd.or_(nd.ge(good, 10**9), nd.ge(bad, 10**9)), (0, 1)),
            Check("ngood + nbad < nsample", lambda good, bad, n: nd.lt(good + bad, n), (0, 1, 2)),
            _less("ngood", 0), _less("nbad", 1), _less("nsample", 2),
        ),
    ),
    "poisson": Sampler(
        ("float64",), "int64", lambda s, rate: s.integer("random_poisson", rate),
        (
            Check("lam < 0 or lam contains NaNs", lambda x: nd.invert(nd.ge(x, 0.0)), (0,),
                  of_numbers="lam < 0 or lam is NaN"),
            Check("lam value too large", lambda x: nd.gt(x, MOST_EVENTS), (0,)),
        ),
    ),
    "integers": Sampler(
        ("int64", "int64"), "int64", bounded, (Check("low >= high", nd.ge, (0, 1)),),
        fill=_fill_bounded,
    ),
    "categorical": Sampler(("float64",), "int64", _categorical),
    "multinomial": Sampler(
        ("int64", "float64"), "int64", _multinomial,
        (
            _less("n", 0),
            Check("pvals < 0, pvals > 1 or pvals contains NaNs", _outside, (1,)),
        ),
        memory=lambda b, n, p: b.scratch("float64", p.lengths[-1]),  # without gaps, as p may not be
        binomial=True,
    ),
    "dirichlet": Sampler(
        ("float64",), "float64", _dirichlet,
        (Check("alpha < 0", lambda x: nd.lt(x, 0.0), (0,)),),
    ),
}  # fmt: skip
