# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.shared_value import (
    ScalarSharedVariable,
)
from lamina.ir.graph.shared import (
    SharedVariable,
)
from lamina.ir.graph.tensor_variable import (
    TensorSharedVariable,
)

__all__ = [
    "ScalarSharedVariable", "SharedVariable", "TensorSharedVariable",
]
