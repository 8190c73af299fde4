"""Empty sums, 0-d operands, huge steps, small quotients."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt

MODES = [lamina.Mode(optimizer=None), "FAST_COMPILE", "FAST_RUN"]


def test_a_product_that_sums_nothing_is_zero():
    A, v = pt.tensor("A", shape=(None, 0)), pt.tensor("v", shape=(0,))
    f = lamina.function([A, v], pt.dot(pt.exp(A), v))
    np.testing.assert_array_equal(f(np.ones((5, 0)), np.ones(0)), np.zeros(5))


def test_what_a_product_that_sums_nothing_is_added_to_is_still_scaled():
    M, w, z = pt.matrix("M"), pt.vector("w"), pt.vector("z")
    f = lamina.function([M, w, z], 2 * z - M @ w)
    np.testing.assert_array_equal(f(np.ones((3, 0)), np.ones(0), np.ones(3)), [2, 2, 2])


@pytest.mark.parametrize("mode", MODES)
def test_reductions_of_a_number_are_that_number(mode):
    s = pt.scalar("s")
    outputs = [s.sum(), s.prod(), pt.any(s), pt.all(s), s.max(), pt.argmax(s), pt.alloc(s)]
    f = lamina.function([s], outputs, mode=mode)
    assert [o.item() for o in f(2.5)] == [2.5, 2.5, True, True, 2.5, 0, 2.5]


def test_positions_along_no_axis_are_refused():
    with pytest.raises(ValueError, match="needs an axis"):
        pt.argmax(pt.vector("x"), axis=())


@pytest.mark.parametrize("step", [2**63 - 1, -(2**63), -(2**63) + 1, 3, -1, -2])
def test_steps_of_slices_of_any_size(step):
    x, k = pt.vector("x"), pt.lscalar("k")
    f = lamina.function([x, k], x[::k])
    np.testing.assert_array_equal(f(np.arange(5.0), step), np.arange(5.0)[::step])


def test_products_of_halves_are_summed_in_single_precision():
    h = pt.vector("h", dtype="float16")
    assert lamina.function([h], h @ h)(np.ones(4096, "f2")) == 4096


def test_a_quotient_of_a_product_does_not_overflow_by_a_reciprocal():
    M, w = pt.matrix("M"), pt.vector("w")
    f = lamina.function([M, w], (M @ w) / 1e-310)
    np.testing.assert_allclose(f(np.full((2, 2), 1e-310), np.ones(2)), [2, 2])


def test_a_strict_input_takes_no_python_number():
    s = pt.scalar("s")
    f = lamina.function([lamina.In(s, strict=True)], s + 1)
    with pytest.raises(TypeError):
        f(1.5)
