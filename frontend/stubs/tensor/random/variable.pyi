# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.random_type import (
    RandomGeneratorConstant, RandomGeneratorSharedVariable, RandomGeneratorVariable,
)
from lamina.tensor.random.generators import (
    rng, shared_rng,
)

__all__ = [
    "RandomGeneratorConstant", "RandomGeneratorSharedVariable", "RandomGeneratorVariable", "rng",
    "shared_rng",
]
