# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.configuration import (
    config,
)

__all__ = [
    "config",
]
