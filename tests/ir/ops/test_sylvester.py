"""Sylvester's and Lyapunov's equations."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.sylvester import (
    solve_continuous_lyapunov,
    solve_discrete_lyapunov,
    solve_sylvester,
)
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, random


def _stable(dtype: str, *shape: int) -> np.ndarray:
    return random(dtype, *shape) / 5


def test_solutions_of_batches_satisfy_their_equations():
    def build(a, b, q, p):
        return [
            solve_sylvester(a, b, q), solve_continuous_lyapunov(a, p),
            solve_discrete_lyapunov(a, p), solve_discrete_lyapunov(a, p, "direct"),
        ]  # fmt: skip

    makers = [
        lambda d: _stable(d, 2, 4, 4), lambda d: random(d, 2, 3, 3) + 4 * np.eye(3, dtype=d),
        lambda d: random(d, 2, 4, 3), lambda d: random(d, 2, 4, 4, seed=1),
    ]  # fmt: skip
    for (a, b, q, p), (x, y, *discrete) in each_dtype(build, *makers):
        close(a @ x + x @ b, q, 3000)
        close(a @ y + y @ adjoint(a), p, 3000)
        for z in discrete:
            close(a @ z @ adjoint(a) - z, -p, 3000)


def test_nan_raises_and_empty_equations_have_empty_solutions():
    x, q = pt.dmatrix(), pt.dmatrix()
    function = lamina.function([x, q], solve_sylvester(x, x, q))
    with pytest.raises(np.linalg.LinAlgError, match="Schur form"):
        function(np.full((2, 2), np.nan), np.eye(2))
    assert function(np.zeros((0, 0)), np.zeros((0, 0))).shape == (0, 0)
    with pytest.raises(ValueError, match="method"):
        solve_discrete_lyapunov(x, q, method="guess")


def test_gradients_agree_with_differences():
    forms = {}
    for dtype in ("float64", "complex128"):
        a, b = _stable(dtype, 2, 3, 3), random(dtype, 2, 2, 2) + 4 * np.eye(2)
        p = random(dtype, 2, 3, 3, seed=1)
        forms[f"sylvester {dtype}"] = solve_sylvester, [a, b, random(dtype, 2, 3, 2)]
        forms[f"continuous {dtype}"] = solve_continuous_lyapunov, [a + np.eye(3), p]
        for method in ("bilinear", "direct"):
            forms[f"{method} {dtype}"] = (
                lambda a, q, m=method: solve_discrete_lyapunov(a, q, m), [a, p]
            )  # fmt: skip
    forms["second"] = (
        first_and_second(solve_sylvester), [a[0].real, b[0].real, random("float64", 3, 2)]
    )  # fmt: skip
    assert_gradients_agree(forms, tolerance=1e-5)
