"""Sorted arrays, and the orders that sort them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.creation import zeros_like
from lamina.ir.ops.dimshuffle import moveaxis
from lamina.ir.ops.gather import Scatter
from lamina.ir.ops.joining import stack
from lamina.ir.ops.reshape import flatten
from lamina.ir.ops.routine import Routine

# NumPy sorts by a stable algorithm where it is asked for mergesort.
_ALGORITHMS = {
    None: "quicksort",
    "quicksort": "quicksort",
    "heapsort": "heapsort",
    "mergesort": "stable",
    "stable": "stable",
}


class _Sorting(Routine):
    """What is done by NumPy's functions, whose names tell the dtype and the kind.

    Parameters
    ----------
    kind : "quicksort", "heapsort", "mergesort" or "stable"
    """

    __module__ = "lamina.tensor.sort"
    __props__ = ("kind",)
    symbol: ClassVar[str]

    def __init__(self, kind: str | None = "quicksort"):
        if kind not in _ALGORITHMS:
            known = ", ".join(repr(k) for k in _ALGORITHMS if k)
            raise ValueError(f"sort kind must be one of {known} (got {kind!r})")
        self.kind: Any = _ALGORITHMS[kind]

    def call(self, b: Any, x: Any, *arguments: Any) -> None:
        """Sort by a function of NumPy's, which says 0, or else that there is no memory."""
        call_sorting(b, f"{self.symbol}_{x.dtype}_{self.kind}", x, *arguments)

    def __str__(self) -> str:
        return f"{type(self).__name__}{{{self.kind}}}"


def call_sorting(b: Any, symbol: str, *arguments: Any) -> None:
    """Call a function of ``runtime.numpy_sorting``; its last parameter is not used."""
    failed = b.call_for("int32", symbol, [*arguments, b.null()])
    with b.when(nd.neq(failed, 0)):
        b.out_of_memory()


class Sort(_Sorting):
    """The elements along the last axis in order, NaN last."""

    nd_name = "sort"
    gufunc_signature = "(n)->(n)"
    overwrites = 0
    symbol = "numpy_sort"

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.sort(arrays[0], kind=self.kind)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (_, y):
            self.call(b, y, y.lengths[0])

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (x,), (g,) = inputs, output_grads
        order = ArgSort(self.kind)(x)
        return [Scatter.of(("a0",), ("i0",), (("i0",),), (0,), True)(zeros_like(g), g, order)]


class ArgSort(_Sorting):
    """The places of the elements along the last axis, in the order of the elements."""

    nd_name = "argsort"
    gufunc_signature = "(n)->(n)"
    symbol = "numpy_argsort"

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return ("int64",)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.argsort(arrays[0], kind=self.kind)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        row = b.scratch(operands[0].dtype, results[0].lengths[-1])
        with b.batch() as (x, y):
            n = y.lengths[0]
            with b.loop(n) as i:
                row[i] = x[i]
                y[i] = i
            self.call(b, row, y, n)

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[False]]


class LexSort(Routine):
    """The order of columns by the last row, by the one before it where they tie, and so on."""

    __module__ = "lamina.tensor.sort"
    __props__ = ()
    nd_name = "lexsort"
    gufunc_signature = "(k,n)->(n)"

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return ("int64",)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (keys,) = arrays
        return np.lexsort(keys) if len(keys) else np.arange(keys.shape[1])

    def native(self, b: Any, operands: Any, results: Any) -> None:
        dtype, n = operands[0].dtype, results[0].lengths[-1]
        key, order, found = b.scratch(dtype, n), b.scratch("int64", n), b.scratch("int64", n)
        with b.batch() as (keys, y):
            with b.loop(n) as i:
                y[i] = i
            with b.loop(keys.lengths[0]) as k:
                with b.loop(n) as i:
                    key[i] = keys[k, y[i]]
                    order[i] = i
                    found[i] = y[i]
                call_sorting(b, f"numpy_argsort_{dtype}_stable", key, order, n)
                with b.loop(n) as i:
                    y[i] = found[order[i]]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[False]]


def along(x: Any, axis: Any) -> tuple[Any, int]:
    """`x` and the axis, or the flattened array and its own."""
    x = as_array(x)
    if axis is None:
        return flatten(x), 0
    return x, normalize_axis(axis, x.type.ndim)


def _refuse_order(order: Any) -> None:
    if order is not None:
        raise ValueError("order names fields of structured arrays: there are none here")


def _kind(kind: str | None, stable: bool | None) -> str | None:
    if stable is None:
        return kind
    if kind is not None:
        raise ValueError("kind and stable are two names of one parameter: give one of them")
    return "stable" if stable else None


def sort(
    x: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """The elements along an axis in order, as NumPy has it: NaN last, complex numbers by their
    real and then by their imaginary parts.

    Parameters
    ----------
    x : tensor-like
    axis : int, optional
        None: `x` is flattened.
    kind : "quicksort", "mergesort", "heapsort" or "stable", optional
    order : None
        Takes no other value.
    stable : bool, optional
        Instead of `kind`.

    Raises
    ------
    numpy.exceptions.AxisError
        `x` has no such axis.
    """
    _refuse_order(order)
    x, axis = along(x, axis)
    return moveaxis(Sort(_kind(kind, stable))(moveaxis(x, axis, -1)), -1, axis)


def argsort(
    x: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Any:
    """The places of elements along an axis in the order of ``sort``, int64; elements that tie are
    ordered as by NumPy.

    The parameters are those of ``sort``.
    """
    _refuse_order(order)
    x, axis = along(x, axis)
    return moveaxis(ArgSort(_kind(kind, stable))(moveaxis(x, axis, -1)), -1, axis)


def lexsort(keys: Any, axis: int = -1) -> Any:
    """The order that sorts by several keys: the last one first.

    Parameters
    ----------
    keys : tensor-like
        The keys lie along the first axis.
    axis : int
        What is sorted, an axis of each key.
    """
    keys = stack([as_array(k) for k in keys]) if isinstance(keys, (tuple, list)) else as_array(keys)
    if keys.type.ndim < 2:
        raise TypeError(f"lexsort takes keys of at least one dimension, got {keys.type}")
    axis = normalize_axis(axis, keys.type.ndim - 1)
    return moveaxis(LexSort()(moveaxis(keys, (0, axis + 1), (-2, -1))), -1, axis)
