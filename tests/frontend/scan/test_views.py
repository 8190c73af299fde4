"""map, reduce, foldl, foldr; loops with checkpoints; loops in the manner of JAX."""

from typing import NamedTuple

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.scan import foldl, foldr, loop, scan_checkpoints, until
from tests.frontend.scan.both_modes import values

RNG = np.random.default_rng(0)
X = pt.dvector("x")


def test_map_reduce_and_folds():
    s = pt.dscalar("s")
    mapped, no_updates = lamina.map(lambda v, w: v * w, X, non_sequences=s)
    back, _ = lamina.map(lambda v: v, X, go_backwards=True)
    product, _ = lamina.reduce(lambda v, so_far: so_far * v, X, np.float64(1))
    left, _ = foldl(lambda v, so_far: v - so_far, X, s)
    right, _ = foldr(lambda v, so_far: v - so_far, X, s)
    both, _ = lamina.reduce(lambda v, a: (a + v, v), X, [s, None])
    assert no_updates == {} and isinstance(both, list)
    x = [2.0, 3.0, 5.0]
    found = values([X, s], [mapped, back, product, left, right, *both], x, 10.0)
    np.testing.assert_array_equal(found[0], [20, 30, 50])
    np.testing.assert_array_equal(found[1], [5, 3, 2])
    assert found[2] == 30
    assert found[3] == 5 - (3 - (2 - 10.0))
    assert found[4] == 2 - (3 - (5 - 10.0))
    assert found[5] == 20 and found[6] == 5


def test_reduce_of_nothing_is_the_initial_value():
    product, _ = lamina.reduce(lambda v, so_far: so_far * v, X, np.float64(7))
    assert values([X], product, []) == 7


def test_views_without_updates():
    n = lamina.shared(0.0, "n")
    assert values([X], lamina.map(lambda v: -v, X, return_updates=False), [1.0]).tolist() == [-1]
    total = lamina.reduce(lambda v, s: v + s, X, 0.0, return_updates=False)
    assert values([X], total, [1.0, 2.0]) == 3
    with pytest.raises(ValueError, match="update n"):
        lamina.reduce(lambda v, s: (v + s, {n: n + 1}), X, 0.0, return_updates=False)


def step(v, s, w):
    return pt.tanh(s * w + v)


@pytest.mark.parametrize("every", [1, 3, 4, 12, 20])
def test_checkpoints_change_neither_values_nor_gradients(every):
    s, w = pt.dscalar("s"), pt.dscalar("w")
    kept, updates = scan_checkpoints(step, X, s, w, save_every_N=every)
    whole, _ = lamina.scan(step, X, s, w)
    x = RNG.normal(size=12)
    wanted = [kept, *lamina.grad(kept[-1], [X, s, w])]
    usual = [whole[every - 1 :: every], *lamina.grad(whole[-1], [X, s, w])]
    assert updates == {}
    a, b = values([X, s, w], wanted, x, 0.3, 0.9), values([X, s, w], usual, x, 0.3, 0.9)
    if every == 20:
        b[0] = lamina.function([X, s, w], whole[-1:])(x, 0.3, 0.9)
    for p, q in zip(a, b, strict=True):
        np.testing.assert_allclose(p, q)


def test_the_last_block_may_be_shorter_and_its_end_is_returned():
    s, w = pt.dscalar("s"), pt.dscalar("w")
    kept, _ = scan_checkpoints(step, X, s, w, save_every_N=4)
    exact, _ = scan_checkpoints(step, X, s, w, save_every_N=4, padding=False)
    whole, _ = lamina.scan(step, X, s, w)
    x = RNG.normal(size=10)
    found = values([X, s, w], [kept, whole, *lamina.grad(kept.sum(), [X, w])], x, 0.3, 0.9)
    np.testing.assert_allclose(found[0], found[1][[3, 7, 9]])
    usual = lamina.grad(whole[pt.as_tensor([3, 7, 9])].sum(), [X, w])
    for p, q in zip(found[2:], values([X, s, w], usual, x, 0.3, 0.9), strict=True):
        np.testing.assert_allclose(p, q)
    f = lamina.function([X, s, w], exact)
    np.testing.assert_allclose(f(x[:8], 0.3, 0.9), found[0][:2])
    with pytest.raises(ValueError, match="must be a multiple of 4, got 10"):
        f(x, 0.3, 0.9)


