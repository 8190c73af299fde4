"""States of generators as words."""

import copy

import numpy as np
import pytest

from lamina.ir.graph.generator_state import KINDS, generator_of, is_known, words_of
from lamina.ir.graph.random_type import RandomGeneratorType, random_generator_type
from lamina.runtime import bit_generators

NAMES = [kind.name for kind in KINDS]


def generator(name):
    """A generator that has half a word left."""
    made = np.random.Generator(getattr(np.random, name)(123))
    made.integers(0, 10, size=3, dtype=np.uint32)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_words_tell_the_whole_state(name):
    first = generator(name)
    words = words_of(first)
    again = generator_of(words)
    assert np.array_equal(words_of(again), words)
    assert random_generator_type.values_eq(first, words)
    for _ in range(3):
        small = first.integers(0, 1000, size=5, dtype=np.uint32)
        assert np.array_equal(small, again.integers(0, 1000, size=5, dtype=np.uint32))
        assert np.array_equal(first.normal(size=700), again.normal(size=700))


@pytest.mark.parametrize("name", NAMES)
def test_a_state_keeps_16_bytes_aligned(name):
    words = words_of(generator(name))
    assert len(words) % 2 == 0 and words.dtype == np.uint64
    kind = KINDS[int(words[0]) - 1]
    assert all(target % 2 == 0 for _, target in kind.pointers)


def test_runtime_and_graph_number_the_classes_alike():
    assert tuple(NAMES) == bit_generators.CLASSES


def test_what_is_no_state_is_refused():
    words = words_of(generator("PCG64"))
    for wrong in (words[:5], np.zeros(8, np.uint64), np.zeros((2, 8), np.uint64)):
        with pytest.raises(ValueError, match="no state of a random generator"):
            generator_of(wrong)


class Own(np.random.PCG64):
    """A bit generator whose state may mean anything."""


def test_a_foreign_bit_generator_has_a_type_of_its_own():
    foreign = np.random.Generator(Own(1))
    assert not is_known(foreign)
    kind = RandomGeneratorType("Own")
    assert kind.filter(foreign) is foreign and kind.exact(foreign) is foreign
    assert kind.machine is None and kind != random_generator_type
    with pytest.raises(TypeError, match="got one of Own"):
        random_generator_type.filter(foreign)
    with pytest.raises(TypeError, match="got one of PCG64"):
        kind.filter(np.random.default_rng(1))
    with pytest.raises(TypeError, match="default_rng"):
        random_generator_type.filter(np.random.RandomState(1))


def test_a_generator_is_left_alone():
    first = generator("PCG64")
    state = copy.deepcopy(first.bit_generator.state)
    random_generator_type.shown(random_generator_type.exact(first)).normal(size=3)
    assert first.bit_generator.state == state
