# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.interpolation import (
    interp, interpolate1d,
)

__all__ = [
    "interp", "interpolate1d",
]
