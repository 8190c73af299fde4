"""Riccati's equation of discrete control."""

import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.ops.riccati import solve_discrete_are
from tests.gradients import assert_gradients_agree
from tests.matrices import close, each_dtype, positive_definite, random

MAKERS = [
    lambda d: random(d, 2, 4, 4), lambda d: random(d, 2, 4, 2),
    lambda d: positive_definite(d, 2, 4, 4), lambda d: positive_definite(d, 2, 2, 2),
]  # fmt: skip


def test_solutions_of_batches_agree_with_scipy():
    for arrays, (x,) in each_dtype(lambda *xs: [solve_discrete_are(*xs)], *MAKERS):
        for i in range(2):
            expected = scipy.linalg.solve_discrete_are(*(a[i] for a in arrays))
            close(x[i], expected, 20_000)


def test_what_has_no_stabilizing_solution_raises():
    xs = [pt.dmatrix() for _ in range(4)]
    function = lamina.function(xs, solve_discrete_are(*xs))
    a, zero, one = 2 * np.eye(1), np.zeros((1, 1)), np.eye(1)
    for bad in ((a, zero, one, one), (a * np.nan, one, one, one)):
        with pytest.raises(np.linalg.LinAlgError, match="stabilizing"):
            function(*bad)
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        function(a, one, one, zero)


def test_gradients_agree_with_differences():
    assert_gradients_agree(
        {d: (solve_discrete_are, [m(d) for m in MAKERS]) for d in ("float64", "complex128")},
        tolerance=1e-5,
    )
