"""Logarithms of sums, differences and normal probabilities that underflow nowhere.

A branch that is not chosen is computed at a harmless point, so that gradients are never 0 times
infinity.
"""

from __future__ import annotations

import math
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.dimshuffle import squeeze
from lamina.ir.ops.reduction import max as maximum_of
from lamina.ir.ops.reduction import sum as sum_of

_ROOT_HALF = math.sqrt(0.5)


def log_sum(a: Any, b: Any) -> Any:
    """log(exp(a) + exp(b)), with gradient 0 where both are -inf."""
    none = nd.eq(nd.maximum(a, b), -math.inf)
    total = nd.logaddexp(nd.switch(none, 0.0, a), nd.switch(none, 0.0, b))
    return nd.switch(none, -math.inf, total)


def log_sum_along(x: Any, axes: Any) -> Any:
    """log(sum(exp(x))) along axes, with gradient 0 where all are -inf."""
    top = maximum_of(x, axis=axes, keepdims=True)
    none = nd.eq(top, -math.inf)
    terms = nd.exp(nd.switch(none, -1.0, x) - nd.switch(none, 0.0, top))
    total = nd.log(sum_of(terms, axis=axes, keepdims=True)) + top
    return squeeze(nd.switch(none, -math.inf, total), axes)


def log_difference(a: Any, b: Any) -> Any:
    """log(exp(a) - exp(b)), -inf where b is not below a."""
    none = nd.ge(b, a)
    gap = nd.switch(none, -1.0, b - nd.switch(none, 0.0, a))
    return nd.switch(none, -math.inf, a + nd.log1mexp(gap))


def log_complement(a: Any) -> Any:
    """log(1 - exp(a)) of a <= 0."""
    certain = nd.ge(a, 0.0)
    return nd.switch(certain, -math.inf, nd.log1mexp(nd.switch(certain, -1.0, a)))


def log_choose(n: Any, k: Any) -> Any:
    """Logarithm of the binomial coefficient, 1 / ((n + 1) B(k + 1, n - k + 1)) (DLMF 5.12.1)."""
    return -nd.log(n + 1) - nd.betaln(k + 1, n - k + 1)


def log_ndtr(z: Any) -> Any:
    """Logarithm of the probability that a standard normal variable is at most z."""
    tail, rest = nd.minimum(z, -1.0), nd.maximum(z, -1.0)
    of_tail = nd.log(0.5 * nd.erfcx(-tail * _ROOT_HALF)) - 0.5 * nd.sqr(tail)
    return nd.switch(nd.lt(z, -1.0), of_tail, nd.log1p(-0.5 * nd.erfc(rest * _ROOT_HALF)))
