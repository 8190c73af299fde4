"""The greatest and the least of independent random elements.

H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed., sections 2.1 and 5.2.
"""

from __future__ import annotations

import math
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.reduction import Max, Min
from lamina.ir.ops.reduction import sum as sum_of
from lamina.logprob.logarithms import log_complement, log_difference, log_sum_along
from lamina.logprob.measure import Measure, Reading, measure_of, refuse


class Extreme(Measure):
    """The greatest of elements, at most x where all are: F(x) = prod F_i(x). The least exceeds x
    where all do.

    Parameters
    ----------
    variable : Variable
    inner : Measure
        The distribution of the elements.
    axes : tuple of int
    greatest : bool
    """

    def __init__(self, variable: Variable, inner: Measure, axes: tuple[int, ...], greatest: bool):
        if inner.kind == "mixed" or inner.ndim_supp:
            refuse(variable, "is of elements that are dependent, or clipped")
        super().__init__(variable, inner.kind, 0, inner.sources)
        self.inner, self.axes, self.greatest = inner, axes, greatest

    def _of_all(self, function: Any, value: Any) -> Any:
        return sum_of(function(expand_dims(value, self.axes)), axis=self.axes)

    def logp(self, value: Any) -> Any:
        inner = self.inner
        if self.kind == "discrete":
            within, beyond = (
                (inner.logcdf, inner.log_below) if self.greatest else (inner.log_from, inner.logsf)
            )
            return log_difference(self._of_all(within, value), self._of_all(beyond, value))
        # the derivative of a product: prod F_i times sum f_i / F_i
        x = expand_dims(value, self.axes)
        within = inner.logcdf(x) if self.greatest else inner.logsf(x)
        impossible = nd.eq(within, -math.inf)
        ratio = nd.switch(impossible, -math.inf, inner.logp(x) - nd.switch(impossible, 0.0, within))
        return sum_of(within, axis=self.axes) + log_sum_along(ratio, self.axes)

    def logcdf(self, value: Any) -> Any:
        if self.greatest:
            return self._of_all(self.inner.logcdf, value)
        return log_complement(self._of_all(self.inner.logsf, value))

    def logsf(self, value: Any) -> Any:
        if self.greatest:
            return log_complement(self._of_all(self.inner.logcdf, value))
        return self._of_all(self.inner.logsf, value)


@measure_of.register(Max)
@measure_of.register(Min)
def _extreme(op: Any, variable: Variable, reading: Reading) -> Measure:
    (x,) = variable.owner.inputs  # type: ignore[union-attr]
    axes = op.axes(x.type.ndim)  # type: ignore[attr-defined]
    return Extreme(variable, reading.measure(x), axes, isinstance(op, Max))
