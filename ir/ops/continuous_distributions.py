"""Distributions of floats, each of one number."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.random_variable import REQUIRED, RandomVariable


class _Continuous(RandomVariable):
    """A distribution of NumPy's Generator, which has a method of its name."""

    __module__ = "lamina.tensor.random.basic"
    dtype = "floatX"


class _ScipyContinuous(_Continuous):
    """A distribution that SciPy draws from."""

    def rng_fn(self, rng: np.random.Generator, *args: Any) -> Any:
        *parameters, size = args
        return self.rng_fn_scipy(rng, *parameters, size=size)

    def rng_fn_scipy(self, rng: np.random.Generator, *parameters: Any, size: Any) -> Any:
        """Draws by SciPy."""
        raise NotImplementedError


class NormalRV(_Continuous):
    """The normal distribution, with mean `loc` and standard deviation `scale`."""

    name, signature, sampler = "normal", "(),()->()", "normal"
    _print_name = ("Normal", r"\mathcal{N}")
    parameters = {"loc": 0.0, "scale": 1.0}


class UniformRV(_Continuous):
    """The uniform distribution on [`low`, `high`)."""

    name, signature, sampler = "uniform", "(),()->()", "uniform"
    _print_name = ("Uniform", r"\mathcal{U}")
    parameters = {"low": 0.0, "high": 1.0}


class LogNormalRV(_Continuous):
    """exp of a normal variable of mean `mean` and standard deviation `sigma`."""

    name, signature, sampler = "lognormal", "(),()->()", "lognormal"
    _print_name = ("LogNormal", r"\operatorname{LogNormal}")
    parameters = {"mean": 0.0, "sigma": 1.0}


