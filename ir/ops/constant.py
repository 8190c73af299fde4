"""Constants, and how Python and NumPy values become variables."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.sparse import refuse_sparse
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.tensor_variable import TensorConstant
from lamina.ir.graph.variable import Constant, Variable


def weak_type(variable: Variable) -> type | None:
    """The Python type of a literal, seen through added dimensions; None for all else."""
    while variable.owner is not None:
        if not getattr(variable.owner.op, "only_adds_dimensions", False):
            return None
        variable = variable.owner.inputs[0]
    return getattr(variable, "weak", None)


def _smallest_dtype(value: Any) -> str:
    """The smallest integer dtype that holds a Python int, floatX for a float."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        for dtype in ("int8", "int16", "int32", "int64", "uint64"):
            if np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
                return dtype
        raise OverflowError(f"The Python integer {value} fits no dtype")
    if isinstance(value, float):
        return config.floatX
    return "complex128"


def constant(
    x: Any, name: str | None = None, ndim: int | None = None, dtype: Any = None
) -> TensorConstant:
    """A constant array.

    Parameters
    ----------
    x : scalar or array-like
        A Python scalar gets the smallest integer dtype that holds it (floatX if it is a float) and
        is weak: it takes the dtype of an array that it meets.
    ndim : int, optional
        Dimensions of length 1 are added on the left up to this number.
    dtype : optional
        Convert to it; the constant is then not weak.

    Raises
    ------
    TypeError
        `x` has no dtype that an array of a graph can have.
    """
    if isinstance(x, TensorConstant) and dtype in (None, x.dtype) and ndim in (None, x.ndim):
        return x
    if isinstance(x, Constant):
        x = x.data
    if isinstance(x, np.ndarray) and hasattr(x, "mask"):
        raise TypeError("Cannot convert a masked array to a TensorType, as its mask would be lost")
    weak: type | None = None
    if dtype is None and type(x) in (bool, int, float, complex):
        weak = type(x)
        array = np.array(x, _smallest_dtype(x))
    else:
        refuse_sparse(x, "a graph")
        try:
            array = np.asarray(x)
        except ValueError as error:
            raise TypeError(f"Cannot convert {x!r} to an array: {error}") from None
        if array.dtype.kind not in "biufc":
            raise TypeError(f"Cannot convert {x!r} of type {type(x).__name__} to a TensorType")
        if (
            dtype is None
            and not isinstance(x, (np.ndarray, np.generic))
            and array.dtype.kind == "f"
        ):
            dtype = config.floatX
        if dtype is not None:
            array = array.astype(TensorType(dtype, ()).numpy_dtype)
        array = np.array(array, array.dtype.newbyteorder("="))
    if ndim is not None:
        if array.ndim > ndim:
            raise ValueError(f"A constant of {array.ndim} dimensions cannot have ndim={ndim}")
        array = array.reshape((1,) * (ndim - array.ndim) + array.shape)
    array.flags.writeable = False
    return TensorConstant(TensorType(array.dtype, array.shape), array, name, weak)


def as_tensor_variable(
    x: Any, name: str | None = None, ndim: int | None = None, dtype: Any = None, **kwargs: Any
) -> Any:
    """Convert to a tensor variable.

    Parameters
    ----------
    x : Variable, Apply, number, array-like or sequence with variables in it
    name : str, optional
    ndim : int, optional
        Length-1 dimensions are added on the left, or dropped there, to reach this number.

    Raises
    ------
    TypeError
        `x` has no meaning as a tensor.
    """
    if isinstance(x, Apply):
        x = x.default_output()
    if isinstance(x, Variable):
        if not isinstance(x.type, TensorType):
            raise TypeError(f"Tensor type field must be a TensorType; {x} is a {x.type}")
        if dtype is not None and dtype != x.type.dtype:
            from lamina.ir.ops.cast import cast

            x = cast(x, dtype)
        if ndim is not None and x.type.ndim != ndim:  # type: ignore[attr-defined]
            from lamina.ir.ops.dimshuffle import pad_or_drop_left

            x = pad_or_drop_left(x, ndim)
        return x
    if isinstance(x, (list, tuple)) and _holds_variable(x):
        from lamina.ir.ops.joining import stack

        if all(isinstance(e, Number) or _is_scalar(e) for e in x):
            from lamina.ir.ops.shape import make_vector

            return make_vector(*x, dtype=dtype)
        return stack([as_tensor_variable(e) for e in x])
    if x is None or isinstance(x, (str, bytes, dict, set)) or callable(x):
        raise TypeError(f"Cannot convert {x!r} of type {type(x).__name__} to a tensor variable")
    return constant(x, name, ndim, dtype)


as_tensor = as_tensor_variable


def _is_scalar(x: Any) -> bool:
    return isinstance(x, Variable) and isinstance(x.type, TensorType) and x.type.ndim == 0


def _holds_variable(x: Sequence[Any]) -> bool:
    return any(
        isinstance(e, (Variable, Apply)) or (isinstance(e, (list, tuple)) and _holds_variable(e))
        for e in x
    )


def constant_value(x: Any) -> Any:
    """The NumPy value of a constant, seen through added dimensions and dtype casts of it; else
    None.
    """
    if isinstance(x, (bool, int, float, complex, np.generic, np.ndarray)):
        return np.asarray(x)
    if isinstance(x, Constant):
        return np.asarray(x.data)
    if isinstance(x, Variable) and x.owner is not None:
        op = x.owner.op
        is_cast = str(getattr(op, "nd_name", "")).startswith("Cast{")
        if is_cast or getattr(op, "only_adds_dimensions", False):
            inner = constant_value(x.owner.inputs[0])
            if inner is not None:
                storage: list[list[Any]] = [[None]]
                op.perform(x.owner, [inner], storage)
                return storage[0][0]
    return None
