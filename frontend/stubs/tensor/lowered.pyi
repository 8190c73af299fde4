# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.lowered import (
    Iota, ReshapeTo, UpdateView, View,
)

__all__ = [
    "Iota", "ReshapeTo", "UpdateView", "View",
]
