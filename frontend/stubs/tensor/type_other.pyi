# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.tensor.other_types import (
    MakeSlice, NoneConst, NoneTypeT, SliceConstant, SliceType, make_slice, none_type_t, slicetype,
)

__all__ = [
    "MakeSlice", "NoneConst", "NoneTypeT", "SliceConstant", "SliceType", "make_slice",
    "none_type_t", "slicetype",
]
