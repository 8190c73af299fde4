# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.draw import (
    Draw,
)
from lamina.ir.ops.generator_of_seed import (
    DefaultGeneratorMakerOp, default_rng,
)
from lamina.ir.ops.random_variable import (
    RandomVariable,
)

__all__ = [
    "DefaultGeneratorMakerOp", "Draw", "RandomVariable", "default_rng",
]
