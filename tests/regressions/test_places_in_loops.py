"""What a step makes is written where it fits, and stays while it is read."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt


def positive(v):
    return pt.exp(v[v > 0])


def rows_of_positive(m):
    rows, _ = lamina.scan(positive, sequences=m)
    return rows


def test_a_traced_state_of_unknown_length_stays_until_the_next_step_has_read_it():
    x = pt.dvector("x")
    states, _ = lamina.scan(lambda s: pt.concatenate([s[2:], s[:2]]), outputs_info=x, n_steps=6)
    f = lamina.function([x], states)
    start = np.arange(7.0)
    assert (f(start) == [np.roll(start, -2 * k) for k in range(1, 7)]).all()


def test_a_state_that_grows_raises_before_it_leaves_its_place():
    x = pt.dvector("x")
    states, _ = lamina.scan(lambda s: pt.concatenate([s] * 50), outputs_info=x, n_steps=3)
    f = lamina.function([x], states[-1])
    with pytest.raises(ValueError, match="length 100000 on axis 0 before a step and 5000000"):
        f(np.ones(100_000))


def test_a_row_goes_to_its_trace_after_the_check_that_it_fits():
    x, a = pt.dmatrix("x"), pt.dmatrix("a")

    def step(row, a):
        kept = row[row > 0]
        return kept, pt.linalg.solve(a, kept)

    rows, _ = lamina.scan(step, sequences=x, non_sequences=a, outputs_info=[None, None])
    f = lamina.function([x, a], rows)
    with pytest.raises(ValueError, match="lengths 2 and 1000000 differ"):
        f(np.ones((1, 1_000_000)), np.eye(2))
    kept, solved = f([[1.0, -1.0, 2.0], [3.0, 4.0, 0.0]], 2 * np.eye(2))
    assert (kept == [[1, 2], [3, 4]]).all()
    assert (solved == kept / 2).all()


def test_a_loop_whose_rows_tell_their_length_is_the_result_of_a_branch():
    m, c = pt.dmatrix("m"), pt.lscalar("c")
    f = lamina.function([m, c], lamina.ifelse(c > 0, rows_of_positive(m), m * 2))
    values = np.array([[-1.0, 2.0, 3.0], [4.0, -5.0, 6.0]])
    np.testing.assert_allclose(f(values, 1), np.exp([[2, 3], [4, 6]]))
    assert (f(values, 0) == 2 * values).all()


def test_the_rows_of_a_loop_do_not_lie_on_what_a_step_makes():
    m = pt.dmatrix("m")
    f = lamina.function([m], rows_of_positive(m).T @ m[:, :2])
    values = np.array([[-1.0, 2.0, 3.0], [4.0, -5.0, 6.0]])
    np.testing.assert_allclose(f(values), np.exp([[2, 3], [4, 6]]).T @ values[:, :2])
