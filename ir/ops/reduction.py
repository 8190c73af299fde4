"""Reductions over axes."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp, normalize_axes, normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.dimshuffle import dimshuffle, expand_dims
from lamina.ir.ops.elementwise import Elemwise

Axes = tuple[int, ...] | None


class Reduction(ArrayOp):
    """What has no dimension along some axes of its operand.

    Parameters
    ----------
    axis : int, tuple of int or None
        None is every axis.
    """

    __props__ = ("axis",)

    def __init__(self, axis: Any = None):
        if isinstance(axis, (list, tuple)):
            axis = tuple(int(a) for a in axis)
        elif axis is not None:
            axis = (int(axis),)
        self.axis: Axes = axis

    def axes(self, ndim: int) -> tuple[int, ...]:
        """The axes reduced, in an operand of `ndim` dimensions."""
        return normalize_axes(self.axis, ndim)

    def kept(self, x: TensorType) -> tuple[int | None, ...]:
        """The lengths along the other axes."""
        axes = self.axes(x.ndim)
        return tuple(n for i, n in enumerate(x.shape) if i not in axes)

    def __str__(self) -> str:
        name = type(self).__name__
        if self.axis is None:
            return f"{name}{{axes=None}}"
        return (
            f"{name}{{axis={self.axis[0]}}}"
            if len(self.axis) == 1
            else f"{name}{{axes={list(self.axis)}}}"
        )


class CAReduce(Reduction):
    """A commutative, associative scalar op between all elements along some axes.

    A subclass states the facts: the combining op, its unit, the dtype rule, the NumPy meaning and
    the pullback.
    """

    __module__ = "lamina.tensor.elemwise"
    combine: Elemwise
    ufunc: np.ufunc
    empty_allowed = True

    @staticmethod
    def out_dtype(dtype: str) -> str:
        """The dtype of the result, to which operands are cast."""
        return dtype

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        (x,) = types
        if not self.empty_allowed and builtins.any(x.shape[a] == 0 for a in self.axes(x.ndim)):
            raise ValueError(f"{self}: zero-size array to a reduction that has no identity")
        return TensorType(self.out_dtype(x.dtype), self.kept(x))

    def identity(self, dtype: str) -> Any:
        """The value that changes nothing when it is combined."""
        raise NotImplementedError

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        return self.ufunc.reduce(x, self.axes(x.ndim), dtype=self.out_dtype(x.dtype.name))

    def spread(self, reduced: Any, x: Any) -> Any:
        """`reduced` with the dimensions that this op took from `x`, of length 1."""
        if not isinstance(reduced.type, TensorType) or not x.type.ndim:
            return reduced
        return expand_dims(reduced, self.axes(x.type.ndim)) if self.axes(x.type.ndim) else reduced


def wide_integer(dtype: str) -> str:
    """Sums and products of integers narrower than 64 bits are 64 bits wide, as in NumPy."""
    kind = np.dtype(dtype).kind
    return {"b": "int64", "i": "int64", "u": "uint64"}.get(kind, dtype)


class Sum(CAReduce):
    """Sum over axes."""

    nd_name = "sum"
    combine = nd.add
    ufunc = np.add
    out_dtype = staticmethod(wide_integer)

    def identity(self, dtype: str) -> Any:
        return 0

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (x,), (g,) = inputs, output_grads
        return [nd.second(x, self.spread(g, x))]


class Prod(CAReduce):
    """Product over axes."""

    nd_name = "prod"
    combine = nd.mul
    ufunc = np.multiply
    out_dtype = staticmethod(wide_integer)

    def identity(self, dtype: str) -> Any:
        return 1

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        # The product of the other elements: of those that are not 0, times that one among them that
        # is.
        # (Where two are 0 it is of second order in them, and 0: this is exact up to second
        # derivatives.)
        (x,), (g,) = inputs, output_grads
        axes = self.axes(x.type.ndim)
        is_zero = nd.eq(x, 0)
        not_zero, only_zero = nd.switch(is_zero, 1, x), nd.switch(is_zero, x, 0)
        zeros = cast(is_zero, "int64")
        other_zeros = self.spread(sum(zeros, axes), x) - zeros
        other_zero = self.spread(sum(only_zero, axes), x) - only_zero
        nonzero = self.spread(Prod(axes)(not_zero), x) / not_zero
        factor = nd.switch(
            nd.eq(other_zeros, 0), 1, nd.switch(nd.eq(other_zeros, 1), other_zero, 0)
        )
        return [self.spread(g, x) * nd.conj(nonzero * factor)]


class _Extremum(CAReduce):
    """Where ``of_nothing``, an extremum of no elements is the identity; else that raises."""

    __props__ = ("axis", "of_nothing")

    def __init__(self, axis: Any = None, of_nothing: bool | None = None):
        super().__init__(axis)
        self.of_nothing = of_nothing

    @property
    def empty_allowed(self) -> bool:  # type: ignore[override]
        return bool(self.of_nothing)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        if not self.of_nothing:
            return super().numpy(*arrays)
        (x,) = arrays
        return self.ufunc.reduce(x, self.axes(x.ndim), initial=self.identity(x.dtype.name))

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        # every element that attains the extremum gets the cotangent
        (x,), (y,), (g,) = inputs, outputs, output_grads
        return [self.spread(g, x) * nd.eq(x, self.spread(y, x))]


class Max(_Extremum):
    """Largest element over axes; NaN if there is one."""

    nd_name = "max"
    combine = nd.maximum
    ufunc = np.maximum

    def identity(self, dtype: str) -> Any:
        d = np.dtype(dtype)
        if d.kind == "c":
            return complex(-np.inf, -np.inf)
        return False if d.kind == "b" else np.iinfo(d).min if d.kind in "iu" else -np.inf


class Min(_Extremum):
    """Smallest element over axes; NaN if there is one."""

    nd_name = "min"
    combine = nd.minimum
    ufunc = np.minimum

    def identity(self, dtype: str) -> Any:
        d = np.dtype(dtype)
        if d.kind == "c":
            return complex(np.inf, np.inf)
        return True if d.kind == "b" else np.iinfo(d).max if d.kind in "iu" else np.inf


class _Logical(CAReduce):
    @staticmethod
    def out_dtype(dtype: str) -> str:
        return "bool"

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.creation import zeros_like

        return [zeros_like(inputs[0], dtype=config.floatX)]


class All(_Logical):
    """Whether every element is nonzero."""

    nd_name = "all"
    combine = nd.logical_and
    ufunc = np.logical_and

    def identity(self, dtype: str) -> Any:
        return True


class Any_(_Logical):
    """Whether some element is nonzero."""

    nd_name = "any"
    combine = nd.logical_or
    ufunc = np.logical_or

    def identity(self, dtype: str) -> Any:
        return False

    def __str__(self) -> str:
        return super().__str__().replace("Any_", "Any")


class Argmax(Reduction):
    """Position, an int64, of the first largest element over axes (of the first NaN, if there is
    one).

    Over several axes it counts elements in row-major order.
    """

    __module__ = "lamina.tensor.math"
    nd_name = "argmax"
    numpy_argument: Callable[..., Any] = staticmethod(np.argmax)

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        (x,) = types
        axes = self.axes(x.ndim)
        if x.ndim and not axes:
            raise ValueError(f"{self.nd_name} needs an axis, got axis=()")
        if builtins.any(x.shape[a] == 0 for a in axes):
            raise ValueError(f"attempt to get {self.nd_name} of an empty sequence")
        return TensorType("int64", self.kept(x))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        axes = self.axes(x.ndim)
        kept = [i for i in range(x.ndim) if i not in axes]
        count = int(np.prod([x.shape[a] for a in axes]))
        flat = x.transpose(kept + list(axes)).reshape([x.shape[i] for i in kept] + [count])
        return type(self).numpy_argument(flat, axis=-1)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.creation import zeros_like

        return [zeros_like(inputs[0], dtype=config.floatX)]


class Argmin(Argmax):
    """Position, an int64, of the first smallest element over axes (of the first NaN, if there is
    one).
    """

    nd_name = "argmin"
    numpy_argument = staticmethod(np.argmin)


def _reduce(op: type[Any], x: Any, axis: Any, keepdims: bool) -> Any:
    x = as_tensor_variable(x)
    axes = None if axis is None else normalize_axes(axis, x.type.ndim)
    if axis is not None and not isinstance(axis, (tuple, list, np.ndarray)):
        instance = (
            op((normalize_axis(int(nd_value(axis)), x.type.ndim),)) if x.type.ndim else op(None)
        )
    else:
        instance = op(axes)
    y = instance(x)
    if keepdims:
        return expand_dims(y, instance.axes(x.type.ndim)) if x.type.ndim else y
    return y


def nd_value(axis: Any) -> int:
    """The value of an axis given as an int or a constant."""
    from lamina.ir.ops.constant import constant_value

    return int(constant_value(axis))


def sum(
    x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
) -> Any:
    """Sum over `axis` (int, tuple, or None for all).

    Integers narrower than 64 bits are summed in 64 bits; `dtype` asks for another dtype of sum and
    result.
    """
    if dtype is None:
        return _reduce(Sum, x, axis, keepdims)
    return cast(_reduce(Sum, cast(x, dtype), axis, keepdims), dtype)


def prod(
    x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None,
    no_zeros_in_input: bool = False,
) -> Any:  # fmt: skip
    """Product over `axis` (int, tuple, or None for all); dtypes as for `sum`."""
    if dtype is None:
        return _reduce(Prod, x, axis, keepdims)
    return cast(_reduce(Prod, cast(x, dtype), axis, keepdims), dtype)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Largest element over `axis`; NaN if there is one. An empty axis raises ValueError."""
    return _reduce(Max, x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Smallest element over `axis`; NaN if there is one. An empty axis raises ValueError."""
    return _reduce(Min, x, axis, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether every element over `axis` is nonzero."""
    return _reduce(All, x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether some element over `axis` is nonzero."""
    return _reduce(Any_, x, axis, keepdims)


def argmax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Position of the first largest element along `axis`; in the flattened array if None."""
    return _reduce(Argmax, x, axis, keepdims)


def argmin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Position of the first smallest element along `axis`; in the flattened array if None."""
    return _reduce(Argmin, x, axis, keepdims)


def max_and_argmax(a: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """The largest element over `axis` and its position."""
    return [max(a, axis, keepdims), argmax(a, axis, keepdims)]


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over `axis`; the compiler computes it without overflow."""
    return nd.log(sum(nd.exp(x), axis, keepdims=keepdims))


def sum_to_type(g: Any, type: TensorType) -> Any:
    """`g` summed over the dimensions in which a value of `type` was broadcast to its shape."""
    extra = g.type.ndim - type.ndim
    lead = tuple(range(extra))
    ones = tuple(
        i + extra for i, n in enumerate(type.shape) if n == 1 and g.type.shape[i + extra] != 1
    )
    if not lead and not ones:
        return g
    summed = sum(g, lead + ones)
    kept = iter(range(summed.type.ndim))
    return dimshuffle(summed, ["x" if i + extra in ones else next(kept) for i in range(type.ndim)])
