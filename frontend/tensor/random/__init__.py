"""Random variables: ``pt.random.normal(0, 1, size=(3,), rng=rng)``."""

from lamina.ir.graph.counter_based_generator import CounterBasedGenerator, counter_based_rng
from lamina.ir.graph.random_type import RandomGeneratorVariable, random_generator_type
from lamina.ir.ops.distributions import *  # noqa: F403  every distribution
from lamina.ir.ops.distributions import NAMES
from lamina.ir.ops.generator_of_seed import default_rng
from lamina.ir.ops.random_variable import RandomVariable
from lamina.tensor.random.generators import rng, shared_rng
from lamina.tensor.random.random_stream import RandomStream

__all__ = [  # noqa: PLE0604
    "CounterBasedGenerator", "RandomGeneratorVariable", "RandomStream", "RandomVariable",
    "counter_based_rng", "default_rng", "random_generator_type", "rng", "shared_rng", *NAMES,
]  # fmt: skip
