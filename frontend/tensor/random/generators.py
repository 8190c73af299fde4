"""Variables that are random generators."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.graph.random_type import (
    RandomGeneratorSharedVariable,
    RandomGeneratorVariable,
    random_generator_type,
    shared_generator,
)


def rng(name: str | None = None) -> RandomGeneratorVariable:
    """A generator that is an input of functions: they leave the caller's generator as it is.

    Examples
    --------
    >>> rng = pt.random.rng("rng")
    >>> next_rng, x = rng.normal(0, 1)
    >>> f = lamina.function([rng], [next_rng, x])
    """
    return random_generator_type(name)  # type: ignore[return-value]


def shared_rng(
    seed: Any = None, *, name: str | None = None, borrow: bool = False
) -> RandomGeneratorSharedVariable:
    """A generator that lives between calls of functions.

    Parameters
    ----------
    seed : int, sequence of int, numpy.random.SeedSequence, BitGenerator or Generator, optional
        What ``numpy.random.default_rng`` takes; unpredictable unless given.
    name : str, optional

    Examples
    --------
    >>> rng = pt.random.shared_rng(seed=123)
    >>> next_rng, x = rng.normal(0, 1)
    >>> f = lamina.function([], x, updates={rng: next_rng})
    """
    return shared_generator(np.random.default_rng(seed), name, borrow)


def shared_random(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
) -> RandomGeneratorSharedVariable:
    """What ``shared`` makes of an object of numpy.random.

    Raises
    ------
    TypeError
        It is no Generator.
    """
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"shared: expected a numpy.random.Generator, as numpy.random.default_rng(seed) makes, "
            f"got a {type(value).__name__}"
        )
    return shared_generator(value, name, borrow)
