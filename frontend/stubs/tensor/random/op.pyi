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
from lamina.tensor.random.core_shape import (
    RandomVariableWithCoreShape,
)

__all__ = [
    "DefaultGeneratorMakerOp", "Draw", "RandomVariable", "RandomVariableWithCoreShape",
    "default_rng",
]
