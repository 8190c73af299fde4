"""Arguments as NumPy's functions take them: arrays, counts, and a slice along one axis.

A length here is a Python int where it is known while the graph is built, else an int64 scalar of
the graph. Python's operators work on both, so what is computed from known lengths is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.graph.tensor_type import dtype_name
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, weak_type
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.known_scalar import get_vector_length, known_scalar
from lamina.ir.ops.shape import as_length, length_of
from lamina.ir.ops.specify_shape import specify_shape

Length = Any


def as_array(x: Any) -> Any:
    """`x` as a variable; a Python scalar has the dtype that it has where it meets no array."""
    x = as_tensor_variable(x)
    weak = weak_type(x)
    return x if weak is None else cast(x, common_dtype([x.type.dtype], [weak]))


def float_dtype(*arrays: Any) -> str:
    """The common dtype of arrays; floatX where they are integers or bools."""
    dtype = common_dtype([x.type.dtype for x in arrays], list(map(weak_type, arrays)))
    return dtype if np.dtype(dtype).kind in "fc" else config.floatX


def dtype_or(dtype: Any, default: str) -> str:
    """The name of `dtype`, which may be None."""
    return default if dtype is None else dtype_name(dtype)


def length(x: Any, axis: int) -> Length:
    """The length of an axis of a variable."""
    known = x.type.shape[axis]
    return length_of(x, axis) if known is None else known


def lengths(x: Any) -> list[Length]:
    """The length of every axis of a variable."""
    return [length(x, axis) for axis in range(x.type.ndim)]


def as_count(n: Any) -> Length:
    """An integer scalar, which may be symbolic.

    Raises
    ------
    TypeError
        It is something else.
    """
    value = known_scalar(n)
    if value is None:
        return as_length(n)
    if value.dtype.kind not in "iu":
        raise TypeError(f"expected an integer, got {n!r}")
    return int(value)


def counts(values: Any) -> list[Length]:
    """The entries of an integer scalar, sequence or vector whose own length is known."""
    if isinstance(values, Variable):
        values = as_tensor_variable(values)
        if values.type.ndim > 1:
            raise TypeError(f"expected integers, got {values} of type {values.type}")
        if values.type.ndim == 1:
            return [as_count(values[i]) for i in range(get_vector_length(values))]
        return [as_count(values)]
    if isinstance(values, (tuple, list)) or isinstance(values, np.ndarray) and values.ndim == 1:
        return [as_count(v) for v in values]
    return [as_count(values)]


def smaller(a: Length, b: Length) -> Length:
    """The smaller of two lengths."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return nd.minimum(as_length(a), as_length(b))


def larger(a: Length, b: Length) -> Length:
    """The larger of two lengths."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    return nd.maximum(as_length(a), as_length(b))


def product(factors: Sequence[Length]) -> Length:
    """The number of elements of an array of a shape."""
    known, total = 1, None
    for n in factors:
        if isinstance(n, int):
            known *= n
        else:
            total = n if total is None else total * n
    return known if total is None or known == 0 else total if known == 1 else total * known


def slice_at_axis(sl: slice, axis: int) -> tuple[Any, ...]:
    """The index that takes the slice `sl` of axis `axis`, and all of the others."""
    if axis < 0:
        return (..., sl, *(slice(None),) * (-axis - 1))
    return (*(slice(None),) * axis, sl)


def part(x: Any, axis: int, start: Length = None, stop: Length = None, step: Length = None) -> Any:
    """``x[..., start:stop:step, ...]`` along an axis."""
    axis = normalize_axis(axis, x.type.ndim)
    return x[slice_at_axis(slice(start, stop, step), axis)]


def with_length(x: Any, axis: int, n: Length) -> Any:
    """`x`, of which it is known that an axis has the length `n`."""
    if not isinstance(n, int) or x.type.shape[axis] is not None:
        return x
    return specify_shape(x, [n if i == axis else None for i in range(x.type.ndim)])
