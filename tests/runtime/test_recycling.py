"""Large results are used again, and only when nobody can tell."""

import gc

import numpy as np
import pytest

import lamina
import lamina.tensor as pt

N = 20_000


@pytest.fixture(scope="module")
def twice():
    x = pt.vector("x")
    return lamina.function([x], x * 2)


def address(array):
    return array.__array_interface__["data"][0]


def test_a_result_that_was_dropped_gives_its_memory_to_the_next(twice):
    x = np.ones(N)
    seen = set()
    for _ in range(20):
        y = twice(x)
        seen.add(address(y))
        del y
    assert len(seen) <= 2


def test_results_that_are_held_are_left_alone(twice):
    held = [twice(np.full(N, float(i))) for i in range(30)]
    assert len({address(y) for y in held}) == 30
    assert all((y == 2 * i).all() for i, y in enumerate(held))


def test_a_view_a_buffer_or_a_container_keeps_a_result_from_being_used_again(twice):
    view = twice(np.full(N, 1.0))[10:20]
    buffer = memoryview(twice(np.full(N, 2.0)))
    kept = {"y": twice(np.full(N, 3.0))}
    shaped = twice(np.full(N, 4.0)).reshape(2, -1)
    gc.collect()
    for i in range(30):
        twice(np.full(N, 100.0 + i))
    assert (view == 2).all()
    assert (np.asarray(buffer) == 4).all()
    assert (kept["y"] == 6).all()
    assert (shaped == 8).all()


def test_a_result_whose_flags_or_shape_were_changed_is_not_given_out(twice):
    for i in range(20):
        y = twice(np.full(N, float(i)))
        assert y.shape == (N,) and y.flags.writeable and y.flags.owndata
        y.flags.writeable = False
        y = twice(np.full(N, float(i)))
        y.shape = (2, N // 2)


def test_a_result_passed_on_as_an_argument_is_not_written_to(twice):
    y = np.full(N, 1.0)
    for _ in range(10):
        y = twice(y)
    assert (y == 1024).all()
    assert (twice(twice(twice(np.ones(N)))) == 8).all()


def test_shared_values_survive_calls_of_other_functions(twice):
    s = lamina.shared(np.zeros(N), name="s")
    step = lamina.function([], [], updates={s: s + 1})
    for _ in range(10):
        step()
        twice(np.ones(N))
    assert (s.get_value() == 10).all()


def test_arrays_without_elements_and_tiny_ones_are_always_new(twice):
    assert twice(np.ones(0)).shape == (0,)
    a, b = twice(np.ones(3)), twice(np.ones(3))
    assert address(a) != address(b)
