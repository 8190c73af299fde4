"""The density of the drawn model is that of scipy.stats, and the chain has its moments."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize
import scipy.stats as st

import lamina
import lamina.tensor as pt
from lamina.compile import not_native

SCRIPT = Path(__file__).parents[2] / "examples" / "log_probability.py"


@pytest.fixture
def example(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import log_probability

    return log_probability


def test_the_density_of_the_draws_and_its_gradient_are_those_of_scipy(example):
    x = pt.vector("x", shape=(10,))
    f = lamina.function([x], example.log_posterior(x))

    def wanted(x):
        common, log_spread, deviations = x[0], x[1], x[2:]
        effects = common + np.exp(log_spread) * deviations
        return (
            st.norm(0, 5).logpdf(common)
            + st.halfcauchy(0, 5).logpdf(np.exp(log_spread)) + log_spread
            + st.norm.logpdf(deviations).sum()
            + st.norm(effects, example.ERRORS).logpdf(example.EFFECTS).sum()
        )  # fmt: skip

    place = np.random.default_rng(0).normal(size=10)
    density, slope = f(place)
    np.testing.assert_allclose(density, wanted(place), 1e-13)
    np.testing.assert_allclose(slope, scipy.optimize.approx_fprime(place, wanted, 1e-6), 1e-4, 1e-4)


def test_the_chain_is_one_of_machine_code(example):
    before = not_native.callbacks.copy(), not_native.interpreted.copy()
    chain, taken = example.build_sampler(seed=3)(np.zeros(10), 200)
    assert before == (not_native.callbacks, not_native.interpreted)
    np.testing.assert_array_equal(taken, (np.diff(chain, axis=0, prepend=0) != 0).any(axis=1))
    again, _ = example.build_sampler(seed=3)(np.zeros(10), 200)
    np.testing.assert_array_equal(chain, again)


def test_draws_have_the_mean_and_spread_of_the_posterior():
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)
    lines = re.findall(r"^[\w ]+: (.*) \+- (.*), exactly (.*) \+- (.*)$", done.stdout, re.MULTILINE)
    assert len(lines) == 2
    for mean, spread, exact_mean, exact_spread in np.array(lines, float):
        assert abs(mean - exact_mean) < 0.05 * exact_spread
        assert abs(spread - exact_spread) < 0.05 * exact_spread
    (taken,) = re.findall(r"^proposals taken: (.*)$", done.stdout, re.MULTILINE)
    assert float(taken) > 0.8
