"""The largest elements of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.tensor_type import dtype_name
from lamina.ir.ops.arguments import as_count, length
from lamina.ir.ops.cast import cast
from lamina.ir.ops.dimshuffle import moveaxis
from lamina.ir.ops.requirement import require
from lamina.ir.ops.routine import Routine
from lamina.ir.ops.searching import precedes
from lamina.ir.ops.sorting import along
from lamina.ir.ops.taking import take_along_axis


class ArgTopK(Routine):
    """The places of the k largest elements along the last axis, the largest first; of elements that
    tie, the first first.

    Parameters
    ----------
    smallest : bool
        Whether the smallest are wanted, the smallest first.
    """

    __module__ = "lamina.tensor.sort"
    __props__ = ("smallest",)
    nd_name = "argtopk"
    gufunc_signature = "(n),k->(k)"
    failures = ({"kind": "required", "message": "kth is more than the axis has elements"},)

    def __init__(self, smallest: bool = False):
        self.smallest = smallest

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return ("int64",)

    def numpy(self, *arrays: Any) -> np.ndarray:
        x, k = arrays
        if k > len(x):
            raise ValueError(self.failures[0]["message"])
        rank = np.unique(x, return_inverse=True)[1]
        return np.argsort(rank if self.smallest else -rank, kind="stable")[:k]

    def native(self, b: Any, operands: Any, results: Any) -> None:
        k = results[0].lengths[-1]
        best = b.scratch(operands[0].dtype, k)
        with b.batch() as (x, _, y):
            n = x.lengths[0]
            heap = _Heap(b, best, y, self.smallest)
            with b.when(nd.gt(k, n)):
                b.fail(0)
                with b.loop(k) as i:
                    y[i] = 0
            with b.when(nd.and_(nd.gt(k, 0), nd.le(k, n))):
                with b.loop(k) as i:
                    best[i] = x[i]
                    y[i] = i
                with b.loop(0, nd.right_shift(k, 1), down=True) as i:
                    heap.sift(i, k)
                with b.loop(k, n) as i:
                    element = x[i]
                    # of elements that tie, the one that is in the heap was first
                    with b.when(heap.before(element, best[0])):
                        best[0] = element
                        y[0] = i
                        heap.sift(b.number(0), k)
                with b.loop(1, k, down=True) as i:
                    heap.swap(b.number(0), i)
                    heap.sift(b.number(0), i)

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[False], [False]]


class _Heap:
    """Elements and their places as a binary heap: the one that comes last is at the root."""

    def __init__(self, b: Any, elements: Any, places: Any, smallest: bool):
        self.b, self.elements, self.places, self.smallest = b, elements, places, smallest

    def before(self, p: Any, q: Any) -> Any:
        """Whether element `p` comes before `q`."""
        return precedes(p, q) if self.smallest else precedes(q, p)

    def later(self, i: Any, j: Any) -> Any:
        """Whether what is at `i` comes after what is at `j`."""
        p, q = self.elements[i], self.elements[j]
        tie = nd.invert(self.before(p, q))
        second = nd.gt(self.places[i], self.places[j])
        return nd.or_(self.before(q, p), nd.and_(tie, second))

    def swap(self, i: Any, j: Any) -> None:
        """Exchange what is at `i` and at `j`."""
        for array in (self.elements, self.places):
            p, q = array[i], array[j]
            array[i], array[j] = q, p

    def sift(self, start: Any, size: Any) -> None:
        """Move what is at `start` down until all below it come before it."""
        b = self.b
        at = b.cell(start)
        with b.loop_while(lambda: nd.lt(2 * at.value + 1, size)):
            left = 2 * at.value + 1
            right = nd.minimum(left + 1, size - 1)
            child = nd.switch(self.later(right, left), right, left)
            going = self.later(child, at.value)
            with b.when(going):
                self.swap(at.value, child)
            at.value = nd.switch(going, child, size)


def argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> Any:
    """The places of the largest elements along an axis.

    Parameters
    ----------
    x : tensor-like
    kth : int or integer scalar
        How many. If it is negative, the ``-kth`` smallest elements are looked for. A length that
        is not that of the axis or less is an error.
    axis : int, optional
        None: `x` is flattened.
    sorted : bool
        The result is sorted in any case: the largest (smallest) element comes first; of elements
        that tie, that with the lowest place. NaN counts as the largest.
    idx_dtype : dtype
    """
    x, axis = along(x, axis)
    return cast(_argtopk(x, kth, axis), dtype_name(idx_dtype))


def topk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> Any:
    """The largest elements along an axis, which ``argtopk`` finds."""
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[0]


def topk_and_argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> tuple[Any, Any]:
    """The largest elements along an axis, and their places: ``topk`` and ``argtopk``."""
    x, axis = along(x, axis)
    places = _argtopk(x, kth, axis)
    return take_along_axis(x, places, axis), cast(places, dtype_name(idx_dtype))


def _argtopk(x: Any, kth: Any, axis: int) -> Any:
    count, n = as_count(kth), length(x, axis)
    rows = moveaxis(x, axis, -1)
    if isinstance(count, int):
        if count == 0:
            raise ValueError("kth is 0: it must be the number of elements wanted")
        if isinstance(n, int) and abs(count) > n:
            raise ValueError(f"kth is {count}, but the axis has length {n}")
        return moveaxis(ArgTopK(count < 0)(rows, abs(count)), -1, axis)
    count = require(count, nd.neq(count, 0), "kth is 0: it must be the number of elements wanted")
    # before there is memory for them
    count = require(count, nd.le(nd.abs(count), n), "kth is more than the axis has elements")
    largest, smallest = (ArgTopK(which)(rows, nd.abs(count)) for which in (False, True))
    return moveaxis(nd.switch(nd.gt(count, 0), largest, smallest), -1, axis)
