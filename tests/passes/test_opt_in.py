"""Rewrites that are asked for: those that drop checks, and those that draw other numbers."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import get_mode
from lamina.graph import rewrite_graph
from lamina.raise_op import Assert
from tests.passes.shown import shown

x, y, z = pt.dvector("x"), pt.dvector("y"), pt.dvector("z")
i = pt.lscalar("i")


def with_tags(*tags: str):
    return get_mode("FAST_RUN").including(*tags)


def test_an_assertion_stays_unless_asked_for():
    checked = Assert("negative")(x, (x > 0).all())
    assert "Assert" in shown(rewrite_graph(checked, include=("fast_run",)))
    for tag in ("local_remove_all_assert", "unsafe"):
        assert shown(rewrite_graph(checked, include=("fast_run", tag))) == "x"
        f = lamina.function([x], checked + 1, mode=with_tags(tag))
        assert f([-1.0]) == 0.0
    with pytest.raises(AssertionError, match="negative"):
        lamina.function([x], checked + 1)([-1.0])


def test_a_length_that_is_not_needed_is_checked_unless_asked_for():
    unequal = np.zeros(2), np.zeros(3)
    length = (x + y).shape[0]
    with pytest.raises(ValueError):
        lamina.function([x, y], length)(*unequal)
    for tag in ("shape_unsafe", "unsafe"):
        assert lamina.function([x, y], length, mode=with_tags(tag))(*unequal) == 2


def test_a_length_that_keeps_the_program_inside_its_arrays_is_checked_in_any_case():
    f = lamina.function([x, y, z], [(x + y).shape[0], x * z], mode=with_tags("unsafe"))
    assert f([1.0], [1.0, 2.0], [3.0])[0] == 1
    with pytest.raises(ValueError):
        f([1.0], [1.0], [2.0, 3.0])
    # x and z are as long as each other because both are as long as y
    outputs = [(x + y).shape[0], (y + z).shape[0], x * z]
    chained = lamina.function([x, y, z], outputs, mode=with_tags("unsafe"))
    for lengths in ((1, 1, 2), (2, 1, 1), (1, 2, 2)):
        with pytest.raises(ValueError):
            chained(*map(np.zeros, lengths))
    both = lamina.function([x, y, z], [x + y, y * z, x - z], mode=with_tags("unsafe"))
    with pytest.raises(ValueError):
        both(np.zeros(2), np.zeros(2), np.zeros(3))


def test_draws_are_numpys_unless_asked_for():
    rng = lamina.shared(np.random.default_rng(3))
    mean = pt.dvector("mean")
    draws = pt.random.normal(mean, 1e-3, size=(5, mean.shape[0]), rng=rng)
    expected = np.random.default_rng(3).normal([1.0, 2.0, 3.0], 1e-3, size=(5, 3))
    for graph, part in (
        (draws[0], expected[0]),
        (draws.T, expected.T),
        (draws[:, 1], expected[:, 1]),
    ):
        f = lamina.function([mean], graph)
        np.testing.assert_array_equal(f([1.0, 2.0, 3.0]), part)
        lifted = lamina.function([mean], graph, mode=with_tags("random_lift"))([1.0, 2.0, 3.0])
        assert lifted.shape == part.shape
        np.testing.assert_allclose(lifted, np.round(part), atol=0.01)


def test_what_is_lifted_through_draws():
    rng = lamina.shared(np.random.default_rng(3))
    mean = pt.dmatrix("mean")
    draws = pt.random.normal(mean, 1.0, rng=rng)
    for graph, name in (
        (draws[0], "local_subtensor_rv_lift"),
        (draws.T, "local_dimshuffle_rv_lift"),
    ):
        text = lamina.function([mean], graph, mode=with_tags(name)).ir("canonicalize")
        assert name in text
        assert name not in lamina.function([mean], graph).ir("canonicalize")
    sampled = lamina.function([mean], draws[1:, 0], mode=with_tags("random_lift"))
    assert sampled(np.full((4, 3), 100.0)).shape == (3,)
