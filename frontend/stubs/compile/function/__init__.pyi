# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.function_maker import (
    function,
)

__all__ = [
    "function",
]
