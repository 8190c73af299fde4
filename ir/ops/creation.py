"""Arrays made of nothing but a shape, a value or a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant, weak_type
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.shape import as_length, shape_tuple


class ARange(ArrayOp):
    """start, start + step, ... up to but without stop."""

    __module__ = "lamina.tensor.basic"
    __props__ = ("dtype",)
    nd_name = "arange"

    def __init__(self, dtype: str):
        self.dtype = dtype

    def make_node(self, *inputs: Any) -> Apply:
        # integers keep their signs, whatever the result's dtype: arange(3, 0, -1, dtype="uint8")
        integers = all(np.dtype(as_tensor_variable(v).type.dtype).kind in "biu" for v in inputs)
        exact = integers and np.dtype(self.dtype).kind in "biu"
        scalars = [cast(v, "int64" if exact else self.dtype) for v in inputs]
        if len(scalars) != 3 or any(v.type.ndim for v in scalars):
            raise TypeError("arange takes scalars start, stop and step")
        return super().make_node(*scalars)

    def infer(self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]) -> TensorType:
        length = None if any(v is None for v in values) else len(self.numpy(*values))  # type: ignore[arg-type]
        return TensorType(self.dtype, (length,))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        start, stop, step = (a.item() for a in arrays)
        if step == 0:
            raise ValueError("arange: step must not be 0")
        if np.dtype(self.dtype).kind == "c":  # NumPy's would end where the imaginary part does
            count = max(math.ceil(((stop - start) / step).real), 0)
            return np.asarray(start + step * np.arange(count), self.dtype)
        values = np.arange(start, stop, step, dtype=arrays[0].dtype)
        return values.astype(self.dtype)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[np.dtype(self.dtype).kind == "f"], [False], [np.dtype(self.dtype).kind == "f"]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.reduction import sum

        (g,), (start, _, step) = output_grads, inputs
        if np.dtype(self.dtype).kind != "f":
            return [None, None, None]
        position = (outputs[0] - start) / step
        return [sum(g), None, sum(g * position)]

    def __str__(self) -> str:
        return f"ARange{{dtype={self.dtype!r}}}"


class Eye(ArrayOp):
    """Ones on diagonal k of an n by m matrix of zeros."""

    __module__ = "lamina.tensor.basic"
    __props__ = ("dtype",)
    nd_name = "eye"

    def __init__(self, dtype: str):
        self.dtype = dtype

    def make_node(self, *inputs: Any) -> Apply:
        return super().make_node(*map(as_length, inputs))

    def infer(self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]) -> TensorType:
        return TensorType(self.dtype, tuple(None if v is None else int(v) for v in values[:2]))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        n, m, k = (int(a) for a in arrays)
        return np.eye(n, m, k, self.dtype)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False]] * 3

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [None, None, None]

    def __str__(self) -> str:
        return f"Eye{{dtype={self.dtype!r}}}"


def alloc(value: Any, *shape: Any) -> Any:
    """`value` broadcast to a shape given length by length."""
    return Alloc()(value, *shape)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """An array of one value; its dtype is the value's unless given."""
    value = as_tensor_variable(fill_value)
    if dtype is not None:
        value = cast(value, dtype)
    elif weak_type(value) is not None:
        value = cast(value, common_dtype([value.type.dtype], [weak_type(value)]))
    return Alloc()(value, *shape_tuple(shape))


def zeros(shape: Any, dtype: Any = None) -> Any:
    """An array of zeros, floatX unless `dtype` is given."""
    return full(shape, 0, dtype or config.floatX)


def ones(shape: Any, dtype: Any = None) -> Any:
    """An array of ones, floatX unless `dtype` is given."""
    return full(shape, 1, dtype or config.floatX)


def empty(shape: Any, dtype: Any = None) -> Any:
    """An array of unspecified elements, floatX unless `dtype` is given. They are 0 at present."""
    return zeros(shape, dtype)


def full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    """An array of the shape of `a`, of one value."""
    a = as_tensor_variable(a)
    return nd.second(
        a, cast(constant_or_variable(fill_value, dtype or a.type.dtype), dtype or a.type.dtype)
    )


def constant_or_variable(value: Any, dtype: Any) -> Any:
    """A variable as it is; anything else as a constant of `dtype`."""
    return value if isinstance(value, Variable) else constant(value, dtype=dtype)


def zeros_like(model: Any, dtype: Any = None, opt: bool = False) -> Any:
    """Zeros in the shape of `model`, and its dtype unless given."""
    return full_like(model, 0, dtype)


def empty_like(prototype: Any, dtype: Any = None) -> Any:
    """Unspecified elements in the shape of `prototype`, and its dtype unless given."""
    return zeros_like(prototype, dtype)


def ones_like(model: Any, dtype: Any = None, opt: bool = False) -> Any:
    """Ones in the shape of `model`, and its dtype unless given."""
    return full_like(model, 1, dtype)


def eye(n: Any, m: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Ones on diagonal `k` of an n by m matrix of zeros (n by n if `m` is None)."""
    op = Eye(TensorType(dtype or config.floatX, ()).dtype)
    return op(n, n if m is None else m, k)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """start, start + step, ... up to but without stop; ``arange(stop)`` starts at 0.

    Integers give int64, floats floatX (the dtype of arrays among the arguments counts, as in
    NumPy).
    """
    if stop is None:
        start, stop = 0, start
    scalars = [as_tensor_variable(v) for v in (start, stop, step)]
    if dtype is None:
        dtype = common_dtype([v.type.dtype for v in scalars], list(map(weak_type, scalars)))
        dtype = common_dtype([dtype, "int64"]) if np.dtype(dtype).kind in "biu" else dtype
    return ARange(TensorType(dtype, ()).dtype)(*scalars)
