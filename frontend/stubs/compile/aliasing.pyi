# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.destroy_handler import (
    Supervisor, add_supervisor_to_fgraph,
)

__all__ = [
    "Supervisor", "add_supervisor_to_fgraph",
]
