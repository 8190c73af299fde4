"""Densities on intervals.

Formulas: N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions, 2nd ed.;
the von Mises density: K. V. Mardia and P. E. Jupp, Directional Statistics, equation 3.5.17.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.continuous_distributions import (
    BetaRV,
    TriangularRV,
    TruncExponentialRV,
    UniformRV,
    VonMisesRV,
)
from lamina.logprob.density import Density, density_of


@density_of(UniformRV)
class UniformDensity(Density):
    def requires(self, low: Any, high: Any) -> Mapping[str, Any]:
        return {"low < high": nd.lt(low, high)}

    def support(self, low: Any, high: Any) -> tuple[Any, Any]:
        return low, high

    def logp(self, x: Any, low: Any, high: Any) -> Any:
        return nd.switch(nd.isnan(x), x, -nd.log(high - low))

    def logcdf(self, x: Any, low: Any, high: Any) -> Any:
        return nd.log((x - low) / (high - low))

    def logsf(self, x: Any, low: Any, high: Any) -> Any:
        return nd.log((high - x) / (high - low))

    def icdf(self, q: Any, low: Any, high: Any) -> Any:
        return low + q * (high - low)


@density_of(BetaRV)
class BetaDensity(Density):
    def requires(self, alpha: Any, beta: Any) -> Mapping[str, Any]:
        return {"alpha > 0": nd.gt(alpha, 0), "beta > 0": nd.gt(beta, 0)}

    def support(self, alpha: Any, beta: Any) -> tuple[Any, Any]:
        return 0, 1

    def logp(self, x: Any, alpha: Any, beta: Any) -> Any:
        return nd.xlogy(alpha - 1, x) + nd.xlog1py(beta - 1, -x) - nd.betaln(alpha, beta)

    def logcdf(self, x: Any, alpha: Any, beta: Any) -> Any:
        return nd.log(nd.betainc(alpha, beta, x))

    def logsf(self, x: Any, alpha: Any, beta: Any) -> Any:
        return nd.log(nd.betainc(beta, alpha, 1 - x))

    def icdf(self, q: Any, alpha: Any, beta: Any) -> Any:
        return nd.betaincinv(alpha, beta, q)


@density_of(TriangularRV)
class TriangularDensity(Density):
    def requires(self, left: Any, mode: Any, right: Any) -> Mapping[str, Any]:
        return {
            "left <= mode": nd.le(left, mode),
            "mode <= right": nd.le(mode, right),
            "left < right": nd.lt(left, right),
        }

    def support(self, left: Any, mode: Any, right: Any) -> tuple[Any, Any]:
        return left, right

    def _side(self, x: Any, left: Any, mode: Any, right: Any) -> tuple[Any, Any, Any]:
        """Whether x is left of the mode, its distance to the end on its side, and the mode's."""
        rising, at_mode = nd.lt(x, mode), nd.eq(x, mode)
        distance = nd.switch(rising, x - left, nd.switch(at_mode, 1.0, right - x))
        whole = nd.switch(rising, mode - left, nd.switch(at_mode, 1.0, right - mode))
        return rising, distance, whole

    def logp(self, x: Any, left: Any, mode: Any, right: Any) -> Any:
        _, distance, whole = self._side(x, left, mode, right)
        return nd.log(2 * distance / whole / (right - left))

    def logcdf(self, x: Any, left: Any, mode: Any, right: Any) -> Any:
        rising = nd.le(x, mode)
        below = nd.sqr(nd.switch(rising, x - left, 0.5 * (mode - left)))
        above = nd.sqr(nd.switch(rising, 0.0, right - x))
        up = below / (nd.switch(nd.gt(mode, left), mode - left, 1.0) * (right - left))
        down = above / (nd.switch(nd.gt(right, mode), right - mode, 1.0) * (right - left))
        return nd.switch(rising, nd.log(up), nd.log1p(-down))

    def icdf(self, q: Any, left: Any, mode: Any, right: Any) -> Any:
        width = right - left
        rising = nd.lt(q * width, mode - left)
        up = left + nd.sqrt(q * width * (mode - left))
        return nd.switch(rising, up, right - nd.sqrt((1 - q) * width * (right - mode)))


@density_of(TruncExponentialRV)
class TruncExponentialDensity(Density):
    def requires(self, b: Any, loc: Any, scale: Any) -> Mapping[str, Any]:
        return {"b > 0": nd.gt(b, 0), "scale > 0": nd.gt(scale, 0)}

    def support(self, b: Any, loc: Any, scale: Any) -> tuple[Any, Any]:
        return loc, loc + b * scale

    def logp(self, x: Any, b: Any, loc: Any, scale: Any) -> Any:
        return -(x - loc) / scale - nd.log(scale) - nd.log1mexp(-b)

    def logcdf(self, x: Any, b: Any, loc: Any, scale: Any) -> Any:
        return nd.log1mexp(-(x - loc) / scale) - nd.log1mexp(-b)

    def logsf(self, x: Any, b: Any, loc: Any, scale: Any) -> Any:
        z = (x - loc) / scale
        return -z + nd.log1mexp(z - b) - nd.log1mexp(-b)

    def icdf(self, q: Any, b: Any, loc: Any, scale: Any) -> Any:
        return loc - scale * nd.log1p(q * nd.expm1(-b))


@density_of(VonMisesRV)
class VonMisesDensity(Density):
    """Draws are angles from -pi to pi; so is the support, whatever the mode."""

    def requires(self, mu: Any, kappa: Any) -> Mapping[str, Any]:
        return {"kappa >= 0": nd.ge(kappa, 0)}

    def support(self, mu: Any, kappa: Any) -> tuple[Any, Any]:
        return -math.pi, math.pi

    def logp(self, x: Any, mu: Any, kappa: Any) -> Any:
        # kappa (cos(x - mu) - 1), without cancellation
        exponent = -2 * kappa * nd.sqr(nd.sin((x - mu) / 2))
        return exponent - math.log(2 * math.pi) - nd.log(nd.ive(0, kappa))
