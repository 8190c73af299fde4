"""Distributions of integers, each of one number."""

from __future__ import annotations

from typing import Any

from lamina.ir.ops.continuous_distributions import _ScipyContinuous
from lamina.ir.ops.random_variable import REQUIRED, RandomVariable


class _Discrete(RandomVariable):
    """A distribution of NumPy's Generator, which has a method of its name."""

    __module__ = "lamina.tensor.random.basic"
    dtype = "int64"


class _ScipyDiscrete(_ScipyContinuous):
    dtype = "int64"


class BernoulliRV(_ScipyDiscrete):
    """1 with probability `p`, else 0."""

    name, signature, sampler = "bernoulli", "()->()", "bernoulli"
    _print_name = ("Bernoulli", r"\operatorname{Bernoulli}")
    parameters = {"p": REQUIRED}

    def rng_fn_scipy(self, rng: Any, p: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import bernoulli

        return bernoulli.rvs(p, size=size, random_state=rng)


class BinomialRV(_Discrete):
    """How many of `n` trials succeed, each with probability `p`."""

    name, signature, sampler = "binomial", "(),()->()", "binomial"
    _print_name = ("Binomial", r"\operatorname{Binomial}")
    parameters = {"n": REQUIRED, "p": REQUIRED}


class BetaBinomialRV(_ScipyDiscrete):
    """A binomial variable of `n` trials whose probability is a beta variable of `a` and `b`."""

    name, signature, sampler = "betabinom", "(),(),()->()", "betabinom"
    _print_name = ("BetaBinomial", r"\operatorname{BetaBinomial}")
    parameters = {"n": REQUIRED, "a": REQUIRED, "b": REQUIRED}

    def rng_fn_scipy(self, rng: Any, n: Any, a: Any, b: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import betabinom

        return betabinom.rvs(n, a, b, size=size, random_state=rng)


class NegBinomialRV(_ScipyDiscrete):
    """How many trials fail before `n` succeed, each with probability `p`."""

    name, signature, sampler = "nbinom", "(),()->()", "nbinom"
    _print_name = ("NegativeBinomial", r"\operatorname{NB}")
    parameters = {"n": REQUIRED, "p": REQUIRED}

    def rng_fn_scipy(self, rng: Any, n: Any, p: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import nbinom

        return nbinom.rvs(n, p, size=size, random_state=rng)


class GeometricRV(_Discrete):
    """The number of the first trial that succeeds, from 1, each with probability `p`."""

    name, signature, sampler = "geometric", "()->()", "geometric"
    _print_name = ("Geometric", r"\operatorname{Geometric}")
    parameters = {"p": REQUIRED}


class HyperGeometricRV(_Discrete):
    """How many are good of `nsample`, taken out of `ngood` good ones and `nbad` others."""

    name, signature, sampler = "hypergeometric", "(),(),()->()", "hypergeometric"
    _print_name = ("HyperGeometric", r"\operatorname{HyperGeometric}")
    parameters = {"ngood": REQUIRED, "nbad": REQUIRED, "nsample": REQUIRED}


class PoissonRV(_Discrete):
    """The Poisson distribution of mean `lam`."""

    name, signature, sampler = "poisson", "()->()", "poisson"
    _print_name = ("Poisson", r"\operatorname{Poisson}")
    parameters = {"lam": 1.0}


class IntegersRV(_Discrete):
    """Integers from `low` up to, and without, `high`, equally likely.

    Without `high`, from 0 up to `low`.
    """

    name, signature, sampler = "integers", "(),()->()", "integers"
    _print_name = ("integers", r"\operatorname{integers}")
    parameters = {"low": REQUIRED, "high": None}

    def _bound(self, args: Any, kwargs: dict[str, Any], size: Any) -> tuple[Any, Any]:
        (low, high), size = super()._bound(args, kwargs, size)
        return ((0, low) if high is None else (low, high)), size


bernoulli, binomial, betabinom = BernoulliRV(), BinomialRV(), BetaBinomialRV()
nbinom = negative_binomial = NegBinomialRV()
geometric, hypergeometric = GeometricRV(), HyperGeometricRV()
poisson, integers = PoissonRV(), IntegersRV()
