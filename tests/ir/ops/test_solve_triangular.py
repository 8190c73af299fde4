"""Linear systems with triangular matrices."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.solve_triangular import solve_triangular
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, random

CASES = [(t, lower, unit) for t in (0, 1, 2) for lower in (False, True) for unit in (False, True)]


def _well_conditioned(dtype: str, *shape: int) -> np.ndarray:
    return random(dtype, *shape) / 4 + np.eye(shape[-1], dtype=dtype)


def _used(a: np.ndarray, trans: int, lower: bool, unit: bool) -> np.ndarray:
    """The matrix that is solved with."""
    a = np.tril(a) if lower else np.triu(a)
    if unit:
        a = a * (1 - np.eye(a.shape[-1])) + np.eye(a.shape[-1])
    return [a, np.swapaxes(a, -1, -2), adjoint(a)][trans]


def test_all_forms_solve_a_batch_with_matrices_in_any_layout():
    def build(a, b):
        forms = [
            solve_triangular(a, b, trans=t, lower=lower, unit_diagonal=unit)
            for t, lower, unit in CASES
        ]
        turned = solve_triangular(pt.matrix_transpose(a), b[..., ::-1, ::2], lower=True)
        vectors = solve_triangular(a, b[..., 0], b_ndim=1, trans="T")
        return [*forms, turned, vectors, solve_triangular(a[0], b[0, 0]), a[0, 0][:1, :1]]

    for (a, b), (*found, turned, vectors, broadcast, _) in each_dtype(
        build, lambda d: _well_conditioned(d, 2, 3, 4, 4), lambda d: random(d, 2, 3, 4, 5)
    ):
        for case, x in zip(CASES, found, strict=True):
            close(_used(a, *case) @ x, b)
        close(np.tril(np.swapaxes(a, -1, -2)) @ turned, b[..., ::-1, ::2])
        close(_used(a, 1, False, False) @ vectors[..., None], b[..., :1])
        close(np.triu(a[0]) @ broadcast, np.stack([b[0, 0]] * 3))


def test_a_static_1_broadcasts():
    a = pt.tensor(dtype="float64", shape=(1, None, None))
    b = pt.dtensor3()
    x = lamina.function([a, b], solve_triangular(a, b))(np.eye(2)[None] * 2, np.ones((3, 2, 2)))
    np.testing.assert_array_equal(x, np.full((3, 2, 2), 0.5))


def test_a_zero_on_the_diagonal_raises_unless_it_is_not_read():
    a, b = pt.dmatrix(), pt.dvector()
    singular = np.array([[1.0, 2.0], [3.0, 0.0]])
    with pytest.raises(np.linalg.LinAlgError, match="solve_triangular: Singular"):
        lamina.function([a, b], solve_triangular(a, b))(singular, np.ones(2))
    x = lamina.function([a, b], solve_triangular(a, b, unit_diagonal=True))(singular, np.ones(2))
    np.testing.assert_array_equal(x, [-1, 1])


def test_nothing_to_solve_is_nothing():
    a, b = pt.dmatrix(), pt.dmatrix()
    function = lamina.function([a, b], solve_triangular(a, b))
    assert function(np.zeros((0, 0)), np.zeros((0, 3))).shape == (0, 3)
    assert function(np.eye(2), np.zeros((2, 0))).shape == (2, 0)


def test_bad_arguments_are_refused_where_the_graph_is_built():
    with pytest.raises(ValueError, match="trans"):
        solve_triangular(pt.dmatrix(), pt.dvector(), trans=3)
    with pytest.raises(ValueError, match="b_ndim"):
        solve_triangular(pt.dmatrix(), pt.dvector(), b_ndim=3)
    with pytest.raises(ValueError, match="dimensions"):
        solve_triangular(pt.dmatrix(), pt.dvector(), b_ndim=2)


def test_gradients_agree_with_differences():
    def every(a, b):
        return [
            solve_triangular(a, b, trans=t, lower=lower, unit_diagonal=unit)
            for t, lower, unit in CASES
        ]

    a, z = (_well_conditioned(d, 2, 3, 3) for d in ("float64", "complex128"))
    b, w = (random(d, 2, 3, 2) for d in ("float64", "complex128"))
    assert_gradients_agree(
        {
            "real": (every, [a, b]),
            "complex": (every, [z, w]),
            "second": (first_and_second(solve_triangular), [a[0], b[0]]),
            "one matrix for a batch": (solve_triangular, [a[0], b]),
            "vectors": (lambda a, b: solve_triangular(a, b, b_ndim=1), [z, w[..., 0]]),
        }
    )
