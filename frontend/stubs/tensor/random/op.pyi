# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.draw import (
    Draw,
)
from lamina.ir.ops.random_variable import (
    RandomVariable, default_rng,
)

__all__ = [
    "Draw", "RandomVariable", "default_rng",
]
