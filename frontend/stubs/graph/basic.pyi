# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.equality import (
    equal_computations,
)
from lamina.ir.graph.apply import (
    Apply,
)
from lamina.ir.graph.function_graph import (
    clone, clone_get_equiv,
)
from lamina.ir.graph.variable import (
    Constant, Variable,
)

__all__ = [
    "Apply", "Constant", "Variable", "clone", "clone_get_equiv", "equal_computations",
]
