# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.typed_list_type import (
    TypedListConstant, TypedListVariable,
)
from lamina.ir.ops.typed_list import (
    Append, Count, Extend, GetItem, Index, Insert, Length, MakeList, Remove, Reverse, append, count,
    extend, getitem, index_, insert, length, make_list, remove, reverse,
)

__all__ = [
    "Append", "Count", "Extend", "GetItem", "Index", "Insert", "Length", "MakeList", "Remove",
    "Reverse", "TypedListConstant", "TypedListVariable", "append", "count", "extend", "getitem",
    "index_", "insert", "length", "make_list", "remove", "reverse",
]
