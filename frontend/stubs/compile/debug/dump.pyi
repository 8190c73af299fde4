# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.dumped_call import (
    function_dump,
)

__all__ = [
    "function_dump",
]
