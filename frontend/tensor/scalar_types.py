"""Scalars, which here are arrays without dimensions: a compiled function keeps them in registers.

So a scalar type is a `TensorType` of no dimensions, and the conversions between a scalar and such
an array have nothing to do.
"""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.tensor_type import DTYPES, TensorType, dtype_name
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.elementwise import common_dtype, scalar_op

bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64 = (
    TensorType(dtype, ()) for dtype in DTYPES[:9]
)
float16, float32, float64, complex64, complex128 = (TensorType(dtype, ()) for dtype in DTYPES[9:])

identity = scalar_op("identity")


def as_scalar(x: Any, name: str | None = None) -> Any:
    """Convert to a variable without dimensions.

    Parameters
    ----------
    x : Variable or number
    name : str, optional
        The name of the constant, if one is made.

    Raises
    ------
    TypeError
        `x` has dimensions.

    Examples
    --------
    >>> as_scalar(3).type
    Scalar(int8, shape=())
    """
    variable = as_tensor_variable(x, name)
    if variable.type.ndim:
        raise TypeError(f"as_scalar: {variable} is a {variable.type}; a scalar has no dimensions")
    return variable


def scalar_from_tensor(t: Any) -> Any:
    """The scalar that an array without dimensions holds; it is that array.

    Raises
    ------
    TypeError
        `t` has dimensions.
    """
    return as_scalar(t)


def tensor_from_scalar(s: Any) -> Any:
    """The array without dimensions that holds a scalar; it is that scalar.

    Raises
    ------
    TypeError
        `s` has dimensions.
    """
    return as_scalar(s)


def upcast(dtype: Any, *dtypes: Any) -> str:
    """The dtype in which arrays of all these dtypes meet.

    Examples
    --------
    >>> upcast("int8", "float32")
    'float32'
    """
    return common_dtype([dtype_name(d) for d in (dtype, *dtypes)])


__all__ = [
    "as_scalar", "bool", "complex128", "complex64", "float16", "float32", "float64", "identity",
    "int16", "int32", "int64", "int8", "scalar_from_tensor", "tensor_from_scalar", "uint16",
    "uint32", "uint64", "uint8", "upcast",
]  # fmt: skip