class HalfNormalRV(_ScipyContinuous):
    """`loc` and the absolute value of a normal variable of standard deviation `scale`."""

    name, signature, sampler = "halfnormal", "(),()->()", "halfnormal"
    _print_name = ("HalfNormal", r"\mathcal{N}^{+}")
    parameters = {"loc": 0.0, "scale": 1.0}

    def rng_fn_scipy(self, rng: Any, loc: Any, scale: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import halfnorm

        return halfnorm.rvs(loc, scale, random_state=rng, size=size)


class ExponentialRV(_Continuous):
    """The exponential distribution of mean `scale`."""

    name, signature, sampler = "exponential", "()->()", "exponential"
    _print_name = ("Exponential", r"\operatorname{Exponential}")
    parameters = {"scale": 1.0}


class GammaRV(_Continuous):
    """The gamma distribution of mean ``shape * scale``."""

    name, signature, sampler = "gamma", "(),()->()", "gamma"
    _print_name = ("Gamma", r"\operatorname{Gamma}")


class InvGammaRV(_Continuous):
    """The reciprocal of a gamma variable of parameters `shape` and ``1 / scale``."""

    name, signature, sampler = "invgamma", "(),()->()", "invgamma"
    _print_name = ("InverseGamma", r"\operatorname{Gamma}^{-1}")
    parameters = {"shape": REQUIRED, "scale": REQUIRED}

    def rng_fn(self, rng: Any, shape: Any, scale: Any, size: Any) -> Any:  # type: ignore[override]
        with np.errstate(all="ignore"):
            return 1 / rng.gamma(shape, np.true_divide(1, scale), size)


class GenGammaRV(_ScipyContinuous):
    """The generalised gamma distribution of density proportional to
    ``x**(alpha - 1) * exp(-(x / lambd)**p)``.
    """

    name, signature, inversion = "gengamma", "(),(),()->()", "gengamma"
    callback = True
    _print_name = ("GG", r"\operatorname{GG}")
    parameters = {"alpha": 1.0, "p": 1.0, "lambd": 1.0}

    def rng_fn_scipy(self, rng: Any, alpha: Any, p: Any, lambd: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import gengamma

        return gengamma.rvs(alpha / p, p, scale=lambd, size=size, random_state=rng)


class BetaRV(_Continuous):
    """The beta distribution of mean ``alpha / (alpha + beta)``."""

    name, signature, sampler = "beta", "(),()->()", "beta"
    _print_name = ("Beta", r"\operatorname{Beta}")
    parameters = {"alpha": REQUIRED, "beta": REQUIRED}


class StudentTRV(_ScipyContinuous):
    """`loc` and `scale` times Student's t of `df` degrees of freedom."""

    name, signature, sampler = "t", "(),(),()->()", "t"
    _print_name = ("StudentT", r"\operatorname{StudentT}")
    parameters = {"df": REQUIRED, "loc": 0.0, "scale": 1.0}

    def rng_fn_scipy(self, rng: Any, df: Any, loc: Any, scale: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import t

        return t.rvs(df, loc=loc, scale=scale, size=size, random_state=rng)


class CauchyRV(_ScipyContinuous):
    """The Cauchy distribution of median `loc` and half width `scale`."""

    name, signature, inversion = "cauchy", "(),()->()", "cauchy"
    callback = True
    _print_name = ("Cauchy", r"\operatorname{Cauchy}")
    parameters = {"loc": 0.0, "scale": 1.0}

    def rng_fn_scipy(self, rng: Any, loc: Any, scale: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import cauchy

        return cauchy.rvs(loc=loc, scale=scale, random_state=rng, size=size)


class HalfCauchyRV(_ScipyContinuous):
    """`loc` and the absolute value of a Cauchy variable of median 0."""

    name, signature, inversion = "halfcauchy", "(),()->()", "halfcauchy"
    callback = True
    _print_name = ("HalfCauchy", r"\operatorname{C^{+}}")
    parameters = {"loc": 0.0, "scale": 1.0}

    def rng_fn_scipy(self, rng: Any, loc: Any, scale: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import halfcauchy

        return halfcauchy.rvs(loc=loc, scale=scale, random_state=rng, size=size)


class LaplaceRV(_Continuous):
    """The Laplace distribution of mean `loc`, whose distance from it is exponential of mean
    `scale`.
    """

    name, signature, sampler = "laplace", "(),()->()", "laplace"
    _print_name = ("Laplace", r"\operatorname{Laplace}")
    parameters = {"loc": 0.0, "scale": 1.0}


class LogisticRV(_Continuous):
    """The logistic distribution of mean `loc` and scale `scale`."""

    name, signature, sampler = "logistic", "(),()->()", "logistic"
    _print_name = ("Logistic", r"\operatorname{Logistic}")
    parameters = {"loc": 0.0, "scale": 1.0}


class GumbelRV(_ScipyContinuous):
    """The Gumbel distribution of mode `loc` and scale `scale`, skewed to the right."""

    name, signature, inversion = "gumbel", "(),()->()", "gumbel"
    callback = True
    _print_name = ("Gumbel", r"\operatorname{Gumbel}")
    parameters = {"loc": REQUIRED, "scale": 1.0}

    def rng_fn_scipy(self, rng: Any, loc: Any, scale: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import gumbel_r

        return gumbel_r.rvs(loc=loc, scale=scale, size=size, random_state=rng)


class WeibullRV(_Continuous):
    """The Weibull distribution of exponent `shape` and scale 1."""

    name, signature, sampler = "weibull", "()->()", "weibull"
    _print_name = ("Weibull", r"\operatorname{Weibull}")
    parameters = {"shape": REQUIRED}


class ParetoRV(_ScipyContinuous):
    """The Pareto distribution of exponent `b` from `scale` on."""

    name, signature, inversion = "pareto", "(),()->()", "pareto"
    callback = True
    _print_name = ("Pareto", r"\operatorname{Pareto}")
    parameters = {"b": REQUIRED, "scale": 1.0}

    def rng_fn_scipy(self, rng: Any, b: Any, scale: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import pareto

        return pareto.rvs(b, scale=scale, size=size, random_state=rng)


class WaldRV(_Continuous):
    """The inverse Gaussian distribution of mean `mean` and shape `scale`."""

    name, signature, sampler = "wald", "(),()->()", "wald"
    _print_name = ("Wald", r"\operatorname{Wald}")
    parameters = {"mean": 1.0, "scale": 1.0}


class VonMisesRV(_Continuous):
    """The von Mises distribution of angles, of mode `mu` and concentration `kappa`."""

    name, signature, sampler = "vonmises", "(),()->()", "vonmises"
    _print_name = ("VonMises", r"\operatorname{VonMises}")
    parameters = {"mu": REQUIRED, "kappa": REQUIRED}


class TriangularRV(_Continuous):
    """The triangular distribution on [`left`, `right`] with its peak at `mode`."""

    name, signature, sampler = "triangular", "(),(),()->()", "triangular"
    _print_name = ("Triangular", r"\operatorname{Triangular}")
    parameters = {"left": REQUIRED, "mode": REQUIRED, "right": REQUIRED}


class TruncExponentialRV(_ScipyContinuous):
    """The exponential distribution of scale `scale` on [`loc`, ``loc + b * scale``]."""

    name, signature, inversion = "truncexpon", "(),(),()->()", "truncexpon"
    callback = True
    _print_name = ("TruncatedExponential", r"\operatorname{TruncatedExponential}")
    parameters = {"b": REQUIRED, "loc": 0.0, "scale": 1.0}

    def rng_fn_scipy(self, rng: Any, b: Any, loc: Any, scale: Any, *, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import truncexpon

        return truncexpon.rvs(b, loc=loc, scale=scale, size=size, random_state=rng)


normal, uniform, lognormal, halfnormal = NormalRV(), UniformRV(), LogNormalRV(), HalfNormalRV()
exponential, invgamma, gengamma, beta = ExponentialRV(), InvGammaRV(), GenGammaRV(), BetaRV()
t, cauchy, halfcauchy, laplace = StudentTRV(), CauchyRV(), HalfCauchyRV(), LaplaceRV()
logistic, gumbel, weibull, pareto = LogisticRV(), GumbelRV(), WeibullRV(), ParetoRV()
wald, vonmises, triangular, truncexpon = (
    WaldRV(),
    VonMisesRV(),
    TriangularRV(),
    TruncExponentialRV(),
)
_gamma = GammaRV()


def standard_normal(*, size: Any = None, **kwargs: Any) -> Any:
    """Draws from the normal distribution of mean 0 and standard deviation 1."""
    return normal(0.0, 1.0, size=size, **kwargs)


def gamma(
    shape: Any, scale: Any = None, size: Any = None, *, rate: Any = None, **kwargs: Any
) -> Any:
    """Draws from the gamma distribution of mean ``shape * scale``.

    Parameters
    ----------
    shape, scale : tensor-like
        Above 0.
    size : None, int, tuple or vector
    rate : tensor-like, optional
        ``1 / scale``, in its place; deprecated.
    **kwargs
        As of every distribution.

    Raises
    ------
    ValueError
        `scale` and `rate` are given, or neither.
    """
    if scale is not None and rate is not None:
        raise ValueError("Cannot specify both rate and scale")
    if rate is not None:
        warnings.warn(
            "gamma: the argument rate is deprecated, use scale = 1 / rate",
            FutureWarning,
            stacklevel=2,
        )
        scale = 1.0 / as_tensor_variable(rate)
    if scale is None:
        raise ValueError("gamma needs its scale")
    return _gamma(shape, scale, size=size, **kwargs)


def chisquare(df: Any, size: Any = None, **kwargs: Any) -> Any:
    """Draws from the chi-squared distribution of `df` degrees of freedom, above 0."""
    return _gamma(as_tensor_variable(df) / 2.0, 2.0, size=size, **kwargs)
