"""The example's op is Huber's loss in Python and in machine code, with its derivative."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad

SCRIPT = Path(__file__).parents[2] / "examples" / "custom_op.py"


@pytest.fixture(scope="module")
def example():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("custom_op", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_ops_are_the_loss_of_scipy_and_its_derivative(example):
    x = pt.dmatrix("x")
    value = np.linspace(-3, 3, 20).reshape(4, 5)
    for huber in (example.PythonHuber(0.7), example.Huber(0.7)):
        found = lamina.function([x], huber(x))(value)
        np.testing.assert_allclose(found, scipy.special.huber(0.7, value), rtol=1e-14)
        verify_grad(huber, [value])


def test_both_fit_the_line_and_one_of_them_without_python():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--steps", "100"], capture_output=True, text=True, check=True
    )
    lines = re.findall(r"^(\w+): line (\S+) (\S+), loss (\S+)$", done.stdout, re.M)
    assert [name for name, *_ in lines] == ["PythonHuber", "Huber"]
    assert lines[0][1:] == lines[1][1:]
    np.testing.assert_allclose([float(n) for n in lines[0][1:3]], [1, 3], atol=0.1)
    calls = dict(re.findall(r"^(\w+), calls of Python: (\d+)$", done.stdout, re.M))
    assert calls == {"PythonHuber": "100", "Huber": "0"}
