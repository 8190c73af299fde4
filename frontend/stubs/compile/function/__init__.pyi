# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.dumped_call import (
    function_dump,
)
from lamina.compile.function_maker import (
    function,
)

__all__ = [
    "function", "function_dump",
]
