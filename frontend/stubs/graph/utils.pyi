# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.errors import (
    InconsistencyError, MethodNotDefined, MissingInputError,
)

__all__ = [
    "InconsistencyError", "MethodNotDefined", "MissingInputError",
]
