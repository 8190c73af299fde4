"""The example finds the rates; SciPy's solver agrees on what they mean."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

SCRIPT = Path(__file__).parents[2] / "examples" / "lotka_volterra.py"


@pytest.fixture(scope="module")
def example():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("lotka_volterra", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_solution_and_gradient_are_those_of_the_equations(example):
    solve, value_and_gradient = example.build()
    n = 20 * example.EVERY
    found = solve(example.TRUE, example.START, n)

    def slope(t, state):
        a, b, c, d = example.TRUE
        return [(a - b * state[1]) * state[0], (c * state[0] - d) * state[1]]

    times = example.STEP * example.EVERY * np.arange(1, 21)
    theirs = solve_ivp(slope, (0, times[-1]), example.START, t_eval=times, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found, theirs.y.T, rtol=1e-5)

    theta = np.log(example.TRUE) + 0.1
    loss, gradient = value_and_gradient(theta, example.START, n, found)
    for i, step in enumerate(1e-6 * np.eye(4)):
        high, low = (
            value_and_gradient(theta + s * step, example.START, n, found)[0] for s in (1, -1)
        )
        assert gradient[i] == pytest.approx((high - low) / 2e-6, rel=1e-6)
    assert loss > 0


def test_rates_are_found_from_noisy_observations(example, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["lotka_volterra.py"])
    example.main()
    said = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert float(said["largest relative error"]) < 0.05
