"""The sampler's draws are those of the posterior, and its loop is one of machine code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from lamina.compile import not_native

SCRIPT = Path(__file__).parents[2] / "examples" / "metropolis.py"


def test_draws_have_the_mean_and_spread_of_the_posterior():
    command = [sys.executable, str(SCRIPT), "--steps", "100000"]
    done = subprocess.run(command, env={**os.environ}, capture_output=True, text=True, check=True)
    lines = re.findall(r"^\w+: (.*) \+- (.*), exactly (.*) \+- (.*)$", done.stdout, re.MULTILINE)
    assert len(lines) == 2
    for mean, spread, exact_mean, exact_spread in np.array(lines, float):
        assert abs(mean - exact_mean) < 0.1 * exact_spread
        assert abs(spread - exact_spread) < 0.1 * exact_spread
    (taken,) = re.findall(r"^proposals taken: (.*)$", done.stdout, re.MULTILINE)
    assert 0.2 < float(taken) < 0.6


def test_a_chain_is_the_one_that_numpy_draws(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import metropolis

    x, y = metropolis.make_points()
    before = not_native.callbacks.copy(), not_native.interpreted.copy()
    chain, _ = metropolis.build_sampler(x, y, seed=2)(np.zeros(2), 300, 0.2)
    assert before == (not_native.callbacks, not_native.interpreted)

    def log_posterior(theta):
        residual = y - theta[0] - theta[1] * x
        return -(residual**2).sum() / 0.5 - (theta**2).sum() / 200

    rng, theta = np.random.default_rng(2), np.zeros(2)
    for found in chain:
        proposal = theta + 0.2 * rng.normal(0, 1, 2)
        if np.log(rng.uniform()) < log_posterior(proposal) - log_posterior(theta):
            theta = proposal
        np.testing.assert_allclose(found, theta, rtol=1e-12, atol=1e-12)
