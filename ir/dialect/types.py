"""Types of the dialect: a tensor type for each dtype and shape of an array."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ComplexType,
    Float16Type,
    Float32Type,
    Float64Type,
    IntegerType,
    Signedness,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation, var_operand_def, var_result_def

from lamina.ir.graph import tensor_type as graph
from lamina.ir.graph.errors import NotInDialect
from lamina.ir.graph.type import Type

ELEMENT: dict[str, Attribute] = {
    "bool": i1,
    **{f"int{n}": IntegerType(n) for n in (8, 16, 32, 64)},
    **{f"uint{n}": IntegerType(n, Signedness.UNSIGNED) for n in (8, 16, 32, 64)},
    "float16": Float16Type(),
    "float32": Float32Type(),
    "float64": Float64Type(),
    "complex64": ComplexType(Float32Type()),
    "complex128": ComplexType(Float64Type()),
}
_DTYPE = {element: dtype for dtype, element in ELEMENT.items()}


@cache
def nd_type(type: Type) -> TensorType[Any]:
    """The nd type of a graph type.

    Raises
    ------
    NotInDialect
        Compiled code has no arrays for its values.
    """
    array: graph.TensorType | None = type.machine
    if array is None:
        raise NotInDialect(f"a variable is no array but of the type {type}")
    return tensor_of(array.dtype, array.shape)


def tensor_of(dtype: str, shape: Iterable[int | None]) -> TensorType[Any]:
    """The nd type of arrays of a dtype and a static shape."""
    return _tensor_of(dtype, tuple(shape))


@lru_cache(maxsize=4096)
def _tensor_of(dtype: str, shape: tuple[int | None, ...]) -> TensorType[Any]:
    return TensorType(ELEMENT[dtype], [DYNAMIC_INDEX if n is None else n for n in shape])


@cache
def graph_type(type: TensorType[Any]) -> graph.TensorType:
    """The graph type of an nd type."""
    shape = [None if n == DYNAMIC_INDEX else n for n in type.get_shape()]
    return graph.TensorType(_DTYPE[type.element_type], shape)


def dtype_of(value: SSAValue) -> str:
    """The NumPy dtype of a value."""
    kept = vars(value.type)  # types are few; to hash the parameters of one takes longer
    known = kept.get("_dtype")
    if known is None:
        known = kept["_dtype"] = _DTYPE[value.type.element_type]  # type: ignore[attr-defined]
    return known


def static_shape(value: SSAValue) -> tuple[int | None, ...]:
    """The static shape of a value, None for unknown lengths."""
    return tuple(None if n == DYNAMIC_INDEX else n for n in value.type.get_shape())  # type: ignore[attr-defined]


def rank(value: SSAValue) -> int:
    """The number of dimensions of a value."""
    return len(value.type.shape)  # type: ignore[attr-defined]


class ArrayOperation(IRDLOperation):
    """An operation on arrays that makes arrays."""

    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
