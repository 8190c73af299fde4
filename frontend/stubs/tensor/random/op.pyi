# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.draw import (
    Draw,
)
from lamina.ir.ops.random_variable import (
    DefaultGeneratorMakerOp, RandomVariable, default_rng,
)

__all__ = [
    "DefaultGeneratorMakerOp", "Draw", "RandomVariable", "default_rng",
]
