"""The exponential of matrices."""

import mpmath
import numpy as np
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.ops.expm import expm
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import close, each_dtype, random


def _exact(a: np.ndarray, digits: int = 200) -> np.ndarray:
    """By Taylor's series of a small part of the matrix, squared."""
    with mpmath.workdps(digits):
        squarings = 150
        x = mpmath.matrix(a.tolist()) / mpmath.mpf(2) ** squarings
        y = term = mpmath.eye(x.rows)
        for k in range(1, 8):
            term = term * x / k
            y = y + term
        for _ in range(squarings):
            y = y * y
        return np.array(y.tolist(), dtype=float if np.isrealobj(a) else complex)


def test_exponentials_of_batches_and_views_agree_with_scipy():
    def build(a):
        return [expm(a), expm(pt.matrix_transpose(a)[..., ::-1]), expm(a / 1000), expm(a * 0)]

    for (a,), found in each_dtype(build, lambda d: random(d, 2, 3, 4, 4)):
        expected = [a, np.swapaxes(a, -1, -2)[..., ::-1], a / 1000, a * 0]
        for ours, argument in zip(found, expected, strict=True):
            close(ours, scipy.linalg.expm(argument))


def test_large_small_and_far_from_normal_matrices_keep_their_digits():
    rng = np.random.default_rng(0)
    cases = [
        rng.normal(size=(3, 3)) * 1e-8,
        rng.normal(size=(4, 4)) * 30,
        np.triu(rng.normal(size=(5, 5)), 1) * 1e4,
        np.array([[1.0, 1e30], [0.0, -1.0]]),
        np.array([[1.0, 0.0, 0.0], [1e8, 2.0, 0.0], [0.0, 1e8, 3.0]]),
        np.array([[1.0, 1e6], [0.0, 1.0]]),
        np.array([[-147.0, 72.0], [-192.0, 93.0]]),
        np.diag([-1e5, 1.0, 3.0]),
    ]
    x = pt.dmatrix()
    function = lamina.function([x], expm(x))
    for a in cases:
        close(function(a), _exact(a), 300)


def test_nan_and_infinity_give_nan_and_empty_matrices_nothing():
    x = pt.dtensor3()
    function = lamina.function([x], expm(x))
    a = np.zeros((3, 2, 2))
    a[0, 0, 1], a[2, 1, 1] = np.nan, np.inf
    y = function(a)
    assert np.isnan(y[[0, 2]]).all()
    np.testing.assert_array_equal(y[1], np.eye(2))
    assert function(np.zeros((2, 0, 0))).shape == (2, 0, 0)
    np.testing.assert_allclose(function(np.full((1, 1, 1), 3.0)), np.exp(np.full((1, 1, 1), 3.0)))


def test_first_and_second_gradients_agree_with_differences():
    a = random("complex128", 2, 3, 3)
    assert_gradients_agree(
        {"real": (first_and_second(expm), [a.real]), "complex": (first_and_second(expm), [a[0]])}
    )
