"""Shapes as values, and arrays given another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.constant import as_tensor_variable, constant, constant_value
from lamina.ir.ops.dimshuffle import (
    DimShuffle,
    dimshuffle,
    expand_dims,
    matrix_transpose,
    moveaxis,
    pad_or_drop_left,
    shape_padaxis,
    shape_padleft,
    shape_padright,
    squeeze,
    swapaxes,
    transpose,
)
from lamina.ir.shapes import StaticShape

__all__ = [
    "Alloc",
    "DimShuffle",
    "MakeVector",
    "Reshape",
    "Shape",
    "Shape_i",
    "SpecifyShape",
    "broadcast_to",
    "dimshuffle",
    "expand_dims",
    "flatten",
    "length_of",
    "make_vector",
    "matrix_transpose",
    "moveaxis",
    "pad_or_drop_left",
    "ravel",
    "reshape",
    "shape",
    "shape_i",
    "shape_padaxis",
    "shape_padleft",
    "shape_padright",
    "shape_tuple",
    "size",
    "specify_broadcastable",
    "specify_shape",
    "squeeze",
    "swapaxes",
    "transpose",
]


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


class Reshape(ArrayOp):
    """The same elements, in row-major order, in another shape; one length may be -1, for what is
    left.
    """

    __module__ = "lamina.tensor.shape"
    __props__ = ("ndim",)
    nd_name = "reshape"
    view_map = {0: [0]}

    def __init__(self, ndim: int):
        self.ndim = ndim

    def make_node(self, x: Any, shape: Any) -> Apply:  # type: ignore[override]
        x, shape = as_tensor_variable(x), as_shape_vector(shape)
        lengths = _known_entries(shape, self.ndim)
        return Apply(
            self, [x, shape], [TensorType(x.type.dtype, reshaped(x.type.shape, lengths))()]
        )

    def infer(self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]) -> TensorType:
        shape = values[1]
        lengths = [None] * self.ndim if shape is None else [int(n) for n in shape]
        return TensorType(types[0].dtype, reshaped(types[0].shape, lengths))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, shape = arrays
        return x.reshape([int(n) for n in shape])

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        x, _ = inputs
        return [reshape(output_grads[0], shape(x), ndim=x.type.ndim), None]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [False]]

    def __str__(self) -> str:
        return f"Reshape{{{self.ndim}}}"


def reshaped(old: StaticShape, lengths: Sequence[int | None]) -> StaticShape:
    """Static shape of an array of static shape `old` in the shape `lengths` (None unknown, -1 what
    is left).

    Raises
    ------
    ValueError
        The element counts differ.
    """
    if any(n is not None and n < -1 for n in lengths) or list(lengths).count(-1) > 1:
        raise ValueError(f"reshape: one length may be -1 and none below it, got {tuple(lengths)}")
    new = [None if n == -1 else n for n in lengths]
    unknown = [i for i, n in enumerate(new) if n is None]
    if None in old:
        return tuple(new)
    total = int(np.prod(np.array(old, object)))
    known = int(np.prod([n for n in new if n is not None], dtype=object))
    if not unknown and known != total:
        raise ValueError(f"cannot reshape array of size {total} into shape {tuple(lengths)}")
    if len(unknown) == 1 and known:
        if total % known:
            raise ValueError(f"cannot reshape array of size {total} into shape {tuple(lengths)}")
        new[unknown[0]] = total // known
    return tuple(new)


class SpecifyShape(ArrayOp):
    """The operand, whose shape is checked to be the given one (None: any) when it runs."""

    __module__ = "lamina.tensor.shape"
    __props__ = ("lengths",)
    nd_name = "specify_shape"
    view_map = {0: [0]}

    def __init__(self, lengths: Sequence[int | None]):
        self.lengths = tuple(lengths)

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        (x,) = types
        if x.ndim != len(self.lengths) or any(
            a is not None and b is not None and a != b
            for a, b in zip(x.shape, self.lengths, strict=True)
        ):
            raise ValueError(f"SpecifyShape: {x} cannot have the shape {self.lengths}")
        pairs = zip(x.shape, self.lengths, strict=True)
        return TensorType(x.dtype, tuple(a if b is None else b for a, b in pairs))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        for axis, (actual, wanted) in enumerate(zip(x.shape, self.lengths, strict=True)):
            if wanted is not None and actual != wanted:
                raise AssertionError(
                    f"SpecifyShape: dim {axis} of input has shape {actual}, expected {wanted}."
                )
        return x

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [specify_shape(output_grads[0], self.lengths)]


class Alloc(ArrayOp):
    """A value broadcast to a shape."""

    __module__ = "lamina.tensor.basic"
    __props__ = ()
    nd_name = "alloc"

    def make_node(self, value: Any, *lengths: Any) -> Apply:  # type: ignore[override]
        return super().make_node(value, *map(as_length, lengths))

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        value, known = types[0], [None if v is None else int(v) for v in values[1:]]
        if any(n is not None and n < 0 for n in known):
            raise ValueError(f"Alloc: negative length in {known}")
        extra = len(known) - value.ndim
        if extra < 0:
            raise TypeError(f"Alloc: the value {value} has more dimensions than the shape {known}")
        for axis, n in enumerate(value.shape, extra):
            if n not in (None, 1):
                if known[axis] not in (None, n):
                    raise ValueError(f"Alloc: the value {value} does not broadcast to {known}")
                known[axis] = n
        return TensorType(value.dtype, known)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        value, *lengths = arrays
        return np.broadcast_to(value, [int(n) for n in lengths]).copy()

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        value, shape = inputs[0], [int(n) for n in inputs[1:]]
        static = node.inputs[0].type.shape  # type: ignore[attr-defined]
        for axis, n in enumerate(static, len(shape) - len(static)):
            actual = np.shape(value)[axis - len(shape) + len(static)]
            if n != 1 and actual != shape[axis]:
                raise ValueError(
                    f"Alloc: the value has length {actual} on axis {axis}, the shape "
                    f"{shape[axis]}. "
                    "Only a dimension that is statically 1 broadcasts."
                )
        super().perform(node, inputs, output_storage)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True]] + [[False] for _ in node.inputs[1:]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.reduction import sum_to_type

        return [sum_to_type(output_grads[0], inputs[0].type)] + [None] * (len(inputs) - 1)


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
    known = _known_entries(vector, count)
    return tuple(vector[i] if n is None else constant(np.int64(n)) for i, n in enumerate(known))


def _known_entries(shape: Any, ndim: int) -> list[int | None]:
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


def reshape(x: Any, newshape: Any, ndim: int | None = None) -> Any:
    """The elements of `x`, in row-major order, in another shape.

    Parameters
    ----------
    x : tensor-like
    newshape : int, sequence of int or scalar variables, or integer vector
        One length may be -1.
    ndim : int, optional
        Number of dimensions, where `newshape` is a vector of unknown length.
    """
    vector = as_shape_vector(newshape)
    if ndim is None:
        ndim = vector.type.shape[0]
        if ndim is None:
            raise ValueError("reshape to a shape vector of unknown length needs ndim=")
    return Reshape(ndim)(x, vector)


def flatten(x: Any, ndim: int = 1) -> Any:
    """Keep the first ``ndim - 1`` dimensions and make one of the rest."""
    x = as_tensor_variable(x)
    if ndim < 1 or ndim > max(x.type.ndim, 1):
        raise ValueError(f"ndim {ndim} out of bound [1, {x.type.ndim}]")
    if x.type.ndim == ndim:
        return x
    kept = [length_of(x, i) for i in range(ndim - 1)]
    rest = [length_of(x, i) for i in range(ndim - 1, x.type.ndim)]
    last = constant(np.int64(1))
    for n in rest:
        last = last * n
    if all(x.type.shape[i] is not None for i in range(ndim - 1, x.type.ndim)):
        last = constant(np.int64(np.prod(x.type.shape[ndim - 1 :], dtype=np.int64)))
    return reshape(x, (*kept, last))


def ravel(x: Any) -> Any:
    """All elements in one dimension."""
    return flatten(x)


def specify_shape(x: Any, shape: Any) -> Any:
    """`x`, whose shape is checked at run time to be `shape` (None: any length)."""
    x = as_tensor_variable(x)
    entries = [shape] if isinstance(shape, int) else list(shape)
    lengths = [None if n is None else int(constant_value(n)) for n in entries]
    if len(lengths) != x.type.ndim:
        raise ValueError(
            f"Input {x} is {x.type.ndim}-dimensional and can never match shape {lengths}"
        )
    if all(n is None or n == m for n, m in zip(lengths, x.type.shape, strict=True)):
        return x
    return SpecifyShape(lengths)(x)


def specify_broadcastable(x: Any, *axes: int) -> Any:
    """`x`, of whose dimensions `axes` it is checked at run time that they have length 1.

    They are then broadcast, as dimensions are that are statically 1.
    """
    from lamina.ir.ops.array_op import normalize_axes

    x = as_tensor_variable(x)
    ones = normalize_axes(axes, x.type.ndim)
    return specify_shape(x, [1 if i in ones else None for i in range(x.type.ndim)])


def broadcast_to(x: Any, shape: Any) -> Any:
    """`x` broadcast to a shape; only dimensions statically 1 broadcast."""
    return Alloc()(x, *shape_tuple(shape))
