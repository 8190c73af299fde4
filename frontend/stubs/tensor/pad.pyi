# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.padding import (
    pad,
)

__all__ = [
    "pad",
]
