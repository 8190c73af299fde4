"""Shapes as values: lengths, and vectors of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.constant import as_tensor_variable, constant, constant_value


class Shape(ArrayOp):
    """The shape as a vector of int64."""

    __module__ = "lamina.tensor.shape"
    __props__ = ()
    nd_name = "shape"

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        return TensorType("int64", (types[0].ndim,))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.array(arrays[0].shape, np.int64)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [None]


class Shape_i(ArrayOp):
    """The length of dimension `i`, an int64."""

    __module__ = "lamina.tensor.shape"
    __props__ = ("i",)
    nd_name = "dim"

    def __init__(self, i: int):
        self.i = i

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        if not 0 <= self.i < types[0].ndim:
            raise TypeError(f"{self}: {types[0]} has no dimension {self.i}")
        return TensorType("int64", ())

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.array(arrays[0].shape[self.i], np.int64)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [None]

    def __str__(self) -> str:
        return f"Shape_i{{{self.i}}}"


class MakeVector(ArrayOp):
    """A vector of scalars."""

    __module__ = "lamina.tensor.basic"
    __props__ = ("dtype",)
    nd_name = "make_vector"

    def __init__(self, dtype: str):
        self.dtype = dtype

    def make_node(self, *inputs: Any) -> Apply:
        from lamina.ir.ops.cast import cast

        scalars = [cast(v, self.dtype) for v in inputs]
        for v in scalars:
            if v.type.ndim:
                raise TypeError(f"{self} takes scalars, got {v} of type {v.type}")
        return super().make_node(*scalars)

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        return TensorType(self.dtype, (len(types),))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.array(arrays, self.dtype).reshape(len(arrays))

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [output_grads[0][i] for i in range(len(inputs))]

    def __str__(self) -> str:
        return f"MakeVector{{dtype={self.dtype!r}}}"


def as_length(n: Any) -> Any:
    """`n` as an int64 scalar.

    Raises
    ------
    TypeError
        It is no integer scalar.
    """
    from lamina.ir.ops.cast import cast

    if isinstance(n, (int, np.integer)) and not isinstance(n, bool):
        return constant(np.int64(n))
    variable = as_tensor_variable(n)
    if variable.type.ndim or np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"a length must be an integer scalar, got {n!r} of type {variable.type}")
    return cast(variable, "int64")


def as_shape_vector(shape: Any) -> Any:
    """A shape (int, sequence of lengths, or vector) as a vector of int64."""
    from lamina.ir.ops.cast import cast

    if isinstance(shape, Variable):
        if shape.type.ndim == 0:  # type: ignore[attr-defined]
            return make_vector(shape, dtype="int64")
        if shape.type.ndim != 1 or np.dtype(shape.type.dtype).kind not in "iu":  # type: ignore[attr-defined]
            raise TypeError(f"a shape must be a vector of integers, got {shape.type}")
        return cast(shape, "int64")
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    lengths = list(shape)
    if not any(isinstance(n, Variable) for n in lengths):
        array = np.asarray(lengths)
        if array.size and array.dtype.kind not in "iu":
            raise TypeError(f"a shape must be integers, got {shape!r}")
        return constant(array.astype(np.int64))
    return make_vector(*map(as_length, lengths), dtype="int64")


def shape_tuple(shape: Any) -> tuple[Any, ...]:
    """The lengths of a shape, each an int64 scalar variable."""
    vector = as_shape_vector(shape)
    if vector.owner is not None and isinstance(vector.owner.op, MakeVector):
        return tuple(vector.owner.inputs)
    value = constant_value(vector)
    if value is not None:
        return tuple(constant(np.int64(n)) for n in value)
    count = vector.type.shape[0]
    if count is None:
        raise ValueError(
            f"the number of dimensions in the shape {vector} is not known; give it as a tuple"
        )
    known = known_entries(vector, count)
    return tuple(vector[i] if n is None else constant(np.int64(n)) for i, n in enumerate(known))


def known_entries(shape: Any, ndim: int) -> list[int | None]:
    """The entries of a shape vector that are constants, None for the others.

    Raises
    ------
    ValueError
        There are not `ndim`.
    """
    value = constant_value(shape)
    if value is not None:
        entries: list[int | None] = [int(n) for n in value]
    elif shape.owner is not None and isinstance(shape.owner.op, MakeVector):
        values = [constant_value(v) for v in shape.owner.inputs]
        entries = [None if v is None else int(v) for v in values]
    elif shape.owner is not None and isinstance(shape.owner.op, Shape):
        entries = list(shape.owner.inputs[0].type.shape)
    else:
        entries = [None] * ndim
    if len(entries) != ndim:
        raise ValueError(f"a shape of {len(entries)} lengths, expected {ndim}")
    return entries


_shape_op = Shape()


def shape(x: Any) -> Any:
    """The shape of `x`, a vector of int64 (a constant where it is known)."""
    x = as_tensor_variable(x)
    return _shape_op(x)


def shape_i(x: Any, i: int) -> Any:
    """The length of dimension `i`, an int64 scalar (a constant where it is known)."""
    return length_of(as_tensor_variable(x), i)


def length_of(x: Any, axis: int) -> Any:
    """The length of `x` along `axis`: a constant where the static shape tells it."""
    known = x.type.shape[axis]
    return constant(np.int64(known)) if known is not None else Shape_i(axis % x.type.ndim)(x)


def size(x: Any) -> Any:
    """The number of elements, an int64 scalar."""
    from lamina.ir.ops.reduction import prod

    x = as_tensor_variable(x)
    return prod(shape(x)) if x.type.ndim else constant(np.int64(1))


def make_vector(*scalars: Any, dtype: Any = None) -> Any:
    """A vector of scalars, of their common dtype."""
    from lamina.ir.ops.constant import weak_type
    from lamina.ir.ops.elementwise import common_dtype

    variables = [as_tensor_variable(s) for s in scalars]
    if dtype is None:
        dtype = common_dtype([v.type.dtype for v in variables], list(map(weak_type, variables)))
    return MakeVector(TensorType(dtype, ()).dtype)(*variables)
