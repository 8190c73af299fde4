"""Running sums and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.dimshuffle import moveaxis
from lamina.ir.ops.reduction import wide_integer
from lamina.ir.ops.routine import Routine
from lamina.ir.ops.shape import flatten


class CumOp(Routine):
    """The sums (or products) of the first one, two, ... elements along the last axis.

    Parameters
    ----------
    mode : "add" or "mul"
    """

    __module__ = "lamina.tensor.extra_ops"
    __props__ = ("mode",)
    nd_name = "cumulate"
    gufunc_signature = "(n)->(n)"

    def __init__(self, mode: str = "add"):
        if mode not in ("add", "mul"):
            raise ValueError(f"mode must be 'add' or 'mul', got {mode!r}")
        self.mode = mode

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return [wide_integer(dtypes[0])]

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        return (np.cumsum if self.mode == "add" else np.cumprod)(x, dtype=x.dtype)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        combine, start = (nd.add, 0) if self.mode == "add" else (nd.mul, 1)
        with b.batch() as (x, y):
            total = b.cell(start, x.dtype)
            with b.loop(x.lengths[0]) as i:
                total.value = combine(total.value, x[i])
                y[i] = total.value

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (x,), (y,), (g,) = inputs, outputs, output_grads
        if self.mode == "add":
            return [_from_the_end(g)]
        return [_from_the_end(g * y) / x]


def _from_the_end(g: Any) -> Any:
    """The sums of the last elements."""
    return CumOp()(g[..., ::-1])[..., ::-1]


def cumsum(x: Any, axis: int | None = None) -> Any:
    """The sums of the elements up to each one along an axis; of all, flattened, if it is None.

    Integers smaller than int64 are summed as int64, as NumPy does.
    """
    return _along("add", x, axis)


def cumprod(x: Any, axis: int | None = None) -> Any:
    """The products of the elements up to each one along an axis, as ``cumsum`` has it."""
    return _along("mul", x, axis)


def _along(mode: str, x: Any, axis: int | None) -> Any:
    x = as_array(x)
    if axis is None:
        return CumOp(mode)(flatten(x))
    axis = normalize_axis(axis, x.type.ndim)
    return moveaxis(CumOp(mode)(moveaxis(x, axis, -1)), -1, axis)
