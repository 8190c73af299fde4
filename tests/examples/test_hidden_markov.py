"""The example's likelihood is that of all paths, and its parameters are those that generated."""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

SCRIPT = Path(__file__).parents[2] / "examples" / "hidden_markov.py"


@pytest.fixture(scope="module")
def example():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("hidden_markov", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_likelihood_is_the_sum_over_all_paths(example):
    value_and_gradient, probabilities = example.build()
    theta, data = np.array([-0.5, 1.0, 0.1, 0.3, -0.2]), np.array([0.2, -1.0, 1.5, 0.7, 2.0])
    stay = expit(theta[3:])
    move = np.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])
    emitted = norm.pdf(data[:, None], theta[:2], np.exp(theta[2]))
    total, last = 0.0, np.zeros(2)
    for path in itertools.product((0, 1), repeat=5):
        weight = 0.5 * emitted[0, path[0]]
        for t in range(1, 5):
            weight *= move[path[t - 1], path[t]] * emitted[t, path[t]]
        total += weight
        last[path[-1]] += weight
    loss, gradient = value_and_gradient(theta, data)
    assert loss == pytest.approx(-np.log(total), rel=1e-12)
    np.testing.assert_allclose(probabilities(theta, data)[-1], last / total, rtol=1e-12)
    for i, step in enumerate(1e-6 * np.eye(5)):
        high, low = (value_and_gradient(theta + s * step, data)[0] for s in (1, -1))
        assert gradient[i] == pytest.approx((high - low) / 2e-6, rel=1e-5, abs=1e-7)


def test_parameters_and_states_are_found(example, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["hidden_markov.py"])
    example.main()
    said = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    means = [float(m) for m in said["means"].split()]
    np.testing.assert_allclose(means, example.MEANS, atol=0.1)
    assert float(said["states found"]) > 0.98
