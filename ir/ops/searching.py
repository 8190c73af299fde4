"""Where values belong in a sorted vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, length
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, weak_type
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.reduction import any as any_of
from lamina.ir.ops.requirement import require
from lamina.ir.ops.routine import Routine


class SearchsortedOp(Routine):
    """The places in a sorted vector where a value could be put.

    Parameters
    ----------
    side : "left" or "right"
        Before or after elements that are equal to it.
    """

    __module__ = "lamina.tensor.extra_ops"
    __props__ = ("side",)
    nd_name = "searchsorted"
    gufunc_signature = "(n),()->()"

    def __init__(self, side: str = "left"):
        if side not in ("left", "right"):
            raise ValueError(f"side must be 'left' or 'right' (got {side!r})")
        self.side = side

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return [np.result_type(*dtypes).name] * 2

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return ("int64",)

    def numpy(self, *arrays: np.ndarray) -> Any:
        return np.searchsorted(*arrays, side=self.side)  # type: ignore[call-overload]

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (x, v, y):
            # the place is among the count + 1 from `first` on
            first, count = b.cell(0), b.cell(x.lengths[0])
            with b.loop_while(lambda: nd.gt(count.value, 0)):
                half = nd.right_shift(count.value + 1, 1)
                element = x[first.value + half - 1]
                further = (
                    precedes(element, v) if self.side == "left" else nd.invert(precedes(v, element))
                )
                first.value = nd.switch(further, first.value + half, first.value)
                count.value = count.value - half
            y.value = first.value

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[False], [False]]

    def __str__(self) -> str:
        return f"SearchsortedOp{{{self.side}}}"


def precedes(a: Any, b: Any) -> Any:
    """Whether `a` is sorted before `b`: NaN last; of complex numbers those first that have no NaN,
    then those with one in the imaginary part, in the real part, in both.
    """
    kind = np.dtype(a.dtype).kind
    if kind == "f":
        return nd.or_(nd.lt(a, b), nd.and_(nd.isnan(b), nd.invert(nd.isnan(a))))
    if kind != "c":
        return nd.lt(a, b)
    p, q, r, s = nd.real(a), nd.imag(a), nd.real(b), nd.imag(b)
    real_less, real_more = precedes(p, r), precedes(r, p)
    imag_less = precedes(q, s)
    # of a part that is NaN in one only, the other decides first
    nan_less = nd.and_(nd.isnan(r), nd.invert(nd.isnan(p)))
    nan_more = nd.and_(nd.isnan(p), nd.invert(nd.isnan(r)))
    imag_nan_less = nd.and_(nd.isnan(s), nd.invert(nd.isnan(q)))
    imag_nan_more = nd.and_(nd.isnan(q), nd.invert(nd.isnan(s)))
    by_value = nd.or_(real_less, nd.and_(nd.invert(real_more), imag_less))
    by_imag = nd.or_(imag_nan_less, nd.and_(nd.invert(imag_nan_more), by_value))
    return nd.or_(nan_less, nd.and_(nd.invert(nan_more), by_imag))


def searchsorted(x: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """The places in a sorted vector where values could be put so that it stays sorted.

    Parameters
    ----------
    x : vector
        Sorted in the order of ``sort``, or by `sorter`; else the result means nothing.
    v : tensor-like
    side : "left" or "right"
        Whether to give the first or the last such place.
    sorter : integer vector, optional
        The order that sorts `x`, which ``argsort`` gives.

    Returns
    -------
    int64 variable
        In the shape of `v`.

    Raises
    ------
    ValueError
        `x` or `sorter` is no vector.
    TypeError
        `sorter` is not of integers.
    """
    x = as_array(x)
    if x.type.ndim != 1:
        raise ValueError(f"searchsorted takes a vector to search in, got {x} of type {x.type}")
    v = as_tensor_variable(v)
    v = cast(v, common_dtype([x.type.dtype, v.type.dtype], [None, weak_type(v)]))
    if sorter is not None:
        sorter = as_tensor_variable(sorter)
        if np.dtype(sorter.type.dtype).kind not in "iu":
            raise TypeError(f"sorter must only contain integers, got {sorter.type}")
        if sorter.type.ndim != 1:
            raise ValueError(f"sorter must be a vector, got {sorter.type}")
        x = x[sorter]
    return SearchsortedOp(side)(x, v)


def ascending(x: Any, message: str) -> Any:
    """The vector `x`, whose computation raises a ValueError if an element is less than the one
    before it.
    """
    return require(x, nd.invert(any_of(nd.lt(x[1:], x[:-1]))), message)


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The number of the bin to which each element belongs: i where ``bins[i-1] <= x < bins[i]``.

    Parameters
    ----------
    x : tensor-like
        Real.
    bins : vector
        Bounds in ascending or descending order.
    right : bool
        Whether bins contain their right bound, and not their left one.

    Returns
    -------
    int64 variable
        In the shape of `x`: 0 below all bounds (above, if they descend), their number beyond.

    Raises
    ------
    TypeError
        `x` is complex.
    ValueError
        At run time: `bins` are in no order.
    """
    x, bins = as_array(x), as_array(bins)
    if x.type.dtype.startswith("complex"):
        raise TypeError("x may not be complex")
    if bins.type.ndim != 1:
        raise ValueError(f"bins must be a vector, got {bins.type}")
    # as to bounds that descend, what is counted are those not below (or not up to) an element
    descend = any_of(nd.lt(bins[1:], bins[:-1]))
    bounds = ascending(
        nd.switch(descend, bins[::-1], bins), "bins must be monotonically increasing or decreasing"
    )
    found = searchsorted(bounds, x, "left" if right else "right")
    return nd.switch(descend, length(bins, 0) - found, found)
