# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.none_type import (
    NoneConst, NoneConstant, NoneTypeT, none_type_t,
)
from lamina.tensor.other_types import (
    MakeSlice, SliceConstant, SliceType, make_slice, slicetype,
)

__all__ = [
    "MakeSlice", "NoneConst", "NoneConstant", "NoneTypeT", "SliceConstant", "SliceType",
    "make_slice", "none_type_t", "slicetype",
]
