# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.vectorize import (
    vectorize_node_fallback,
)
from lamina.ir.ops.blockwise import (
    Blockwise,
)

__all__ = [
    "Blockwise", "vectorize_node_fallback",
]
