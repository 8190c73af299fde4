"""Variables that are random generators."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.graph.counter_based_generator import counter_based_rng
from lamina.ir.graph.generator_state import is_counter_based
from lamina.ir.graph.random_type import (
    RandomGeneratorSharedVariable,
    RandomGeneratorVariable,
    counter_based_generator_type,
    random_generator_type,
    shared_generator,
)


def rng(name: str | None = None, *, counter_based: bool = False) -> RandomGeneratorVariable:
    """A generator that is an input of functions: they leave the caller's generator as it is.

    Parameters
    ----------
    name : str, optional
    counter_based : bool
        Whether functions take a ``CounterBasedGenerator``, and no other.

    Examples
    --------
    >>> rng = pt.random.rng("rng")
    >>> next_rng, x = rng.normal(0, 1)
    >>> f = lamina.function([rng], [next_rng, x])
    """
    kind = counter_based_generator_type if counter_based else random_generator_type
    return kind(name)  # type: ignore[return-value]


def shared_rng(
    seed: Any = None,
    *,
    name: str | None = None,
    borrow: bool = False,
    counter_based: bool = False,
) -> RandomGeneratorSharedVariable:
    """A generator that lives between calls of functions.

    Parameters
    ----------
    seed : int, sequence of int, numpy.random.SeedSequence, BitGenerator or Generator, optional
        What ``numpy.random.default_rng`` takes; unpredictable unless given.
    name : str, optional
    counter_based : bool
        Whether it is a generator of ``counter_based_rng(seed)``, which devices draw from, too.

    Examples
    --------
    >>> rng = pt.random.shared_rng(seed=123)
    >>> next_rng, x = rng.normal(0, 1)
    >>> f = lamina.function([], x, updates={rng: next_rng})
    """
    make = counter_based_rng if counter_based else np.random.default_rng
    return shared_generator(make(seed), name, borrow)


def shared_random(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    device: str = "cpu",
) -> RandomGeneratorSharedVariable:
    """What ``shared`` makes of an object of numpy.random.

    Raises
    ------
    TypeError
        It is no Generator, or not a counter-based one and to be kept on a device.
    """
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"shared: expected a numpy.random.Generator, as numpy.random.default_rng(seed) makes, "
            f"got a {type(value).__name__}"
        )
    if device != "cpu":
        if not is_counter_based(value):
            raise TypeError(
                f"shared: no device draws from {value}; its state stays in NumPy's memory. "
                "counter_based_rng(seed) makes a generator that devices draw from."
            )
        from lamina.compile.device_shared import DeviceGeneratorVariable

        return DeviceGeneratorVariable(value, name, device)
    return shared_generator(value, name, borrow)
