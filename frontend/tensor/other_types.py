"""Slices as values of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.none_type import NoneConst, SingleType, none_type_t
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.constant import as_tensor_variable


class SliceConstant(Constant):
    """A slice of known bounds."""

    __module__ = "lamina.tensor.type_other"

    def signature(self) -> Any:
        return self.type, self.data.start, self.data.stop, self.data.step


class SliceType(SingleType):
    """The type of slices of integers."""

    __module__ = "lamina.tensor.type_other"
    constant_type = SliceConstant

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> slice:
        if not isinstance(data, slice):
            raise TypeError(f"Expected a slice, got {data!r}")
        for bound in (data.start, data.stop, data.step):
            if bound is not None and not isinstance(bound, (int, np.integer)):
                raise TypeError(f"The bounds of a slice must be integers or None, got {data!r}")
        return data


slicetype = SliceType()


class MakeSlice(Op):
    """A slice of three integers, each of which may be None."""

    __module__ = "lamina.tensor.type_other"
    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        if len(inputs) != 3:
            raise TypeError(f"a slice has start, stop and step, got {len(inputs)} values")
        return Apply(self, [_bound(v) for v in inputs], [slicetype()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = slice(*(None if v is None else int(v) for v in inputs))

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False]] * 3


def _bound(value: Any) -> Variable:
    if value is None or (isinstance(value, Variable) and value.type == none_type_t):
        return NoneConst
    variable = as_tensor_variable(value)
    if variable.type.ndim or np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"a bound of a slice must be an integer, got {value} of {variable.type}")
    return variable


def make_slice(value: Any, *bounds: Any) -> Variable:
    """A Python slice, or start, stop and step, as a variable."""
    parts = (value.start, value.stop, value.step) if isinstance(value, slice) else (value, *bounds)
    if not any(isinstance(part, Variable) for part in parts):
        return slicetype.make_constant(slicetype.filter(slice(*parts)))
    return MakeSlice()(*parts, *(None,) * (3 - len(parts)))
