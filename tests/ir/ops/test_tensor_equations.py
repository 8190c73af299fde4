"""Inverses of and equations with tensors."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.tensor_equations import TensorInv, tensorinv, tensorsolve
from tests.agreement import agree, static_shapes
from tests.gradients import assert_gradients_agree
from tests.matrices import random


def test_inverses_and_solutions_agree_with_numpy():
    a, b = random("float64", 4, 6, 8, 3), random("float64", 24, 8, 3)
    c, d = random("float64", 6, 4, 2, 3, 4), random("float64", 6, 4)
    forms = {
        "inverse": (lambda a, b, c, d: tensorinv(a), lambda a, b, c, d: np.linalg.tensorinv(a)),
        "inverse of one": (
            lambda a, b, c, d: TensorInv(1)(b), lambda a, b, c, d: np.linalg.tensorinv(b, 1),
        ),
        "solution": (
            lambda a, b, c, d: tensorsolve(c, d), lambda a, b, c, d: np.linalg.tensorsolve(c, d),
        ),
    }  # fmt: skip
    forms["other axes"] = (
        lambda a, b, c, d: tensorsolve(c.dimshuffle(2, 0, 1, 3, 4), d, axes=(0,)),
        lambda a, b, c, d: np.linalg.tensorsolve(c.transpose(2, 0, 1, 3, 4), d, axes=(0,)),
    )
    agree(forms, (a, b, c, d), ulp=10**6)
    assert not static_shapes(forms, a, b, c, d)


def test_a_tensor_without_an_inverse_raises():
    x = pt.dtensor3()
    with pytest.raises(np.linalg.LinAlgError):
        lamina.function([x], tensorinv(x, 1))(np.zeros((4, 2, 2)))
    with pytest.raises(ValueError, match="ind"):
        tensorinv(x, 0)


def test_the_gradient_of_the_inverse_agrees_with_differences():
    assert_gradients_agree({"inverse": (lambda x: tensorinv(x, 1), [random("float64", 4, 2, 2)])})
