# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.rewriting.registry import (
    register_canonicalize, register_specialize, register_stabilize, register_useless,
)

__all__ = [
    "register_canonicalize", "register_specialize", "register_stabilize", "register_useless",
]
