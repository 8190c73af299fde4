"""The distribution of a function of a random expression."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.reduction import any as any_of
from lamina.ir.ops.reduction import sum as sum_of
from lamina.logprob.inverses import Inverse
from lamina.logprob.logarithms import log_difference, log_sum
from lamina.logprob.measure import Measure, refuse
from lamina.logprob.support import any_of as any_condition
from lamina.logprob.support import inner_point, is_infinite


class Transformed(Measure):
    """f(X): p(y) = p(x) |dx / dy|, a sum over all x with f(x) = y; of a discrete X, without slopes.

    Parameters
    ----------
    variable : Variable
    inner : Measure
        The distribution of X.
    map : Inverse
    forward : callable
        f.
    """

    def __init__(
        self, variable: Variable, inner: Measure, map: Inverse, forward: Callable[[Any], Any]
    ):
        if inner.kind == "mixed":
            refuse(variable, "is a function of what has a density at some values and a probability "
                   "at others; apply it before clip or switch")  # fmt: skip
        if inner.nonnegative and map.even:
            map = replace(map, even=False)
        if inner.nonnegative and map.pole:
            map = replace(map, pole=False, increasing=False, image=(0, math.inf))
        if map.even and inner.ndim_supp:
            refuse(variable, "takes values of opposite signs together, for vectors of which the "
                   "elements are dependent")  # fmt: skip
        super().__init__(variable, inner.kind, inner.ndim_supp, inner.sources)
        self.inner, self.map, self.forward = inner, map, forward
        self.nonnegative = map.image[0] >= 0

    def _outside(self, value: Any, high_is_inside: bool = True) -> tuple[Any, Any]:
        """Where a value is below the image, and where above; None: nowhere."""
        low, high = self.map.image
        closed = self.map.closed or self.kind == "discrete"
        below, above = (nd.lt, nd.gt) if closed else (nd.le, nd.ge)
        above = above if high_is_inside else nd.ge
        return (
            None if is_infinite(low) else below(value, low),
            None if is_infinite(high) else above(value, high),
        )

    def _source(self, value: Any, outside: Any) -> tuple[Any, Any]:
        """What a value is of, and the value; elsewhere a harmless one."""
        if outside is not None:
            value = nd.switch(outside, inner_point(*self.map.image), value)
        x = self.map.inverse(value)
        return (snapped(x) if self.kind == "discrete" else x), value

    def logp(self, value: Any) -> Any:
        outside = any_condition([c for c in self._outside(value) if c is not None])
        x, y = self._source(value, outside)
        result = self.inner.logp(x)
        if self.map.even:
            other = self.inner.logp(-x)
            if self.kind == "discrete":  # 0 is its own mirror image
                other = nd.switch(nd.eq(x, 0), -math.inf, other)
            result = log_sum(result, other)
        last = tuple(range(-self.ndim_supp, 0))
        if self.kind == "continuous":
            slope = self.map.log_slope(x, y)
            if isinstance(slope, Variable) or slope != 0.0:
                result = result + (sum_of(nd.second(x, slope), axis=last) if last else slope)
        if outside is not None:
            outside = any_of(outside, axis=last) if last else outside
            result = nd.switch(outside, -math.inf, result)
        return result

    def known(self, value: Any) -> dict[Variable, Any]:
        own = super().known(value)
        return own if self.map.even else own | self.inner.known(self._source(value, None)[0])

    def logcdf(self, value: Any) -> Any:
        return self._cumulated(value, below=True)

    def logsf(self, value: Any) -> Any:
        return self._cumulated(value, below=False)

    def _cumulated(self, value: Any, below: bool) -> Any:
        """Logarithm of the probability of at most a value (`below`), or of more."""
        low, high = self._outside(value, high_is_inside=False)
        x, y = self._source(value, any_condition([c for c in (low, high) if c is not None]))
        result = self._monotone(x, y, below)
        at_start, at_end = (-math.inf, 0.0) if below else (0.0, -math.inf)
        if low is not None:
            result = nd.switch(low, at_start, result)
        return result if high is None else nd.switch(high, at_end, result)

    def _monotone(self, x: Any, y: Any, below: bool) -> Any:
        inner, increasing = self.inner, self.map.increasing
        if self.map.pole:
            # f(X) <= y < 0 is x <= X < 0, and f(X) <= y >= 0 is X >= x or X < 0
            negative = inner.log_below(0.0 * x)
            if below:
                outer = log_sum(inner.log_from(x), negative)
                return nd.switch(nd.lt(y, 0), log_difference(negative, inner.log_below(x)), outer)
            positive = inner.logsf(0.0 * x)
            outer = log_sum(inner.log_below(x), positive)
            return nd.switch(nd.lt(y, 0), outer, log_difference(positive, inner.log_from(x)))
        if self.map.even:
            if below == increasing:  # |X| <= x, or < x
                if inner.kind == "continuous":
                    return inner.log_between(-x, x)
                if below:
                    return log_difference(inner.logcdf(x), inner.log_below(-x))
                return log_difference(inner.log_below(x), inner.logcdf(-x))
            if below:
                return log_sum(inner.log_from(x), inner.logcdf(-x))
            return log_sum(inner.logsf(x), inner.log_below(-x))
        if increasing is True or increasing is False:
            return self._one_sided(x, below, increasing)
        up, down = (self._one_sided(x, below, rising) for rising in (True, False))
        return nd.switch(increasing, up, down)

    def _one_sided(self, x: Any, below: bool, increasing: bool) -> Any:
        if increasing:
            return self.inner.logcdf(x) if below else self.inner.logsf(x)
        return self.inner.log_from(x) if below else self.inner.log_below(x)

    def icdf(self, q: Any) -> Any:
        map = self.map
        if map.even or map.pole or self.kind != "continuous":
            self.refuse("is no monotone function of a continuous variable: it has no icdf")
        if map.increasing is True or map.increasing is False:
            return self.forward(self.inner.icdf(q if map.increasing else 1 - q))
        return self.forward(self.inner.icdf(nd.switch(map.increasing, q, 1 - q)))


def snapped(x: Any) -> Any:
    """x, but the integer where it is one up to rounding."""
    dtype = np.dtype(x.type.dtype)
    if dtype.kind != "f":
        return x
    n = nd.round_half_to_even(x)
    near = nd.abs(x - n) <= 2.0**12 * np.finfo(dtype).eps * nd.maximum(nd.abs(n), 1.0)
    return nd.switch(near, n, x)
