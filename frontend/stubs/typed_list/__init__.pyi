# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.typed_list_type import (
    TypedListConstant, TypedListType, TypedListVariable,
)
from lamina.ir.ops.typed_list import (
    append, count, extend, getitem, index_, insert, length, make_list, remove, reverse,
)

__all__ = [
    "TypedListConstant", "TypedListType", "TypedListVariable", "append", "count", "extend",
    "getitem", "index_", "insert", "length", "make_list", "remove", "reverse",
]
