# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.op_from_graph import (
    OpFromGraph,
)
from lamina.symbolic_op import (
    SymbolicOp,
)

__all__ = [
    "OpFromGraph", "SymbolicOp",
]
