# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.errors import (
    UnusedInputError,
)
from lamina.compile.function_maker import (
    FunctionMaker, function,
)

__all__ = [
    "FunctionMaker", "UnusedInputError", "function",
]
