"""The example reads digits that it has not seen, by a step of few loops."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

SCRIPT = Path(__file__).parents[2] / "examples" / "digits_network.py"


@pytest.fixture(scope="module")
def example():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("digits_network", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_network_learns():
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)
    losses = [float(loss) for loss in re.findall(r"^epoch .*: loss (\S+)$", done.stdout, re.M)]
    (accuracy,) = re.findall(r"^test accuracy: (\S+)$", done.stdout, re.M)
    assert len(losses) == 5
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.05
    assert float(accuracy) >= 0.95


def test_a_step_moves_the_parameters_along_the_gradient_that_numpy_computes(example):
    rng = np.random.default_rng(0)
    network = example.Network(6, 4, rng)
    W1, b1, W2, b2 = (p.get_value() for p in network.parameters)
    train, _ = example.build(network)
    X, y = rng.normal(size=(8, 6)), rng.integers(0, 10, size=8)
    loss = train(X, y, 0.1)

    hidden = np.tanh(X @ W1 + b1)
    logits = hidden @ W2 + b2
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(loss, -np.log(p[np.arange(8), y]).mean())
    by_logits = (p - np.eye(10)[y]) / 8
    by_hidden = by_logits @ W2.T * (1 - hidden**2)
    gradients = [X.T @ by_hidden, by_hidden.sum(0), hidden.T @ by_logits, by_logits.sum(0)]
    for parameter, old, g in zip(network.parameters, (W1, b1, W2, b2), gradients, strict=True):
        np.testing.assert_allclose(parameter.get_value(), old - 0.1 * g, atol=1e-12)


def test_the_products_of_the_step_are_those_of_blas(example):
    """Two forward, and back two for the weights and one for the hidden units."""
    train, _ = example.build(example.Network(6, 4, np.random.default_rng(0)))
    text = train.ir("buffers")
    assert len(re.findall(r"= nd\.(?:gemm|dot)\b", text)) == 5
    assert "nd.callback" not in text
