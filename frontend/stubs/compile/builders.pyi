# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.op_from_graph import (
    OpFromGraph,
)

__all__ = [
    "OpFromGraph",
]
