"""Loops side by side become one, if nothing can tell."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.configuration import config
from lamina.passes.merge_loops import MOST_CARRIES
from lamina.raise_op import Assert
from lamina.scan import until

N = 5
x, y = (pt.tensor(name, shape=(N,), dtype="float64") for name in "xy")
u, k, n = pt.dvector("u"), pt.dscalar("k"), pt.lscalar("n")
m = pt.dmatrix("m")
RNG = np.random.default_rng(4)
X, Y, U = RNG.normal(size=(3, N))
M = RNG.normal(size=(N, 3))
VALUES = {x: X, y: Y, u: U, k: 0.5, n: N, m: M}


def loop(step: Any, sequences: Any = None, start: float = 1.0, **options: Any) -> Any:
    return lamina.scan(step, sequences, np.float64(start), return_updates=False, **options)


def mean(v: Any, s: Any) -> Any:
    return k * s + v


def decay(v: Any, s: Any) -> Any:
    return k * s - v


def merged(*outputs: Any, mode: Any = None) -> Any:
    """A function of `outputs`, whose values are those of the graph."""
    inputs = list(VALUES)
    f = lamina.function(inputs, list(outputs), mode=mode, on_unused_input="ignore")
    expected = lamina.function(inputs, list(outputs), mode="NUMPY", on_unused_input="ignore")
    for a, b in zip(f(*VALUES.values()), expected(*VALUES.values()), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    return f


def loops(f: Any) -> int:
    return f.ir("specialize").count("= nd.scan")


def test_loops_over_equal_lengths_are_one():
    a, b = loop(mean, x, name="a"), loop(mean, y, name="b")
    counted = loop(lambda s: s * k, n_steps=N)
    two_states, _ = lamina.scan(
        lambda v, p, q: [p + q * v, q - p], x, [np.float64(1), np.float64(2)]
    )
    f = merged(a, b[-1], counted[-1], *two_states, pt.exp(a) + b)
    assert loops(f) == 1
    assert re.search('name = "(a and b|b and a)"', f.ir("specialize"))


def test_loops_over_one_sequence_read_it_once():
    f = merged(loop(mean, u), loop(decay, u), loop(mean, u + 1))
    assert loops(f) == 1
    assert "sequences = 2 : i64, carries = 3" in f.ir("specialize")


def test_loops_of_as_many_steps_as_an_operand_says_are_one():
    assert loops(merged(loop(lambda s: s * k, n_steps=n), loop(lambda s: s - k, n_steps=n))) == 1


def test_what_stands_between_two_loops_follows_both():
    a = loop(mean, u)
    between = pt.exp(a).sum() + loop(decay, u, start=2.0)[-1]
    assert loops(merged(between, loop(lambda v, s: v + s, u), a)) == 1


def test_gradients_of_two_loops_are_one_loop_forth_and_one_back():
    cost = loop(mean, u)[-1] + (loop(decay, u) ** 2).sum()
    assert loops(merged(lamina.grad(cost, u), lamina.grad(cost, k))) == 2


def checked(v: Any, s: Any) -> Any:
    return Assert("too small")(v, v > -100) + s


REFUSED = {
    "another number of steps": lambda: [loop(mean, x), loop(mean, u)],
    "one needs the other": lambda: [loop(mean, loop(mean, u))],
    "one needs the end of the other": lambda: [loop(mean, u + loop(mean, u)[-1])],
    "one may end early": lambda: [
        loop(mean, u), loop(lambda v, s: (v + s, until(s > 100)), u),
    ],
    "a check in a step": lambda: [loop(mean, u), loop(checked, u)],
    "rows": lambda: [
        loop(mean, u),
        lamina.scan(mean, m, pt.zeros(3), n_steps=u.shape[0], return_updates=False),
    ],
    "another mode": lambda: [loop(mean, u), loop(decay, u, mode="FAST_COMPILE")],
    "a loop in a step": lambda: [
        loop(mean, u), loop(lambda v, s: loop(lambda t: t * s, n_steps=n)[-1] + v, u),
    ],
    "a check of the first before the second": lambda: [
        loop(decay, u + Assert("large")(k, (loop(mean, u) < 100).all())),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_other_loops_stay_apart(case: Any):
    f = merged(*case())
    assert "loops-side-by-side" not in f.ir("specialize")
    assert loops(f) >= 2


def test_a_loop_has_no_more_states_than_registers_hold():
    many = [loop(lambda v, s, i=i: s * i - v, u)[-1] for i in range(MOST_CARRIES + 1)]
    assert loops(merged(*many)) == 2


def test_loops_can_be_left_apart():
    outputs = loop(mean, u), loop(decay, u)
    assert loops(merged(*outputs, mode=lamina.Mode().excluding("loops-side-by-side"))) == 2
    assert loops(merged(*outputs)) == 1


def test_merging_is_a_rewrite_that_can_be_checked():
    with config.change_flags(check_rewrites="raise"):
        assert loops(merged(loop(mean, u), loop(decay, u))) == 1


def test_saturation_leaves_loops_to_it():
    pytest.importorskip("egglog")
    outputs = [loop(mean, u), loop(decay, u)]
    assert loops(merged(*outputs, mode=lamina.Mode(optimizer="egraph"))) == 1
