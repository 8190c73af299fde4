"""Generators in all the places where functions take values."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.io import In
from lamina.tensor.random.type import random_generator_type

pytestmark = pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])


def seeded(seed):
    return np.random.default_rng(seed)


def test_an_argument_may_have_a_generator_as_default_and_update_it(mode):
    rng = pt.random.rng("rng")
    next_rng, x = rng.normal(size=2)
    f = lamina.function([In(rng, value=seeded(1), update=next_rng)], x, mode=mode)
    assert np.array_equal([f(), f()], seeded(1).normal(size=(2, 2)))
    assert np.array_equal(f(rng=seeded(5)), seeded(5).normal(size=2))


def test_eval_takes_and_gives_generators(mode):
    rng = pt.random.rng("rng")
    next_rng, x = rng.normal()
    assert x.eval({rng: seeded(1)}, mode=mode) == seeded(1).normal()
    same = seeded(1)
    same.normal()
    after = next_rng.eval({rng: seeded(1)}, mode=mode)
    assert after.bit_generator.state == same.bit_generator.state


def test_another_generator_may_take_the_place_of_one(mode):
    a, b = pt.random.shared_rng(1), pt.random.shared_rng(2)
    _, x = a.normal()
    assert lamina.function([], x, givens={a: b}, mode=mode)() == seeded(2).normal()


def test_generators_may_change_places(mode):
    a, b = pt.random.shared_rng(1), pt.random.shared_rng(2)
    next_a, x = a.normal()
    next_b, y = b.normal()
    f = lamina.function([], [x, y], updates={a: next_b, b: next_a}, mode=mode)
    first, second = seeded(1), seeded(2)
    assert f() == [first.normal(), second.normal()]
    assert f() == [second.normal(), first.normal()]


def test_a_value_may_be_of_another_bit_generator(mode):
    rng = lamina.shared(np.random.Generator(np.random.Philox(1)), name="rng")
    next_rng, x = rng.normal()
    f = lamina.function([], x, updates={rng: next_rng}, mode=mode)
    assert f() == np.random.Generator(np.random.Philox(1)).normal()
    rng.set_value(seeded(3))
    assert f() == seeded(3).normal()
    f.value["rng"] = np.random.Generator(np.random.MT19937(4))
    assert f() == np.random.Generator(np.random.MT19937(4)).normal()


def test_a_constant_generator_draws_the_same_each_time(mode):
    constant = random_generator_type.make_constant(seeded(3))
    next_rng, x = constant.normal(size=2)
    f = lamina.function([], [x, next_rng], mode=mode)
    same = seeded(3)
    expected = same.normal(size=2)
    for _ in range(2):
        found, after = f()
        assert np.array_equal(found, expected)
        assert after.bit_generator.state == same.bit_generator.state