def test_checkpoints_keep_the_values_of_one_block_only():
    s, w = pt.dscalar("s"), pt.dscalar("w")
    kept, _ = scan_checkpoints(step, X, s, w, save_every_N=10)
    outer = lamina.grad(kept[-1], w).owner.op
    # of a block, all but its rows are single values: where it begins, what it is given, its end
    ranks = [v.type.ndim for v in outer.inner_inputs[: outer.info.n_seqs]]
    assert sorted(ranks, reverse=True)[:2] == [1, 0]


def test_checkpoints_of_what_cannot_be():
    with pytest.raises(ValueError, match="at least 1"):
        scan_checkpoints(step, X, 1.0, 1.0, save_every_N=0)
    with pytest.raises(TypeError, match="must be an int"):
        scan_checkpoints(step, X, 1.0, 1.0, save_every_N=2.5)
    with pytest.raises(ValueError, match="only a sequence's tap 0"):
        scan_checkpoints(lambda v: v, dict(input=X, taps=[1]))
    with pytest.raises(NotImplementedError, match="until"):
        scan_checkpoints(lambda v, s: (v + s, until(s > 1)), X, 0.0)
    with pytest.raises(ValueError, match="multiple of 4, got 6"):
        scan_checkpoints(lambda s: s, None, 0.0, n_steps=6, save_every_N=4, padding=False)


class Pair(NamedTuple):
    mean: object
    count: object


def test_a_loop_with_a_carry_of_any_structure():
    y = pt.dmatrix("y")

    def running(carry, row):
        pair, extra = carry
        count = pair.count + 1
        mean = pair.mean + (row["x"] - pair.mean) / count
        return (Pair(mean, count), {"sum": extra["sum"] + row["y"]}), [mean, None, (count,)]

    init = (Pair(np.float64(0), np.float64(0)), {"sum": pt.zeros(2)})
    (pair, extra), ys = loop(running, init, {"x": X, "y": y})
    assert isinstance(pair, Pair) and ys[1] is None and isinstance(ys[2], tuple)
    x, b = RNG.normal(size=4), RNG.normal(size=(4, 2))
    found = values([X, y], [pair.mean, pair.count, extra["sum"], ys[0], ys[2][0]], x, b)
    means = np.cumsum(x) / np.arange(1, 5)
    np.testing.assert_allclose(found[0], means[-1])
    assert found[1] == 4
    np.testing.assert_allclose(found[2], b.sum(0))
    np.testing.assert_allclose(found[3], means)
    np.testing.assert_array_equal(found[4], [1, 2, 3, 4])


def test_a_loop_from_the_last_row_returns_results_in_the_order_of_rows():
    last, sums = loop(lambda c, v: (c + v, c + v), np.float64(0), X, reverse=True)
    found = values([X], [last, sums], [1.0, 2.0, 4.0])
    assert found[0] == 7
    np.testing.assert_array_equal(found[1], [7, 6, 4])


def test_a_loop_of_a_length_without_rows():
    n = pt.lscalar("n")
    last, ys = loop(lambda c, _: (2 * c, None), np.float64(1), length=n)
    assert ys is None
    assert values([n], last, 10) == 1024


def test_a_carry_that_changes_its_structure():
    with pytest.raises(TypeError, match=r"begins as \(\*, \*\), but a step returns \*"):
        loop(lambda c, v: (c[0], v), (1.0, 2.0), X)
    with pytest.raises(TypeError, match="must return the pair"):
        loop(lambda c, v: c, 1.0, X)
    with pytest.raises(TypeError, match="begins as Scalar.*makes Vector"):
        loop(lambda c, v: (c + X, v), 1.0, X)
