# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.random_type import (
    AbstractRandomGeneratorType, RandomGeneratorType, random_generator_type,
)

__all__ = [
    "AbstractRandomGeneratorType", "RandomGeneratorType", "random_generator_type",
]
