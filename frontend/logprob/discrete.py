"""Probabilities of integers.

Formulas: N. L. Johnson, A. W. Kemp and S. Kotz, Univariate Discrete Distributions, 3rd ed. Binomial
coefficients are beta functions, which do not cancel; distribution functions are incomplete gamma
(DLMF 8.4.9) and beta functions (DLMF 8.17.5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.discrete_distributions import (
    BernoulliRV,
    BetaBinomialRV,
    BinomialRV,
    GeometricRV,
    HyperGeometricRV,
    IntegersRV,
    NegBinomialRV,
    PoissonRV,
)
from lamina.logprob.density import DiscreteDensity, density_of
from lamina.logprob.logarithms import log_choose, log_complement


def _probability(p: Any) -> dict[str, Any]:
    return {"0 <= p <= 1": nd.and_(nd.ge(p, 0), nd.le(p, 1))}


def _positive_probability(p: Any) -> dict[str, Any]:
    return {"0 < p <= 1": nd.and_(nd.gt(p, 0), nd.le(p, 1))}


@density_of(BernoulliRV)
class BernoulliDensity(DiscreteDensity):
    def requires(self, p: Any) -> Mapping[str, Any]:
        return _probability(p)

    def support(self, p: Any) -> tuple[Any, Any]:
        return 0, 1

    def logp(self, x: Any, p: Any) -> Any:
        return nd.switch(nd.eq(x, 1), nd.log(p), nd.log1p(-p))

    def logcdf(self, x: Any, p: Any) -> Any:
        return nd.second(x, nd.log1p(-p))

    def logsf(self, x: Any, p: Any) -> Any:
        return nd.second(x, nd.log(p))


@density_of(BinomialRV)
class BinomialDensity(DiscreteDensity):
    def requires(self, n: Any, p: Any) -> Mapping[str, Any]:
        return {"n >= 0": nd.ge(n, 0), **_probability(p)}

    def support(self, n: Any, p: Any) -> tuple[Any, Any]:
        return 0, n

    def logp(self, x: Any, n: Any, p: Any) -> Any:
        return log_choose(n, x) + nd.xlogy(x, p) + nd.xlog1py(n - x, -p)

    def logcdf(self, x: Any, n: Any, p: Any) -> Any:
        return nd.log(nd.betainc(n - x, x + 1, 1 - p))

    def logsf(self, x: Any, n: Any, p: Any) -> Any:
        return nd.log(nd.betainc(x + 1, n - x, p))


@density_of(BetaBinomialRV)
class BetaBinomialDensity(DiscreteDensity):
    def requires(self, n: Any, a: Any, b: Any) -> Mapping[str, Any]:
        return {"n >= 0": nd.ge(n, 0), "a > 0": nd.gt(a, 0), "b > 0": nd.gt(b, 0)}

    def support(self, n: Any, a: Any, b: Any) -> tuple[Any, Any]:
        return 0, n

    def logp(self, x: Any, n: Any, a: Any, b: Any) -> Any:
        return log_choose(n, x) + nd.betaln(x + a, n - x + b) - nd.betaln(a, b)


@density_of(NegBinomialRV)
class NegBinomialDensity(DiscreteDensity):
    def requires(self, n: Any, p: Any) -> Mapping[str, Any]:
        return {"n > 0": nd.gt(n, 0), **_positive_probability(p)}

    def support(self, n: Any, p: Any) -> tuple[Any, Any]:
        return 0, math.inf

    def logp(self, x: Any, n: Any, p: Any) -> Any:
        ways = -nd.log(x + n) - nd.betaln(x + 1, n)
        return ways + n * nd.log(p) + nd.xlog1py(x, -p)

    def logcdf(self, x: Any, n: Any, p: Any) -> Any:
        return nd.log(nd.betainc(n, x + 1, p))

    def logsf(self, x: Any, n: Any, p: Any) -> Any:
        return nd.log(nd.betainc(x + 1, n, 1 - p))


@density_of(GeometricRV)
class GeometricDensity(DiscreteDensity):
    def requires(self, p: Any) -> Mapping[str, Any]:
        return _positive_probability(p)

    def support(self, p: Any) -> tuple[Any, Any]:
        return 1, math.inf

    def logp(self, x: Any, p: Any) -> Any:
        return nd.log(p) + nd.xlog1py(x - 1, -p)

    def logcdf(self, x: Any, p: Any) -> Any:
        return log_complement(x * nd.log1p(-p))

    def logsf(self, x: Any, p: Any) -> Any:
        return x * nd.log1p(-p)


@density_of(HyperGeometricRV)
class HyperGeometricDensity(DiscreteDensity):
    def requires(self, ngood: Any, nbad: Any, nsample: Any) -> Mapping[str, Any]:
        return {
            "ngood >= 0": nd.ge(ngood, 0),
            "nbad >= 0": nd.ge(nbad, 0),
            "0 <= nsample <= ngood + nbad":
                nd.and_(nd.ge(nsample, 0), nd.le(nsample, ngood + nbad)),
        }  # fmt: skip

    def support(self, ngood: Any, nbad: Any, nsample: Any) -> tuple[Any, Any]:
        return nd.maximum(0, nsample - nbad), nd.minimum(ngood, nsample)

    def logp(self, x: Any, ngood: Any, nbad: Any, nsample: Any) -> Any:
        ways = log_choose(ngood, x) + log_choose(nbad, nsample - x)
        return ways - log_choose(ngood + nbad, nsample)


@density_of(PoissonRV)
class PoissonDensity(DiscreteDensity):
    def requires(self, lam: Any) -> Mapping[str, Any]:
        return {"lam >= 0": nd.ge(lam, 0)}

    def support(self, lam: Any) -> tuple[Any, Any]:
        return 0, math.inf

    def logp(self, x: Any, lam: Any) -> Any:
        return nd.xlogy(x, lam) - lam - nd.gammaln(x + 1)

    def logcdf(self, x: Any, lam: Any) -> Any:
        return nd.log(nd.gammaincc(x + 1, lam))

    def logsf(self, x: Any, lam: Any) -> Any:
        return nd.log(nd.gammainc(x + 1, lam))


@density_of(IntegersRV)
class IntegersDensity(DiscreteDensity):
    def requires(self, low: Any, high: Any) -> Mapping[str, Any]:
        return {"low < high": nd.lt(low, high)}

    def support(self, low: Any, high: Any) -> tuple[Any, Any]:
        return low, high - 1

    def logp(self, x: Any, low: Any, high: Any) -> Any:
        return nd.switch(nd.isnan(x), x, -nd.log(high - low))

    def logcdf(self, x: Any, low: Any, high: Any) -> Any:
        return nd.log((x - low + 1) / (high - low))

    def logsf(self, x: Any, low: Any, high: Any) -> Any:
        return nd.log((high - 1 - x) / (high - low))
