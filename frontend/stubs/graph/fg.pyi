# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.frozen import (
    FrozenFunctionGraph,
)
from lamina.ir.graph.function_graph import (
    FunctionGraph,
)

__all__ = [
    "FrozenFunctionGraph", "FunctionGraph",
]
