"""Shared variables that steps update, random generators among them."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.frontend.scan.both_modes import MODES

REFERENCE = """\
[0 1]
[0 1]
[2 1]
[2 0]
[0 1]
[0 1]
[0 1]
[0 1]
[0 1]
[0 1]
"""


def sample_from_pvect(p, rng):
    next_rng, onehot_sample = pt.random.multinomial(n=1, p=p, rng=rng).owner.outputs
    idx = onehot_sample.argmax()
    return idx, {rng: next_rng}


def set_p_to_zero(p, i):
    new_p = p[i].set(0.0)
    return new_p / new_p.sum()


def sample(p, rng):
    idx, updates = sample_from_pvect(p, rng)
    p = set_p_to_zero(p, idx)
    return (p, idx), updates


@pytest.mark.parametrize("mode", MODES)
def test_exercise_2_samples_without_replacement(mode, capsys):
    probabilities, nb_samples = pt.dvector(), pt.iscalar()
    rng = lamina.shared(np.random.default_rng(sum(map(ord, "PyTensor Scan"))))
    [_, samples], updates = lamina.scan(
        fn=sample,
        outputs_info=[probabilities, None],
        non_sequences=[rng],
        n_steps=nb_samples,
    )
    f = lamina.function(
        inputs=[probabilities, nb_samples], outputs=samples, updates=updates, mode=mode
    )
    test_probs = np.asarray([0.6, 0.3, 0.1])
    for _ in range(10):
        print(f(test_probs, 2))
    assert capsys.readouterr().out == REFERENCE


@pytest.mark.parametrize("mode", MODES)
def test_draws_are_those_of_numpy_and_go_on_where_the_last_call_ended(mode):
    rng = lamina.shared(np.random.default_rng(7), "rng")

    def step(total):
        next_rng, draw = pt.random.normal(0, 1, rng=rng).owner.outputs
        return (total + draw, draw), {rng: next_rng}

    (_, draws), updates = lamina.scan(step, outputs_info=[np.float64(0), None], n_steps=4)
    f = lamina.function([], draws, updates=updates, mode=mode)
    expected = np.random.default_rng(7).normal(size=8)
    np.testing.assert_array_equal(np.concatenate([f(), f()]), expected)


@pytest.mark.filterwarnings("ignore:.*updates")
@pytest.mark.parametrize("mode", MODES)
def test_without_updates_the_same_numbers_come_again(mode):
    rng = lamina.shared(np.random.default_rng(7), "rng")

    def step():
        next_rng, draw = pt.random.uniform(rng=rng).owner.outputs
        return draw, {rng: next_rng}

    draws, _ = lamina.scan(step, n_steps=3)
    f = lamina.function([], draws, mode=mode)
    np.testing.assert_array_equal(f(), f())


def test_missing_updates_are_reported_by_name_and_line(recwarn):
    count, x = lamina.shared(np.int64(0), "count"), pt.dvector("x")
    y, updates = lamina.scan(lambda v: (2 * v, {count: count + 1}), x)
    lamina.function([x], y, updates=updates, mode="NUMPY")
    assert not recwarn
    with pytest.warns(UserWarning, match=r"(?s)variable count .*test_updates.py.*Pass it"):
        lamina.function([x], y, mode="NUMPY")


def test_a_generator_may_be_passed_by_outputs_info(recwarn):
    rng = lamina.shared(np.random.default_rng(3), "rng")

    def step(x, rng):
        next_rng, draw = pt.random.normal(x, 1, rng=rng).owner.outputs
        return draw, next_rng

    walk, last_rng = lamina.scan(
        step, outputs_info=[np.float64(0), rng], n_steps=5, return_updates=False
    )
    f = lamina.function([], walk, updates={rng: last_rng}, mode="NUMPY")
    expected = np.cumsum(np.random.default_rng(3).normal(size=10))
    np.testing.assert_allclose(f(), expected[:5])
    np.testing.assert_allclose(f() + expected[4], expected[5:])
    assert not [w for w in recwarn if "updates" in str(w.message)]


@pytest.mark.parametrize("mode", MODES)
def test_a_stream_draws_anew_in_every_step_and_call(mode):
    stream = pt.random.RandomStream(seed=1)
    draws, updates = lamina.scan(lambda: stream.uniform(), n_steps=4)
    assert len(updates) == 1
    given = lamina.function([], draws, updates=updates, mode=mode)
    first = given()
    assert len({*first, *given()}) == 8
    stream.seed(1)
    by_default = lamina.function([], draws, mode=mode)
    np.testing.assert_array_equal(by_default(), first)
    assert not {*by_default()} & {*first}


def test_numbers_that_were_drawn_outside_stay_the_same():
    stream = pt.random.RandomStream(seed=1)
    noise = stream.normal()
    y, updates = lamina.scan(lambda: 2 * noise, n_steps=3)
    assert updates == {}
    f = lamina.function([], y, mode="NUMPY")
    once, again = f(), f()
    assert len(set(once)) == len(set(again)) == 1 and once[0] != again[0]


@pytest.mark.parametrize("mode", MODES)
def test_outputs_see_the_value_before_the_update(mode):
    count, x = lamina.shared(np.float64(1), "count"), pt.dvector("x")
    doubled = 2 * count
    (y, z), updates = lamina.scan(lambda w: ([count, doubled], {count: w * count}), x)
    fixed, _ = lamina.scan(lambda w, d: (d, {count: w * count}), x, non_sequences=doubled)
    f = lamina.function([x], [y, z, fixed, count], updates=updates, mode=mode)
    found = f([2.0, 3.0, 4.0])
    np.testing.assert_array_equal(found[0], [1, 2, 6])
    np.testing.assert_array_equal(found[1], [2, 4, 12])
    np.testing.assert_array_equal(found[2], [2, 2, 2])
    assert found[3] == 1 and count.get_value() == 24
