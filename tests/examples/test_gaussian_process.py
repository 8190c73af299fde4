"""The example finds hyperparameters by gradient; scikit-learn agrees on what they mean."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

SCRIPT = Path(__file__).parents[2] / "examples" / "gaussian_process.py"


@pytest.fixture(scope="module")
def example():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("gaussian_process", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def printed():
    """What the script says, by the words before the colon."""
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)
    return dict(re.findall(r"^(.*?): (.*)$", done.stdout, re.M))


def process_of_scikit_learn(theta, X, y):
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    variance, *scales, noise = np.exp(theta)
    kernel = ConstantKernel(variance) * RBF(scales) + WhiteKernel(noise)
    return GaussianProcessRegressor(kernel, alpha=0, optimizer=None).fit(X, y)


def test_the_likelihood_improves_to_what_scikit_learn_has_for_these_hyperparameters(
    example, printed
):
    X, X_test, y, y_test = example.load_data()
    theta = np.array(printed["log hyperparameters"].split(), float)
    best, start = (
        float(printed[line])
        for line in ("log marginal likelihood", "log marginal likelihood at the start")
    )
    assert best > start + 50
    process = process_of_scikit_learn(theta, X, y)
    np.testing.assert_allclose(best, process.log_marginal_likelihood(), atol=2e-4)
    error = np.sqrt(np.mean((process.predict(X_test) - y_test) ** 2))
    np.testing.assert_allclose(float(printed["test RMSE"]), error, atol=2e-4)


def test_predictions_are_better_than_the_mean_and_know_their_error(printed):
    assert float(printed["test RMSE"]) < 0.85 * float(printed["test RMSE of the mean"])
    assert 0.88 <= float(printed["within 95% intervals"]) <= 1


def test_values_gradients_and_predictions_are_those_of_scikit_learn(example):
    value_and_gradient, predict = example.build()
    rng = np.random.default_rng(0)
    X, y, X_new = rng.normal(size=(20, 3)), rng.normal(size=20), rng.normal(size=(5, 3))
    theta = np.array([0.3, 0.1, 0.8, -0.2, -1.0])
    process = process_of_scikit_learn(theta, X, y)
    value, gradient = value_and_gradient(theta, X, y)
    expected, slopes = process.log_marginal_likelihood(process.kernel_.theta, eval_gradient=True)
    np.testing.assert_allclose(-value, expected, rtol=1e-10)
    np.testing.assert_allclose(-gradient, slopes, rtol=1e-8)
    mean, deviation = predict(theta, X, y, X_new)
    expected, expected_deviation = process.predict(X_new, return_std=True)
    np.testing.assert_allclose(mean, expected, rtol=1e-8)
    np.testing.assert_allclose(deviation, expected_deviation, rtol=1e-8)
