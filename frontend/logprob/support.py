"""Formulas that hold in an interval, extended to all numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd

# Where a formula does not hold it is computed at a point where it does: its gradient, which then is
# multiplied by 0, must be finite.


def is_infinite(end: Any) -> bool:
    """Whether the end of an interval is known to be infinite."""
    return isinstance(end, float) and math.isinf(end)


def outside(x: Any, low: Any, high: Any, open_ends: bool, discrete: bool) -> Any | None:
    """Where a value is not in the interval, nor, if that has one end, finite; None: nowhere."""
    below, above = (nd.le, nd.ge) if open_ends else (nd.lt, nd.gt)
    conditions = []
    if not is_infinite(low):
        conditions.append(below(x, low))
    if not is_infinite(high):
        conditions.append(above(x, high))
    if np.dtype(x.type.dtype).kind == "f":
        if is_infinite(low) != is_infinite(high):
            conditions.append(nd.isposinf(x) if is_infinite(high) else nd.isneginf(x))
        if discrete:
            conditions.append(nd.lt(nd.floor(x), x))
    return any_of(conditions)


def any_of(conditions: Sequence[Any]) -> Any | None:
    """The conditions joined by or; None if there are none."""
    joined = None
    for condition in conditions:
        joined = condition if joined is None else nd.or_(joined, condition)
    return joined


def inner_point(low: Any, high: Any, discrete: bool = False) -> Any:
    """A number of the interval."""
    if is_infinite(low):
        return 0.0 if is_infinite(high) else high - 1.0
    if discrete:
        return low
    return low + 1.0 if is_infinite(high) else (low + high) / 2


def extended(
    formula: Callable[[Any], Any], x: Any, *pieces: tuple[Any | None, float], point: Any
) -> Any:
    """`formula` of x, but a number where one of some conditions holds.

    Parameters
    ----------
    formula : callable
    x : variable
    *pieces : (condition, float)
        A condition may be None, for never.
    point : number or variable
        Where the formula is computed instead.
    """
    known = [(condition, y) for condition, y in pieces if condition is not None]
    elsewhere = any_of([condition for condition, _ in known])
    result = formula(x if elsewhere is None else nd.switch(elsewhere, point, x))
    for condition, y in known:
        result = nd.switch(condition, y, result)
    return result


def of_number(density: Any, what: str, x: Any, parameters: Sequence[Any]) -> Any:
    """``logp``, ``logcdf``, ``logsf`` or ``icdf`` of any value of a distribution of numbers."""
    low, high = density.support(*parameters)

    def formula(x: Any) -> Any:
        return getattr(density, what)(x, *parameters)

    if what == "icdf":
        wrong = nd.or_(nd.lt(x, 0.0), nd.gt(x, 1.0))
        return extended(formula, x, (wrong, math.nan), point=0.5)
    point = inner_point(low, high, density.discrete)
    if what == "logp":
        nowhere = outside(x, low, high, density.open, density.discrete)
        return extended(formula, x, (nowhere, -math.inf), point=point)
    if density.discrete:
        x = nd.floor(x)
    at_start, at_end = (-math.inf, 0.0) if what == "logcdf" else (0.0, -math.inf)
    return extended(
        formula,
        x,
        (None if is_infinite(low) else _before(density)(x, low), at_start),
        (None if is_infinite(high) and is_infinite(low) else nd.ge(x, high), at_end),
        point=point,
    )


def _before(density: Any) -> Any:
    return nd.le if density.open else nd.lt
