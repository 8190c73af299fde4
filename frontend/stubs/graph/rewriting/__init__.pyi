# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.rewrite import (
    rewrite_graph,
)

__all__ = [
    "rewrite_graph",
]
