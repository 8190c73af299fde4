"""Inline draws from PCG64: every way through a ziggurat gives NumPy's number and state."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.inlined_draws import CAN_INLINE
from lamina.ir.ops.ziggurat import EXPONENTIAL, NORMAL, tables

N = 1_000_000
DRAWS = {
    "normal": lambda m, **k: m.normal(0.5, 2.0, **k),
    "uniform": lambda m, **k: m.uniform(-1.0, 3.0, **k),
    "exponential": lambda m, **k: m.exponential(0.5, **k),
}


def test_a_million_draws_of_each_kind_equal_numpys():
    shared = {name: pt.random.shared_rng(5) for name in DRAWS}
    drawn = {name: draw(shared[name], size=(N,)) for name, draw in DRAWS.items()}
    outputs = [part for pair in drawn.values() for part in pair]
    found = lamina.function([], outputs)()
    for name, after, x in zip(DRAWS, found[::2], found[1::2], strict=True):
        rng = np.random.default_rng(5)
        assert np.array_equal(x, DRAWS[name](rng, size=N)), name
        assert after.bit_generator.state == rng.bit_generator.state


def test_half_a_word_that_is_left_stays():
    rng = np.random.default_rng(5)
    rng.integers(0, 10, dtype=np.uint32)
    assert rng.bit_generator.state["has_uint32"]
    shared = lamina.shared(rng)
    next_rng, x = shared.normal(size=(1000,))
    next_rng, n = next_rng.integers(0, 10)
    found, count, after = lamina.function([], [x, n, next_rng])()
    assert np.array_equal(found, rng.normal(size=1000)) and count == rng.integers(0, 10)
    assert after.bit_generator.state == rng.bit_generator.state


@pytest.mark.skipif(not CAN_INLINE, reason="NumPy's C code may contract here")
def test_draws_in_turn_advance_one_state_in_place():
    rng = pt.random.shared_rng(5)
    next_rng, x = rng.normal()
    next_rng, u = next_rng.uniform()
    f = lamina.function([], x + u, updates={rng: next_rng})
    assert f.ir("buffers").count('buffers = ["output 1", "value"]') == 1
    assert f.ir("buffers").count('buffers = ["operand 0", "value"]') == 1
    same = np.random.default_rng(5)
    for _ in range(1000):
        assert f() == same.normal() + same.uniform()


@pytest.mark.parametrize(
    ("form", "edge"), [(NORMAL, 3.6541528853610088), (EXPONENTIAL, 7.69711747013104972)]
)
def test_tables_are_those_of_ziggurats_of_256_layers(form, edge):
    widths, limits = tables(form)
    assert np.all(np.diff(widths[2:]) > 0) and limits[1] == 0
    ratios = limits[3:] / 2.0**form.bits * widths[3:] / widths[2:-1]
    np.testing.assert_allclose(ratios, 1, rtol=1e-12)
    np.testing.assert_allclose(widths[255] * 2.0**form.bits, edge, rtol=1e-12)
