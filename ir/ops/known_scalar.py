"""What is known of scalars and vectors while the graph is built."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.constant import as_tensor_variable, constant_value
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.shape import MakeVector, Shape, Shape_i


class NotScalarConstantError(Exception):
    """The value of a variable is not known while the graph is built."""

    __module__ = "lamina.tensor.exceptions"


def known_scalar(x: Any) -> Any:
    """The NumPy value of a scalar that follows from constants and static shapes; else None."""
    value = constant_value(x)
    if value is not None:
        return value.reshape(()) if value.size == 1 else None
    if not isinstance(x, Variable) or x.owner is None or not isinstance(x.type, TensorType):
        return None
    op, inputs = x.owner.op, x.owner.inputs
    if isinstance(op, Shape_i):
        return _known_length(inputs[0], op.i)
    if isinstance(op, Subtensor) and op.idx_list == (True,):
        return _known_entry(inputs[0], known_scalar(inputs[1]))
    if isinstance(op, Alloc):
        return known_scalar(inputs[0])
    if isinstance(op, Elemwise) and all(v.type.ndim == 0 for v in inputs):  # type: ignore[attr-defined]
        values = [known_scalar(v) for v in inputs]
        if any(v is None for v in values) or op.scalar_op.barrier:
            return None
        return op.compute(x.owner, values)
    return None


def _known_length(x: Any, axis: int) -> Any:
    n = x.type.shape[axis]
    return None if n is None else np.array(n, np.int64)


def _known_entry(vector: Any, place: Any) -> Any:
    if place is None:
        return None
    value = constant_value(vector)
    if value is not None:
        return np.asarray(value[int(place)])
    if vector.owner is None:
        return None
    if isinstance(vector.owner.op, Shape):
        return _known_length(vector.owner.inputs[0], int(place))
    if isinstance(vector.owner.op, MakeVector):
        entry = known_scalar(vector.owner.inputs[int(place)])
        return None if entry is None else entry.astype(vector.type.dtype)
    return None


def get_underlying_scalar_constant_value(v: Any, **kwargs: Any) -> Any:
    """The value of a scalar, or of all elements of an array, where the graph tells it.

    Parameters
    ----------
    v : tensor-like
        A constant, or what is made of constants and static lengths.
    **kwargs
        Taken for compatibility; they change nothing.

    Returns
    -------
    numpy array of no dimensions

    Raises
    ------
    NotScalarConstantError
        The value is not known.
    """
    variable = as_tensor_variable(v)
    value = known_scalar(variable)
    if value is None:
        known = constant_value(variable)
        if known is not None and known.size and (known == known.ravel()[0]).all():
            return known.ravel()[0].reshape(())
        raise NotScalarConstantError(f"{v} is not known to be one value")
    return value


get_scalar_constant_value = get_underlying_scalar_constant_value


def get_vector_length(v: Any) -> int:
    """The number of elements of a vector, where the graph tells it.

    Raises
    ------
    TypeError
        `v` is no vector.
    ValueError
        Its length is not known.
    """
    v = as_tensor_variable(v)
    if v.type.ndim != 1:
        raise TypeError(f"Argument must be a vector; got {v.type}")
    if v.type.shape[0] is None:
        raise ValueError(f"Length of {v} cannot be determined")
    return v.type.shape[0]


def is_flat(var: Any, ndim: int = 1) -> bool:
    """Whether a variable has `ndim` dimensions."""
    return as_tensor_variable(var).type.ndim == ndim
