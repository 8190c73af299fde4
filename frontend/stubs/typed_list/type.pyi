# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.typed_list_type import (
    TypedListType,
)

__all__ = [
    "TypedListType",
]
