"""Running sums and products, and the linear recurrences that their gradients are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, part
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.creation import ones_like, zeros_like
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.reduction import wide_integer
from lamina.ir.ops.reshape import flatten
from lamina.ir.ops.routine import Routine


class _AlongAxis(Routine):
    """What runs along one axis, for all elements of the dimensions behind it at a time.

    Parameters
    ----------
    axis : int
        Negative: a batch, before the other dimensions, does not change it.
    """

    __module__ = "lamina.tensor.extra_ops"
    axis: int
    operand_count = 1

    @property
    def gufunc_signature(self) -> str:
        core = f"({','.join(['n', *(f'm{d}' for d in range(-1 - self.axis))])})"
        return f"{','.join([core] * self.operand_count)}->{core}"


def _counted_from_the_end(axis: Any) -> int:
    if not isinstance(axis, int) or axis >= 0:
        raise ValueError(f"axis must be an int below 0, counted from the end, got {axis!r}")
    return axis


class CumOp(_AlongAxis):
    """The sums (or products) of the first one, two, ... elements along an axis.

    Parameters
    ----------
    axis : int
        Counted from the end: -1 is the last one.
    mode : "add" or "mul"
    """

    __props__ = ("axis", "mode")
    nd_name = "cumulate"

    def __init__(self, axis: int = -1, mode: str = "add"):
        if mode not in ("add", "mul"):
            raise ValueError(f"mode must be 'add' or 'mul', got {mode!r}")
        self.axis, self.mode = _counted_from_the_end(axis), mode

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return [wide_integer(dtypes[0])]

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        return (np.cumsum if self.mode == "add" else np.cumprod)(x, 0, dtype=x.dtype)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        combine = nd.add if self.mode == "add" else nd.mul
        with b.batch() as (x, y):
            n, *others = x.lengths
            if not others:
                total = b.cell(0 if self.mode == "add" else 1, x.dtype)
                with b.loop(n) as i:
                    total.value = combine(total.value, x[i])
                    y[i] = total.value
                return
            with b.loop(n) as i:
                with b.when(nd.eq(i, 0)), b.nest(others) as at:
                    y[(i, *at)] = x[(i, *at)]
                with b.otherwise(), b.nest(others) as at:
                    y[(i, *at)] = combine(y[(i - 1, *at)], x[(i, *at)])

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (x,), (y,), (g,) = inputs, outputs, output_grads
        axis = self.axis
        if self.mode == "add":
            return [_reversed(CumOp(axis)(_reversed(g, axis)), axis)]
        # Element i is in the product of elements up to k >= i with those before it, and those
        # between it and k: no division, so that any element may be 0.
        before = part(concatenate([part(ones_like(y), axis, 0, 1), y], axis), axis, 0, -1)
        return [nd.conj(before) * _suffix(nd.conj(x), g, axis)]

    def __str__(self) -> str:
        return f"CumOp{{{self.axis}, {self.mode}}}"


class LinearRecurrence(_AlongAxis):
    """``y[i] = a[i] * y[i - 1] + b[i]`` along an axis, with ``y[0] = b[0]``.

    Parameters
    ----------
    axis : int
        Counted from the end: -1 is the last one.
    """

    __props__ = ("axis",)
    nd_name = "linear_recurrence"
    operand_count = 2

    def __init__(self, axis: int = -1):
        self.axis = _counted_from_the_end(axis)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        a, b = arrays
        y = b.copy()
        for i in range(1, len(y)):
            y[i] += a[i] * y[i - 1]
        return y

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (factor, term, y):
            n, *others = y.lengths
            with b.loop(n) as i:
                with b.when(nd.eq(i, 0)), b.nest(others) as at:
                    y[(i, *at)] = term[(i, *at)]
                with b.otherwise(), b.nest(others) as at:
                    y[(i, *at)] = factor[(i, *at)] * y[(i - 1, *at)] + term[(i, *at)]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (a, _), (y,), (g,) = inputs, outputs, output_grads
        axis = self.axis
        to_term = _suffix(nd.conj(a), g, axis)
        before = part(concatenate([part(zeros_like(y), axis, 0, 1), y], axis), axis, 0, -1)
        return [to_term * nd.conj(before), to_term]


def _suffix(a: Any, g: Any, axis: int) -> Any:
    """What the recurrence of `g` with the next elements of `a` gives from the end."""
    following = part(concatenate([a, part(zeros_like(a), axis, 0, 1)], axis), axis, 1)
    return _reversed(LinearRecurrence(axis)(_reversed(following, axis), _reversed(g, axis)), axis)


def _reversed(x: Any, axis: int) -> Any:
    return part(x, axis, step=-1)


def cumsum(x: Any, axis: int | None = None) -> Any:
    """The sums of the elements up to each one.

    Parameters
    ----------
    x : tensor-like
        Bools and integers smaller than int64 are summed as int64, unsigned ones as uint64.
    axis : int, optional
        By default `x` is flattened.

    Examples
    --------
    >>> import lamina.tensor as pt
    >>> pt.cumsum([[1, 2], [3, 4]], axis=0).eval()
    array([[1, 2],
           [4, 6]])
    """
    return _along("add", x, axis)


def cumprod(x: Any, axis: int | None = None) -> Any:
    """The products of the elements up to each one, with the parameters of ``cumsum``."""
    return _along("mul", x, axis)


def _along(mode: str, x: Any, axis: int | None) -> Any:
    x = as_array(x)
    if axis is None:
        return CumOp(-1, mode)(flatten(x))
    return CumOp(normalize_axis(axis, x.type.ndim) - x.type.ndim, mode)(x)
