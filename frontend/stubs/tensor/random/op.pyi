# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.counter_based_vectors import (
    MultinomialOfWords,
)
from lamina.ir.ops.draw import (
    Draw,
)
from lamina.ir.ops.generator_of_seed import (
    DefaultGeneratorMakerOp, default_rng,
)
from lamina.ir.ops.philox import (
    AdvanceCounter, PhiloxBlocks,
)
from lamina.ir.ops.random_variable import (
    RandomVariable,
)
from lamina.tensor.random.core_shape import (
    RandomVariableWithCoreShape,
)

__all__ = [
    "AdvanceCounter", "DefaultGeneratorMakerOp", "Draw", "MultinomialOfWords", "PhiloxBlocks",
    "RandomVariable", "RandomVariableWithCoreShape", "default_rng",
]
