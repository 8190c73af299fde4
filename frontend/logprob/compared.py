"""Truth values of comparisons of a random expression with what is not random."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.variable import Variable
from lamina.logprob.logarithms import log_complement
from lamina.logprob.measure import Measure


def _equal(x: Measure, c: Any) -> tuple[Any, Any]:
    if x.kind == "continuous":
        x.refuse("is continuous: it equals any given number with probability 0")
    same = x.logp(c)
    return same, log_complement(same)


# For X and c, the logarithms of the probabilities that the comparison holds, and that it does not.
PROBABILITIES: dict[str, Callable[[Measure, Any], tuple[Any, Any]]] = {
    "LT": lambda x, c: (x.log_below(c), x.log_from(c)),
    "LE": lambda x, c: (x.logcdf(c), x.logsf(c)),
    "GT": lambda x, c: (x.logsf(c), x.logcdf(c)),
    "GE": lambda x, c: (x.log_from(c), x.log_below(c)),
    "EQ": _equal,
    "NEQ": lambda x, c: _equal(x, c)[::-1],
}
SWAPPED = {"LT": "GT", "LE": "GE", "GT": "LT", "GE": "LE", "EQ": "EQ", "NEQ": "NEQ"}


class Compared(Measure):
    """Whether a comparison holds: 1 or 0.

    Parameters
    ----------
    variable : Variable
    inner : Measure
        The distribution of the left side.
    name : str
        A key of PROBABILITIES.
    other : variable
        The right side.
    """

    def __init__(self, variable: Variable, inner: Measure, name: str, other: Any):
        if inner.kind == "mixed" or inner.ndim_supp:
            inner.refuse("cannot be compared: its distribution function is not known")
        super().__init__(variable, "discrete", 0, inner.sources)
        self.inner, self.name, self.other = inner, name, other

    def logp(self, value: Any) -> Any:
        yes, no = PROBABILITIES[self.name](self.inner, self.other)
        if np.dtype(value.type.dtype).kind == "b":
            return nd.switch(value, yes, no)
        return nd.switch(nd.eq(value, 1), yes, nd.switch(nd.eq(value, 0), no, -math.inf))

    def logcdf(self, value: Any) -> Any:
        _, no = PROBABILITIES[self.name](self.inner, self.other)
        return nd.switch(nd.lt(value, 0), -math.inf, nd.switch(nd.lt(value, 1), no, 0.0))

    def logsf(self, value: Any) -> Any:
        yes, _ = PROBABILITIES[self.name](self.inner, self.other)
        return nd.switch(nd.lt(value, 0), 0.0, nd.switch(nd.lt(value, 1), yes, -math.inf))
