"""Least squares."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.lstsq import lstsq
from tests.matrices import close, each_dtype, random

SHAPES = [(3, 3), (5, 3), (3, 5)]


def test_solutions_residuals_rank_and_singular_values_agree_with_numpy():
    def build(*arrays):
        found = []
        for i in range(len(SHAPES)):
            a, b = arrays[2 * i : 2 * i + 2]
            deficient = pt.concatenate([a, a[:, :1]], axis=1)
            found += [*lstsq(a, b), *lstsq(a, b[:, 0]), *lstsq(deficient, b)]
            found += lstsq(a, b, rcond=0.5)
        return found

    makers = []
    for m, n in SHAPES:
        makers += [lambda d, m=m, n=n: random(d, m, n), lambda d, m=m: random(d, m, 2, seed=1)]
    for arrays, found in each_dtype(build, *makers):
        found = iter(found)
        for i in range(len(SHAPES)):
            a, b = arrays[2 * i : 2 * i + 2]
            deficient = np.concatenate([a, a[:, :1]], axis=1)
            expected = [
                *np.linalg.lstsq(a, b), *np.linalg.lstsq(a, b[:, 0]),
                *np.linalg.lstsq(deficient, b), *np.linalg.lstsq(a, b, rcond=0.5),
            ]  # fmt: skip
            for theirs in expected:
                ours = next(found)
                if np.ndim(theirs):
                    close(ours, theirs, 1000)
                else:
                    assert ours == theirs and ours.dtype == "int32"


def test_a_batch_has_residuals_where_they_are_determined():
    a, b = random("float64", 2, 5, 3), random("float64", 2, 5, 2, seed=1)
    a[1, :, 2] = a[1, :, 1]
    x, y = pt.dtensor3(), pt.dtensor3()
    solution, squares, rank, _ = lamina.function([x, y], lstsq(x, y))(a, b)
    np.testing.assert_array_equal(rank, [3, 2])
    for i in range(2):
        close(solution[i], np.linalg.lstsq(a[i], b[i])[0])
    close(squares[0], np.linalg.lstsq(a[0], b[0])[1])
    assert np.isnan(squares[1]).all()


def test_empty_systems_are_solved_by_zeros_and_lapack_has_no_complaint(capfd):
    x, y = pt.dmatrix(), pt.dmatrix()
    function = lamina.function([x, y], lstsq(x, y))
    for m, n, count in ((0, 3, 2), (3, 0, 2), (0, 0, 2), (3, 2, 0), (2, 2, 0)):
        a, b = np.eye(m, n), np.ones((m, count))
        for ours, theirs in zip(function(a, b), np.linalg.lstsq(a, b), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert "illegal value" not in "".join(capfd.readouterr())


def test_nan_raises_and_there_is_no_gradient():
    x, y = pt.dmatrix(), pt.dvector()
    with pytest.raises(np.linalg.LinAlgError, match="lstsq: SVD did not converge"):
        lamina.function([x, y], lstsq(x, y))(np.full((2, 2), np.nan), np.ones(2))
    with pytest.raises(MethodNotDefined, match="pinv"):
        lamina.grad(lstsq(x, y)[0].sum(), x)
