# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.symbolic import (
    as_symbolic,
)

__all__ = [
    "as_symbolic",
]
