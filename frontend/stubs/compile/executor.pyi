# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.function_object import (
    Function,
)

__all__ = [
    "Function",
]
