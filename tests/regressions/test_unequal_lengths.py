"""Lengths that disagree raise before anything is read or written, whatever was fused."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt

x, y = pt.vectors("x", "y")
A, B = pt.matrices("A", "B")
LARGE = 4_000_000


def test_a_slot_is_shared_only_after_the_check_that_makes_its_sizes_equal():
    outputs = [pt.dot(A, pt.exp(x)), pt.dot(B, pt.exp(y)), pt.stack([x, y])]
    f = lamina.function([A, B, x, y], outputs)
    with pytest.raises(ValueError, match="lengths 1 and 4000000"):
        f(np.ones((2, 1)), np.ones((2, LARGE)), np.ones(1), np.ones(LARGE))


def test_arrays_are_fused_only_after_the_check_that_makes_their_lengths_equal():
    X, Y = (pt.tensor(name, shape=(None, 3)) for name in "XY")
    r, s = (pt.tensor(name, shape=(3,)) for name in "rs")
    outputs = [X * r, Y * r, pt.concatenate([X + s, Y + s], axis=1)]
    f = lamina.function([X, Y, r, s], outputs)
    with pytest.raises(ValueError, match="differ on axis 0"):
        f(np.ones((LARGE, 3)), np.ones((1, 3)), np.ones(3), np.ones(3))


@pytest.mark.parametrize("change", ["set", "inc"])
def test_an_update_of_the_whole_array_checks_the_length_of_the_value(change):
    f = lamina.function([x, y], getattr(x[:], change)(y))
    with pytest.raises(ValueError, match="lengths 2 and 1"):
        f([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    "make",
    [lambda n: pt.ones(n).sum(), lambda n: pt.ones(n).shape[0], lambda n: pt.eye(n), pt.zeros],
)
def test_a_negative_length_raises_also_where_the_array_is_never_made(make):
    n = pt.lscalar("n")
    f = lamina.function([n], make(n))
    with pytest.raises(ValueError, match="negative dimensions"):
        f(-2)
    f(3)


def test_a_check_that_needs_a_group_does_not_close_a_circle_with_it():
    a, b = pt.lvectors("a", "b")
    f = lamina.function([a, b], (a * 3) ** (b + 1))
    np.testing.assert_array_equal(f([1, 2], [0, 1]), [3, 36])
