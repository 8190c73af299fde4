"""Loops do no more than is asked of them."""

import re

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.scan.build import apply_scan

x, w, xs = pt.vector("x"), pt.matrix("w"), pt.matrix("xs")
start, n = pt.vector("start"), pt.lscalar("n")
row, h, same = pt.vector("row"), pt.vector("h"), pt.matrix("same")
ROWS = np.random.default_rng(0).normal(size=(4, 3))
SQUARE = np.random.default_rng(1).normal(size=(3, 3))


def _step(text: str) -> str:
    """The text of what the loop does."""
    found = re.search(r"nd\.scan.*?\n(.*?)nd\.yield", text, re.DOTALL)
    assert found is not None
    return found[1]


def _recurrence():
    h1 = pt.tanh(row @ same + h @ same)
    return apply_scan(
        [row], [h], [same], [h1], [h1],
        n=xs.shape[0], sequences=[xs], starts=[start], constants=[w],
    )  # fmt: skip


def _states() -> np.ndarray:
    state, found = np.zeros(3), []
    for r in ROWS:
        state = np.tanh(r @ SQUARE + state @ SQUARE)
        found.append(state)
    return np.array(found)


def test_what_nothing_uses_is_not_traced():
    f = lamina.function([xs, start, w], _recurrence().ends[0])
    assert "rows = []" in f.ir("buffers")
    np.testing.assert_allclose(f(ROWS, np.zeros(3), SQUARE), _states()[-1])


def test_last_row_of_a_trace_is_what_is_carried():
    f = lamina.function([xs, start, w], _recurrence().traces[0][-1])
    assert "rows = []" in f.ir("buffers")
    np.testing.assert_allclose(f(ROWS, np.zeros(3), SQUARE), _states()[-1])


def test_what_nothing_depends_on_is_not_carried():
    a, b = pt.dscalar("a"), pt.dscalar("b")
    loop = apply_scan([], [a, b], [], [a + 1, b * 2], [], n=n, sequences=[], starts=[0.0, 1.0])
    f = lamina.function([n], loop.ends[0])
    assert "carries = 1" in f.ir("kernels")
    assert f(5) == 5


def test_a_loop_that_only_feeds_what_another_leaves_out_goes_with_it():
    p = pt.dvector("p")
    first = lamina.scan(lambda v, s: pt.tanh(s + v), p, np.float64(0), return_updates=False)
    _, kept = lamina.scan(
        lambda v, w, s, t: [s * v, pt.tanh(t + w)],
        [first, p],
        [np.float64(1), np.float64(0)],
        return_updates=False,
    )
    f = lamina.function([p], kept[-1])
    assert f.ir("kernels").count("= nd.scan") == 1
    np.testing.assert_allclose(f([0.5]), np.tanh(0.5))


def test_what_stays_the_same_is_computed_before_the_loop():
    h1 = h + pt.exp(same).sum(axis=0)
    loop = apply_scan([], [h], [same], [h1], [], n=n, sequences=[], starts=[start], constants=[w])
    f = lamina.function([n, start, w], loop.ends[0])
    assert "nd.exp" in f.ir("kernels")
    assert "nd.exp" not in _step(f.ir("kernels"))
    np.testing.assert_allclose(f(3, np.zeros(3), SQUARE), 3 * np.exp(SQUARE).sum(0))


def test_a_check_of_what_stays_the_same_stands_before_the_loop():
    f = lamina.function([xs, start, w], _recurrence().traces[0])
    assert "nd.assert_equal" in f.ir("kernels")
    assert "nd.assert_equal" not in _step(f.ir("kernels"))


def test_rows_times_what_stays_the_same_are_one_product():
    batch, wx, state = pt.tensor3("batch"), pt.matrix("wx"), pt.matrix("state")
    r, u = pt.matrix("r"), pt.matrix("u")
    s1 = state * 0.5 + r @ u
    loop = apply_scan(
        [r], [state], [u], [s1], [s1],
        n=batch.shape[0], sequences=[batch], starts=[pt.zeros((2, 3))], constants=[wx],
    )  # fmt: skip
    f = lamina.function([batch, wx], loop.traces[0])
    assert f.ir("kernels").count("nd.gemm") == 1
    assert "nd.gemm" not in _step(f.ir("kernels"))
    values = np.random.default_rng(2).normal(size=(5, 2, 3))
    expected, kept = np.zeros((2, 3)), []
    for v in values:
        expected = expected * 0.5 + v @ SQUARE
        kept.append(expected)
    np.testing.assert_allclose(f(values, SQUARE), kept)


def test_a_loop_that_carries_nothing_is_none():
    a, b = pt.dscalar("a"), pt.dscalar("b")
    loop = apply_scan(
        [a], [], [b], [], [a * b**2], n=x.shape[0], sequences=[x], starts=[], constants=[pt.e]
    )
    f = lamina.function([x], loop.traces[0].sum())
    assert "nd.scan" not in f.ir("kernels")
    np.testing.assert_allclose(f(ROWS[0]), (ROWS[0] * np.e**2).sum())


def test_a_state_that_is_read_only_where_it_is_written_keeps_its_place():
    i = pt.lscalar("i")
    h1 = h[i].inc(1.0)
    index = pt.lvector("index")
    loop = apply_scan([i], [h], [], [h1], [], n=index.shape[0], sequences=[index], starts=[start])
    f = lamina.function([index, start], loop.ends[0])
    assert re.search(r'nd\.update_slice.*buffers = \["operand 0"\]', f.ir("buffers"))
    given = np.zeros(3)
    np.testing.assert_array_equal(f([0, 2, 2], given), [1, 0, 2])
    np.testing.assert_array_equal(given, 0)


def test_gradient_accumulates_a_matrix_in_place():
    g = lamina.grad((_recurrence().traces[0] ** 2).sum(), w)
    f = lamina.function([xs, start, w], g)
    step = 1e-6 * np.ones((3, 3))
    cost = lamina.function([xs, start, w], (_recurrence().traces[0] ** 2).sum())
    slope = cost(ROWS, np.ones(3), SQUARE + step) - cost(ROWS, np.ones(3), SQUARE - step)
    np.testing.assert_allclose((f(ROWS, np.ones(3), SQUARE) * step).sum(), slope / 2, rtol=1e-6)
