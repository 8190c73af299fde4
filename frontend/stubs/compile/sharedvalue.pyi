# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.shared_value import (
    shared, shared_constructor,
)
from lamina.ir.graph.shared import (
    SharedVariable,
)

__all__ = [
    "SharedVariable", "shared", "shared_constructor",
]
