"""Streams of random variables, each with a generator of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lamina.ir.ops.distributions as distributions
from lamina.ir.graph.random_type import RandomGeneratorSharedVariable, shared_generator


class RandomStream:
    """Makes draws, each from a new shared generator that functions update by default.

    Parameters
    ----------
    seed : int or SeedSequence, optional
        Of the sequence that the generators are seeded with; unpredictable unless given.
    namespace : module, optional
        Where distributions are looked up by name; ``lamina.tensor.random`` unless given.
    rng_ctor : callable
        Makes a generator of a seed.

    Attributes
    ----------
    state_updates : list of (variable, variable)
        The generators so far, and what they are after their draws.

    Examples
    --------
    >>> stream = RandomStream(seed=123)
    >>> f = lamina.function([], stream.normal(0, 1, size=(2,)))
    """

    __module__ = "lamina.tensor.random.utils"

    def __init__(
        self,
        seed: Any = None,
        namespace: Any = None,
        rng_ctor: Callable[[Any], np.random.Generator] = np.random.default_rng,
    ):
        self.default_instance_seed = seed
        self.namespaces = [(distributions, set(distributions.NAMES))]
        if namespace is not None:
            self.namespaces.append((namespace, set(dir(namespace))))
        self.rng_ctor = rng_ctor
        self.state_updates: list[tuple[RandomGeneratorSharedVariable, Any]] = []
        self.gen_seedgen = _sequence(seed)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        for namespace, names in self.namespaces:
            if name in names:
                op = getattr(namespace, name)
                return lambda *args, **kwargs: self.gen(op, *args, **kwargs)
        raise AttributeError(f"no distribution is called {name}")

    def updates(self) -> list[tuple[RandomGeneratorSharedVariable, Any]]:
        """The generators and what they are after their draws, as `function` takes updates."""
        return list(self.state_updates)

    def seed(self, seed: Any = None) -> None:
        """Put all generators into new states, as those that a new stream of this seed begins with.

        Parameters
        ----------
        seed : int or SeedSequence, optional
            That of the stream unless given.
        """
        self.gen_seedgen = _sequence(self.default_instance_seed if seed is None else seed)
        for variable, _ in self.state_updates:
            (child,) = self.gen_seedgen.spawn(1)
            variable.set_value(self.rng_ctor(child), borrow=True)

    def gen(self, op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A draw by a distribution, from a new generator."""
        if "rng" in kwargs:
            raise TypeError("rng is assigned by the stream: leave it out")
        (child,) = self.gen_seedgen.spawn(1)
        generator = shared_generator(self.rng_ctor(child), borrow=True)
        generator.is_rng = True  # type: ignore[attr-defined]
        next_rng, draw = op(*args, rng=generator, return_next_rng=True, **kwargs)
        draw.rng, draw.update = generator, (generator, next_rng)
        generator.default_update = next_rng  # type: ignore[attr-defined]
        self.state_updates.append((generator, next_rng))
        return draw


def _sequence(seed: Any) -> np.random.SeedSequence:
    return seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
