# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.random_type import (
    RandomGeneratorSharedVariable, RandomGeneratorVariable,
)
from lamina.tensor.random.generators import (
    rng, shared_rng,
)

__all__ = [
    "RandomGeneratorSharedVariable", "RandomGeneratorVariable", "rng", "shared_rng",
]
