"""Densities on all real numbers.

Formulas: N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions, 2nd ed.,
in terms of z = (x - loc) / scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.constant import constant
from lamina.ir.ops.continuous_distributions import (
    CauchyRV,
    GumbelRV,
    LaplaceRV,
    LogisticRV,
    NormalRV,
    StudentTRV,
)
from lamina.logprob.density import Density, density_of
from lamina.logprob.logarithms import log_ndtr

LOG_2, LOG_PI = math.log(2), math.log(math.pi)


class _LocationScale(Density):
    def requires(self, *parameters: Any) -> Mapping[str, Any]:
        return {"scale > 0": nd.gt(parameters[-1], 0)}


@density_of(NormalRV)
class NormalDensity(Density):
    def requires(self, mu: Any, sigma: Any) -> Mapping[str, Any]:
        return {"sigma > 0": nd.gt(sigma, 0)}

    def logp(self, x: Any, mu: Any, sigma: Any) -> Any:
        z = (x - mu) / sigma
        tau = constant(np.array(2 * math.pi, z.type.dtype))
        return -0.5 * z**2 - nd.log(nd.sqrt(tau)) - nd.log(sigma)

    def logcdf(self, x: Any, mu: Any, sigma: Any) -> Any:
        return log_ndtr((x - mu) / sigma)

    def logsf(self, x: Any, mu: Any, sigma: Any) -> Any:
        return log_ndtr((mu - x) / sigma)

    def icdf(self, q: Any, mu: Any, sigma: Any) -> Any:
        return mu - sigma * math.sqrt(2) * nd.erfcinv(2 * q)


@density_of(StudentTRV)
class StudentTDensity(Density):
    def requires(self, df: Any, loc: Any, scale: Any) -> Mapping[str, Any]:
        return {"df > 0": nd.gt(df, 0), "scale > 0": nd.gt(scale, 0)}

    def logp(self, x: Any, df: Any, loc: Any, scale: Any) -> Any:
        z = (x - loc) / scale
        norm = nd.betaln(0.5, df / 2) + 0.5 * nd.log(df) + nd.log(scale)
        return -norm - (df + 1) / 2 * nd.log1p(nd.sqr(z) / df)

    def logcdf(self, x: Any, df: Any, loc: Any, scale: Any) -> Any:
        z = (x - loc) / scale
        tail = 0.5 * nd.betainc(df / 2, 0.5, df / (df + nd.sqr(z)))
        return nd.switch(nd.lt(z, 0), nd.log(tail), nd.log1p(-tail))

    def logsf(self, x: Any, df: Any, loc: Any, scale: Any) -> Any:
        return self.logcdf(2 * loc - x, df, loc, scale)

    def icdf(self, q: Any, df: Any, loc: Any, scale: Any) -> Any:
        both = 2 * nd.minimum(q, 1 - q)
        # u = df / (df + z^2) is small in the tails, 1 - u in the middle: each is found directly
        far = nd.lt(both, 0.5)
        u = nd.betaincinv(df / 2, 0.5, nd.switch(far, both, 0.5))
        v = nd.betaincinv(0.5, df / 2, nd.switch(far, 0.5, 1 - both))
        ratio = nd.switch(far, (1 - u) / u, v / (1 - v))
        return loc + scale * nd.sign(q - 0.5) * nd.sqrt(df * ratio)


@density_of(CauchyRV)
class CauchyDensity(_LocationScale):
    def logp(self, x: Any, loc: Any, scale: Any) -> Any:
        z = (x - loc) / scale
        return -LOG_PI - nd.log(scale) - nd.log1p(nd.sqr(z))

    def logcdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return nd.log(nd.arctan2(scale, loc - x) / math.pi)

    def logsf(self, x: Any, loc: Any, scale: Any) -> Any:
        return nd.log(nd.arctan2(scale, x - loc) / math.pi)

    def icdf(self, q: Any, loc: Any, scale: Any) -> Any:
        return loc - scale / nd.tan(math.pi * q)


@density_of(LaplaceRV)
class LaplaceDensity(_LocationScale):
    def logp(self, x: Any, loc: Any, scale: Any) -> Any:
        return -nd.abs(x - loc) / scale - nd.log(scale) - LOG_2

    def logcdf(self, x: Any, loc: Any, scale: Any) -> Any:
        z = (x - loc) / scale
        tail = -nd.abs(z) - LOG_2
        return nd.switch(nd.lt(z, 0), tail, nd.log1p(-nd.exp(tail)))

    def logsf(self, x: Any, loc: Any, scale: Any) -> Any:
        return self.logcdf(2 * loc - x, loc, scale)

    def icdf(self, q: Any, loc: Any, scale: Any) -> Any:
        low = nd.log(2 * nd.minimum(q, 0.5))
        high = -nd.log1p(-nd.maximum(q, 0.5)) - LOG_2
        return loc + scale * nd.switch(nd.lt(q, 0.5), low, high)


@density_of(LogisticRV)
class LogisticDensity(_LocationScale):
    def logp(self, x: Any, loc: Any, scale: Any) -> Any:
        size = nd.abs(x - loc) / scale
        return -size - 2 * nd.log1p(nd.exp(-size)) - nd.log(scale)

    def logcdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return -nd.softplus((loc - x) / scale)

    def logsf(self, x: Any, loc: Any, scale: Any) -> Any:
        return -nd.softplus((x - loc) / scale)

    def icdf(self, q: Any, loc: Any, scale: Any) -> Any:
        return loc + scale * nd.logit(q)


@density_of(GumbelRV)
class GumbelDensity(_LocationScale):
    def logp(self, x: Any, loc: Any, scale: Any) -> Any:
        z = (x - loc) / scale
        # near -inf the exponential grows faster: nothing else is left of it
        return -nd.maximum(z, -1e3) - nd.exp(-z) - nd.log(scale)

    def logcdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return -nd.exp((loc - x) / scale)

    def icdf(self, q: Any, loc: Any, scale: Any) -> Any:
        return loc - scale * nd.log(-nd.log(q))
