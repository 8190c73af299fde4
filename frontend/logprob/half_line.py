"""Densities on the numbers above one.

Formulas: N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions, 2nd ed.;
incomplete gamma functions: DLMF 8.2.4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.continuous_distributions import (
    ExponentialRV,
    GammaRV,
    GenGammaRV,
    HalfCauchyRV,
    HalfNormalRV,
    InvGammaRV,
    LogNormalRV,
    ParetoRV,
    WaldRV,
    WeibullRV,
)
from lamina.logprob.density import Density, density_of
from lamina.logprob.logarithms import log_difference, log_ndtr, log_sum

_ROOT_HALF = math.sqrt(0.5)
_LOG_TAU = math.log(2 * math.pi)


class _Positive(Density):
    def support(self, *parameters: Any) -> tuple[Any, Any]:
        return 0, math.inf


@density_of(ExponentialRV)
class ExponentialDensity(_Positive):
    def requires(self, scale: Any) -> Mapping[str, Any]:
        return {"scale > 0": nd.gt(scale, 0)}

    def logp(self, x: Any, scale: Any) -> Any:
        return -x / scale - nd.log(scale)

    def logcdf(self, x: Any, scale: Any) -> Any:
        return nd.log1mexp(-x / scale)

    def logsf(self, x: Any, scale: Any) -> Any:
        return -x / scale

    def icdf(self, q: Any, scale: Any) -> Any:
        return -scale * nd.log1p(-q)


class _AboveLocation(Density):
    def support(self, loc: Any, scale: Any) -> tuple[Any, Any]:
        return loc, math.inf


@density_of(HalfNormalRV)
class HalfNormalDensity(_AboveLocation):
    def requires(self, loc: Any, sigma: Any) -> Mapping[str, Any]:
        return {"sigma > 0": nd.gt(sigma, 0)}

    def logp(self, x: Any, loc: Any, sigma: Any) -> Any:
        return -0.5 * nd.sqr((x - loc) / sigma) + 0.5 * math.log(2 / math.pi) - nd.log(sigma)

    def logcdf(self, x: Any, loc: Any, sigma: Any) -> Any:
        return nd.log(nd.erf((x - loc) / sigma * _ROOT_HALF))

    def logsf(self, x: Any, loc: Any, sigma: Any) -> Any:
        z = (x - loc) / sigma
        return nd.log(nd.erfcx(z * _ROOT_HALF)) - 0.5 * nd.sqr(z)

    def icdf(self, q: Any, loc: Any, sigma: Any) -> Any:
        return loc + sigma * math.sqrt(2) * nd.erfinv(q)


@density_of(HalfCauchyRV)
class HalfCauchyDensity(_AboveLocation):
    def requires(self, loc: Any, scale: Any) -> Mapping[str, Any]:
        return {"scale > 0": nd.gt(scale, 0)}

    def logp(self, x: Any, loc: Any, scale: Any) -> Any:
        return math.log(2 / math.pi) - nd.log(scale) - nd.log1p(nd.sqr((x - loc) / scale))

    def logcdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return nd.log(2 / math.pi * nd.arctan2(x - loc, scale))

    def logsf(self, x: Any, loc: Any, scale: Any) -> Any:
        return nd.log(2 / math.pi * nd.arctan2(scale, x - loc))

    def icdf(self, q: Any, loc: Any, scale: Any) -> Any:
        return loc + scale * nd.tan(math.pi / 2 * q)


@density_of(LogNormalRV)
class LogNormalDensity(_Positive):
    open = True

    def requires(self, mean: Any, sigma: Any) -> Mapping[str, Any]:
        return {"sigma > 0": nd.gt(sigma, 0)}

    def logp(self, x: Any, mean: Any, sigma: Any) -> Any:
        z = (nd.log(x) - mean) / sigma
        return -0.5 * nd.sqr(z) - 0.5 * _LOG_TAU - nd.log(sigma) - nd.log(x)

    def logcdf(self, x: Any, mean: Any, sigma: Any) -> Any:
        return log_ndtr((nd.log(x) - mean) / sigma)

    def logsf(self, x: Any, mean: Any, sigma: Any) -> Any:
        return log_ndtr((mean - nd.log(x)) / sigma)

    def icdf(self, q: Any, mean: Any, sigma: Any) -> Any:
        return nd.exp(mean - sigma * math.sqrt(2) * nd.erfcinv(2 * q))


@density_of(GammaRV)
class GammaDensity(_Positive):
    def requires(self, shape: Any, scale: Any) -> Mapping[str, Any]:
        return {"shape > 0": nd.gt(shape, 0), "scale > 0": nd.gt(scale, 0)}

    def logp(self, x: Any, shape: Any, scale: Any) -> Any:
        z = x / scale
        return nd.xlogy(shape - 1, z) - z - nd.gammaln(shape) - nd.log(scale)

    def logcdf(self, x: Any, shape: Any, scale: Any) -> Any:
        return nd.log(nd.gammainc(shape, x / scale))

    def logsf(self, x: Any, shape: Any, scale: Any) -> Any:
        return nd.log(nd.gammaincc(shape, x / scale))

    def icdf(self, q: Any, shape: Any, scale: Any) -> Any:
        return scale * nd.gammaincinv(shape, q)


@density_of(InvGammaRV)
class InvGammaDensity(_Positive):
    open = True

    def requires(self, shape: Any, scale: Any) -> Mapping[str, Any]:
        return {"shape > 0": nd.gt(shape, 0), "scale > 0": nd.gt(scale, 0)}

    def logp(self, x: Any, shape: Any, scale: Any) -> Any:
        z = x / scale
        return -(shape + 1) * nd.log(z) - 1 / z - nd.gammaln(shape) - nd.log(scale)

    def logcdf(self, x: Any, shape: Any, scale: Any) -> Any:
        return nd.log(nd.gammaincc(shape, scale / x))

    def logsf(self, x: Any, shape: Any, scale: Any) -> Any:
        return nd.log(nd.gammainc(shape, scale / x))

    def icdf(self, q: Any, shape: Any, scale: Any) -> Any:
        return scale / nd.gammainccinv(shape, q)


@density_of(GenGammaRV)
class GenGammaDensity(_Positive):
    """E. W. Stacy, Ann. Math. Stat. 33 (1962) 1187: (x / lambd)^p is a gamma variable."""

    def requires(self, alpha: Any, p: Any, lambd: Any) -> Mapping[str, Any]:
        return {"alpha > 0": nd.gt(alpha, 0), "p > 0": nd.gt(p, 0), "lambd > 0": nd.gt(lambd, 0)}

    def logp(self, x: Any, alpha: Any, p: Any, lambd: Any) -> Any:
        z = x / lambd
        norm = nd.gammaln(alpha / p) + nd.log(lambd) - nd.log(p)
        return nd.xlogy(alpha - 1, z) - nd.pow(z, p) - norm

    def logcdf(self, x: Any, alpha: Any, p: Any, lambd: Any) -> Any:
        return nd.log(nd.gammainc(alpha / p, nd.pow(x / lambd, p)))

    def logsf(self, x: Any, alpha: Any, p: Any, lambd: Any) -> Any:
        return nd.log(nd.gammaincc(alpha / p, nd.pow(x / lambd, p)))

    def icdf(self, q: Any, alpha: Any, p: Any, lambd: Any) -> Any:
        return lambd * nd.pow(nd.gammaincinv(alpha / p, q), 1 / p)


@density_of(WeibullRV)
class WeibullDensity(_Positive):
    def requires(self, shape: Any) -> Mapping[str, Any]:
        return {"shape > 0": nd.gt(shape, 0)}

    def logp(self, x: Any, shape: Any) -> Any:
        return nd.log(shape) + nd.xlogy(shape - 1, x) - nd.pow(x, shape)

    def logcdf(self, x: Any, shape: Any) -> Any:
        return nd.log1mexp(-nd.pow(x, shape))

    def logsf(self, x: Any, shape: Any) -> Any:
        return -nd.pow(x, shape)

    def icdf(self, q: Any, shape: Any) -> Any:
        return nd.pow(-nd.log1p(-q), 1 / shape)


@density_of(ParetoRV)
class ParetoDensity(Density):
    def requires(self, b: Any, scale: Any) -> Mapping[str, Any]:
        return {"b > 0": nd.gt(b, 0), "scale > 0": nd.gt(scale, 0)}

    def support(self, b: Any, scale: Any) -> tuple[Any, Any]:
        return scale, math.inf

    def logp(self, x: Any, b: Any, scale: Any) -> Any:
        return nd.log(b) - nd.log(scale) - (b + 1) * nd.log(x / scale)

    def logcdf(self, x: Any, b: Any, scale: Any) -> Any:
        return nd.log1mexp(-b * nd.log(x / scale))

    def logsf(self, x: Any, b: Any, scale: Any) -> Any:
        return -b * nd.log(x / scale)

    def icdf(self, q: Any, b: Any, scale: Any) -> Any:
        return scale * nd.exp(-nd.log1p(-q) / b)


@density_of(WaldRV)
class WaldDensity(_Positive):
    """The distribution function: G. Giner and G. K. Smyth, R Journal 8 (2016), issue 1, 339."""

    open = True

    def requires(self, mean: Any, scale: Any) -> Mapping[str, Any]:
        return {"mean > 0": nd.gt(mean, 0), "scale > 0": nd.gt(scale, 0)}

    def logp(self, x: Any, mean: Any, scale: Any) -> Any:
        distance = scale * nd.sqr((x - mean) / mean) / x
        return 0.5 * (nd.log(scale) - _LOG_TAU - 3 * nd.log(x) - distance)

    def _terms(self, x: Any, mean: Any, scale: Any) -> tuple[Any, Any]:
        root = nd.sqrt(scale / x)
        return root * (x / mean - 1), 2 * scale / mean + log_ndtr(-root * (x / mean + 1))

    def logcdf(self, x: Any, mean: Any, scale: Any) -> Any:
        z, reflected = self._terms(x, mean, scale)
        return log_sum(log_ndtr(z), reflected)

    def logsf(self, x: Any, mean: Any, scale: Any) -> Any:
        z, reflected = self._terms(x, mean, scale)
        return log_difference(log_ndtr(-z), reflected)
