"""The same elements in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.constant import as_tensor_variable, constant
from lamina.ir.ops.shape import as_shape_vector, known_entries, length_of, shape
from lamina.ir.shapes import StaticShape


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
        lengths = known_entries(shape, self.ndim)
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
