"""Rounded random expressions: each integer has the probability of what is rounded to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.graph.variable import Variable
from lamina.logprob.measure import Measure

# For each way of rounding, between which numbers lies what becomes k.
ENDS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "floor": lambda k: (k, k + 1),
    "ceil": lambda k: (k - 1, k),
    "round_half_to_even": lambda k: (k - 0.5, k + 0.5),
    "round_half_away_from_zero": lambda k: (k - 0.5, k + 0.5),
    "trunc": lambda k: (nd.switch(nd.gt(k, 0), k, k - 1), nd.switch(nd.lt(k, 0), k, k + 1)),
}


class Rounded(Measure):
    """A continuous X, rounded.

    Parameters
    ----------
    variable : Variable
    inner : Measure
        The distribution of X.
    way : str
        A key of ENDS.
    """

    def __init__(self, variable: Variable, inner: Measure, way: str):
        if inner.kind != "continuous" or inner.ndim_supp:
            inner.refuse("cannot be rounded: only continuous distributions of numbers can")
        super().__init__(variable, "discrete", 0, inner.sources)
        self.inner, self.ends = inner, ENDS[way]

    def logp(self, value: Any) -> Any:
        k = nd.floor(value)
        return nd.switch(nd.lt(k, value), -math.inf, self.inner.log_between(*self.ends(k)))

    def logcdf(self, value: Any) -> Any:
        return self.inner.logcdf(self.ends(nd.floor(value))[1])

    def logsf(self, value: Any) -> Any:
        return self.inner.logsf(self.ends(nd.floor(value))[1])
