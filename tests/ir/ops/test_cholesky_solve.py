"""Linear systems with matrices of which Cholesky's decomposition is known."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.cholesky_solve import cho_solve
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, random


def _factor(dtype: str, *shape: int) -> np.ndarray:
    return random(dtype, *shape) / 4 + np.eye(shape[-1], dtype=dtype)


def test_lower_and_upper_factors_solve_and_their_other_triangle_does_not_matter():
    def build(c, b):
        lower, upper = cho_solve((c, True), b), cho_solve((c, False), b)
        return [lower, upper, cho_solve((c, True), b[..., 0], b_ndim=1)]

    for (c, b), (lower, upper, vectors) in each_dtype(
        build, lambda d: _factor(d, 2, 3, 4, 4), lambda d: random(d, 2, 3, 4, 2)
    ):
        below, above = np.tril(c), np.triu(c)
        close(below @ adjoint(below) @ lower, b, 1000)
        close(adjoint(above) @ above @ upper, b, 1000)
        close(vectors, lower[..., 0])


def test_a_zero_on_the_diagonal_raises():
    c, b = pt.dmatrix(), pt.dvector()
    with pytest.raises(np.linalg.LinAlgError, match="cho_solve: Singular"):
        lamina.function([c, b], cho_solve((c, True), b))(np.diag([1.0, 0.0]), np.ones(2))


def test_gradients_agree_with_differences():
    forms = {}
    for dtype in ("float64", "complex128"):
        for lower in (True, False):
            forms[f"{dtype} {lower}"] = (
                lambda c, b, low=lower: cho_solve((c, low), b),
                [_factor(dtype, 2, 3, 3), random(dtype, 2, 3, 2)],
            )
    forms["second"] = (
        first_and_second(lambda c, b: cho_solve((c, True), b)),
        [_factor("float64", 3, 3), random("float64", 3)],
    )
    assert_gradients_agree(forms)
