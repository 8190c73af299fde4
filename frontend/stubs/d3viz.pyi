# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.printing.explorer import (
    d3viz, d3write,
)

__all__ = [
    "d3viz", "d3write",
]
