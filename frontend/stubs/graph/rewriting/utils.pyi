# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.equality import (
    is_same_graph,
)
from lamina.graph.rewrite import (
    rewrite_graph,
)

__all__ = [
    "is_same_graph", "rewrite_graph",
]
