"""The type of random generators as values of a graph, and its variables."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from lamina.ir.graph.generator_state import (
    COUNTER_BASED_WORDS,
    generator_of,
    is_counter_based,
    is_known,
    words_of,
)
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Constant, Variable

# What a generator is in compiled code: the words of its state.
WORDS = TensorType("uint64", (None,))
COUNTER_WORDS = TensorType("uint64", (COUNTER_BASED_WORDS,))


class AbstractRandomGeneratorType(Type):
    """A type of what draws random numbers."""

    __module__ = "lamina.tensor.random.type"


class RandomGeneratorVariable(Variable):
    """A random generator: each distribution is a method, which returns the generator after the
    draw, and the draw.

    Examples
    --------
    >>> rng = pt.random.rng("rng")
    >>> next_rng, x = rng.normal(0, 1, size=(3,))
    """

    __module__ = "lamina.tensor.random.variable"


class RandomGeneratorConstant(RandomGeneratorVariable, Constant):  # type: ignore[misc]
    """A generator in a known state."""

    __module__ = "lamina.tensor.random.variable"

    def __init__(self, type: Any, data: Any, name: str | None = None):
        Constant.__init__(self, type, data, name)

    def signature(self) -> Any:
        exact = self.type.exact(self.data)
        return self.type, exact.tobytes() if isinstance(exact, np.ndarray) else id(exact)

    def __str__(self) -> str:
        return self.name if self.name is not None else f"RNG(<{self.data!r}>)"


class RandomGeneratorType(AbstractRandomGeneratorType):
    """``numpy.random.Generator``.

    Parameters
    ----------
    foreign : str, optional
        The class of a bit generator that is not one of NumPy's: ops on such generators are
        computed by Python.
    counter_based : bool
        Whether values are of the class ``CounterBasedGenerator``.
    """

    __module__ = "lamina.tensor.random.type"
    variable_type = RandomGeneratorVariable
    constant_type = RandomGeneratorConstant

    def __init__(self, foreign: str | None = None, counter_based: bool = False):
        self.foreign, self.counter_based = foreign, counter_based

    @property
    def machine(self) -> TensorType | None:
        if self.counter_based:
            return COUNTER_WORDS
        return WORDS if self.foreign is None else None

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        if isinstance(data, np.random.Generator) or is_words(data):
            if is_counter_based(data) != self.counter_based:
                raise TypeError(
                    f"Expected a generator that is {'' if self.counter_based else 'not '}"
                    f"counter-based, got {data!r}. A variable for it is made by shared(generator), "
                    "or by rng(counter_based=True)."
                )
        if isinstance(data, np.random.Generator):
            found = None if is_known(data) else type(data.bit_generator).__name__
            if found != self.foreign:
                raise TypeError(
                    f"Expected a generator of {self.foreign or 'a bit generator of NumPy'}, got "
                    f"one of {found or type(data.bit_generator).__name__}. A variable for it is "
                    "made by shared(generator)."
                )
            return data
        if is_words(data):
            return data
        raise TypeError(
            f"Expected a numpy.random.Generator, got {data!r} of type {type(data).__name__}. "
            "numpy.random.default_rng(seed) makes one."
        )

    def exact(self, value: Any) -> Any:
        """The words of a generator's state; a foreign generator as it is."""
        return words_of(value) if self.foreign is None and not is_words(value) else value

    def shown(self, value: Any) -> np.random.Generator:
        """A generator of its own for a value, which stays as it is."""
        if isinstance(value, np.random.Generator):
            return copy.deepcopy(value)
        return generator_of(np.asarray(value))  # which brings words from a device

    def values_eq(self, a: Any, b: Any) -> bool:
        if self.counter_based:
            return bool(np.array_equal(self.exact(a), self.exact(b)))
        return _equal(self.shown(a).bit_generator.state, self.shown(b).bit_generator.state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RandomGeneratorType) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def _facts(self) -> tuple[Any, ...]:
        return type(self), self.foreign, self.counter_based

    def __str__(self) -> str:
        if self.counter_based:
            return "CounterBasedGeneratorType"
        return "RandomGeneratorType" if self.foreign is None else f"Generator({self.foreign})"

    __repr__ = __str__


def is_words(value: Any) -> bool:
    """Whether a value is the state of a generator as words."""
    return isinstance(value, np.ndarray) and value.dtype == np.uint64 and value.ndim == 1


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return bool(np.array_equal(a, b))


class RandomGeneratorSharedVariable(SharedVariable, RandomGeneratorVariable):
    """A generator that lives between calls: functions that update it draw new numbers each time."""

    __module__ = "lamina.tensor.random.variable"

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """A generator in the current state; drawing from it does not change this variable."""
        return self.type.shown(self.cell[0])  # type: ignore[attr-defined]

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Take over the state of a generator, which stays as it is."""
        self.cell[0] = self._admit(new_value if is_words(new_value) else copy.deepcopy(new_value))

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        return f"RNG(<{self.type.shown(self.cell[0])} at 0x{id(self.cell):X}>)"  # type: ignore[attr-defined]


random_generator_type = RandomGeneratorType()
counter_based_generator_type = RandomGeneratorType(counter_based=True)


def shared_generator(
    generator: np.random.Generator, name: str | None = None, borrow: bool = False
) -> RandomGeneratorSharedVariable:
    """A shared variable that begins in the state of a generator, which stays as it is."""
    foreign = None if is_known(generator) else type(generator.bit_generator).__name__
    kind = RandomGeneratorType(foreign, is_counter_based(generator))
    value = generator if foreign is None or borrow else copy.deepcopy(generator)
    return RandomGeneratorSharedVariable(kind, value, name=name)
