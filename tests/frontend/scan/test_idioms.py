"""Loops as users of scan write them."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.scan import until
from tests.frontend.scan.both_modes import MODES, values

RNG = np.random.default_rng(0)


def test_powers_of_a_vector():
    k, A = pt.iscalar("k"), pt.dvector("A")
    result, updates = lamina.scan(
        fn=lambda prior_result, A: prior_result * A,
        outputs_info=pt.ones_like(A),
        non_sequences=A,
        n_steps=k,
    )
    found = values([A, k], result[-1], np.arange(10.0), 3, updates=updates)
    np.testing.assert_array_equal(found, np.arange(10.0) ** 3)


def test_powers_of_2_until_a_bound():
    def power_of_2(previous_power, max_value):
        return previous_power * 2, until(previous_power * 2 > max_value)

    max_value = pt.dscalar()
    found, _ = lamina.scan(
        power_of_2, outputs_info=pt.constant(1.0), non_sequences=max_value, n_steps=1024
    )
    np.testing.assert_array_equal(values([max_value], found, 45), [2, 4, 8, 16, 32, 64])


def test_a_recurrent_network_with_two_taps():
    U, V, W, x = (pt.dmatrix(n) for n in "UVWx")
    b = pt.dvector("b")

    def step(x_tm2, x_tm1):
        return pt.dot(x_tm2, U) + pt.dot(x_tm1, V) + pt.tanh(pt.dot(x_tm1, W) + b)

    result, _ = lamina.scan(step, n_steps=5, outputs_info=[dict(initial=x, taps=[-2, -1])])
    u, v, w = (RNG.normal(size=(3, 3)) / 2 for _ in range(3))
    c, start = RNG.normal(size=3), RNG.normal(size=(2, 3))
    rows = list(start)
    for _ in range(5):
        rows.append(rows[-2] @ u + rows[-1] @ v + np.tanh(rows[-1] @ w + c))
    found = values([U, V, W, b, x], result, u, v, w, c, start)
    np.testing.assert_allclose(found, rows[2:])


def test_a_hessian_by_a_loop_over_the_gradient():
    x = pt.dvector("x")
    gy = pt.grad((x**3).sum() * x[0], x)
    H, updates = lamina.scan(
        lambda i, gy, x: pt.grad(gy[i], x),
        sequences=pt.arange(gy.shape[0]),
        non_sequences=[gy, x],
    )
    a = RNG.normal(size=4)
    e = np.eye(4)[0]
    expected = np.diag(6 * a * a[0]) + 3 * np.outer(e, a**2) + 3 * np.outer(a**2, e)
    np.testing.assert_allclose(values([x], H, a, updates=updates), expected)


@pytest.mark.parametrize("mode", MODES)
def test_parameters_in_shared_variables_are_fitted_through_a_loop(mode):
    w = lamina.shared(np.float64(0.1), "w")
    x, target = pt.dvector("x"), pt.dscalar("target")
    states, _ = lamina.scan(lambda v, s: pt.tanh(w * s + v), x, np.float64(0))
    cost = (states[-1] - target) ** 2
    f = lamina.function([x, target], cost, updates={w: w - lamina.grad(cost, w)}, mode=mode)
    costs = [float(f([0.5, 0.4, 0.3], 0.8)) for _ in range(60)]
    assert costs[-1] < 1e-3 * costs[0]


def test_generators_in_nested_loops():
    rng = lamina.shared(np.random.default_rng(5), "rng")

    def row():
        def draw():
            next_rng, z = pt.random.normal(rng=rng).owner.outputs
            return z, {rng: next_rng}

        return lamina.scan(draw, n_steps=3)

    table, updates = lamina.scan(row, n_steps=2)
    expected = np.random.default_rng(5).normal(size=12).reshape(2, 2, 3)
    for mode in MODES:
        rng.set_value(np.random.default_rng(5))
        f = lamina.function([], table, updates=updates, mode=mode)
        np.testing.assert_array_equal([f(), f()], expected)


@pytest.mark.filterwarnings("ignore:function. the loop")  # of updates left aside
def test_gradients_pass_through_random_steps():
    rng, s = lamina.shared(np.random.default_rng(5), "rng"), pt.dscalar("s")

    def step(x, scale):
        next_rng, z = pt.random.normal(0, 1, rng=rng).owner.outputs
        return x + scale * z, {rng: next_rng}

    xs, updates = lamina.scan(step, outputs_info=np.float64(0), non_sequences=s, n_steps=4)
    z = np.random.default_rng(5).normal(size=4)
    found = values([s], [xs[-1], lamina.grad(xs[-1], s)], 2.0)
    np.testing.assert_allclose(found, [2 * z.sum(), z.sum()])


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "complex128"])
def test_states_of_every_kind(dtype):
    x = pt.tensor("x", dtype=dtype, shape=(None,))
    start = np.array(1, dtype)
    y, _ = lamina.scan(lambda v, s: pt.switch(s, v * s, s).astype(dtype), x, pt.constant(start))
    given = np.array([1, 2, 3, 0, 4]).astype(dtype)
    expected, s = [], start
    for v in given:
        s = (v * s if s else s).astype(dtype)
        expected.append(s)
    np.testing.assert_array_equal(values([x], y, given), expected)


def test_values_are_followed_while_a_loop_is_built():
    x, s = pt.dmatrix("x"), pt.dvector("s")
    x.tag.test_value, s.tag.test_value = np.ones((4, 3)), np.zeros(3)
    seen = []

    def step(row, total):
        new = row + total
        seen.append(new.tag.test_value)
        return new

    with lamina.config.change_flags(compute_test_value="raise"):
        y, _ = lamina.scan(step, x, s)
    np.testing.assert_array_equal(seen[0], np.ones(3))
    np.testing.assert_array_equal(y.tag.test_value, np.cumsum(np.ones((4, 3)), axis=0))


def test_a_loop_over_several_arrays_of_which_one_is_known_in_length():
    a, b = pt.tensor("a", shape=(3,)), pt.dvector("b")
    y, _ = lamina.scan(lambda p, q: p * q, [a, b])
    found = lamina.function([a, b], y)
    assert found([1, 2, 3], [4, 5]).tolist() == [4, 10]
    assert found([1, 2, 3], [4, 5, 6, 7]).tolist() == [4, 10, 18]
    assert found([1, 2, 3], []).shape == (0,)


def test_an_empty_loop_has_gradients_of_0():
    x, s, w = pt.dvector("x"), pt.dscalar("s"), pt.dscalar("w")
    y, _ = lamina.scan(lambda v, c: w * c + v, x, s)
    total, _ = lamina.reduce(lambda v, c: w * c + v, x, s)
    found = values([x, s, w], lamina.grad(y.sum() + total, [x, s, w]), [], 2.0, 3.0)
    assert found[0].shape == (0,) and found[1] == 1 and found[2] == 0
