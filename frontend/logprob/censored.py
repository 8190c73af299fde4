"""Clipped random expressions: what is beyond an end becomes the end."""

from __future__ import annotations

import math
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import weak_type
from lamina.logprob.measure import Measure


class Clipped(Measure):
    """X between two ends, at which it has the probability of what is beyond.

    Parameters
    ----------
    variable : Variable
    inner : Measure
        The distribution of X.
    low, high : variable or None
    """

    def __init__(self, variable: Variable, inner: Measure, low: Any, high: Any):
        if inner.kind == "mixed" or inner.ndim_supp:
            inner.refuse("cannot be clipped: its distribution function is not known")
        kind = "discrete" if inner.kind == "discrete" else "mixed"
        super().__init__(variable, kind, 0, inner.sources)
        self.inner, self.low, self.high = inner, low, high

    def _ends(self, value: Any) -> tuple[Any, Any]:
        """The ends; literals in the dtype of a value."""
        dtype = value.type.dtype
        low, high = (
            end if end is None or weak_type(end) is None or dtype[0] != "f" else cast(end, dtype)
            for end in (self.low, self.high)
        )
        return low, high

    def logp(self, value: Any) -> Any:
        result = self.inner.logp(value)
        low, high = self._ends(value)
        if low is not None:
            at_end = nd.switch(nd.eq(value, low), self.inner.logcdf(low), -math.inf)
            result = nd.switch(nd.le(value, low), at_end, result)
        if high is not None:
            at_end = nd.switch(nd.eq(value, high), self.inner.log_from(high), -math.inf)
            result = nd.switch(nd.ge(value, high), at_end, result)
        return result

    def logcdf(self, value: Any) -> Any:
        return self._between_ends(self.inner.logcdf(value), value, -math.inf, 0.0)

    def logsf(self, value: Any) -> Any:
        return self._between_ends(self.inner.logsf(value), value, 0.0, -math.inf)

    def _between_ends(self, result: Any, value: Any, at_start: float, at_end: float) -> Any:
        low, high = self._ends(value)
        if low is not None:
            result = nd.switch(nd.lt(value, low), at_start, result)
        return result if high is None else nd.switch(nd.ge(value, high), at_end, result)

    def icdf(self, q: Any) -> Any:
        low, high = self._ends(q)
        result = self.inner.icdf(q)
        result = result if low is None else nd.maximum(result, low)
        return result if high is None else nd.minimum(result, high)
