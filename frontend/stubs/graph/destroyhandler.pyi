# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.destroy_handler import (
    DestroyHandler, fast_inplace_check, inplace_candidates,
)

__all__ = [
    "DestroyHandler", "fast_inplace_check", "inplace_candidates",
]
