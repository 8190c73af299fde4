"""Singular value decomposition."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.svd import svd
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, random

SHAPES = [(3, 3), (5, 3), (3, 5)]


def test_factors_of_batches_make_the_matrix_again_and_values_agree_with_numpy():
    def build(*matrices):
        return [y for x in matrices for y in (*svd(x), *svd(x, False), svd(x, compute_uv=False))]

    makers = [lambda d, s=s: random(d, 2, 3, *s) for s in SHAPES]
    for arrays, found in each_dtype(build, *makers):
        for i, a in enumerate(arrays):
            whole_u, s, whole_vh, u, t, vh, only = found[7 * i : 7 * i + 7]
            k = s.shape[-1]
            for values in (s, t, only):
                close(values, np.linalg.svd(a, compute_uv=False))
            close(u * t[..., None, :] @ vh, a)
            close(whole_u[..., :k] * s[..., None, :] @ whole_vh[..., :k, :], a)
            for x in (whole_u, adjoint(whole_vh), u, adjoint(vh)):
                close(
                    adjoint(x) @ x, np.broadcast_to(np.eye(x.shape[-1]), (2, 3) + x.shape[-1:] * 2)
                )


def test_views_are_decomposed():
    x, a = pt.dmatrix(), random("float64", 6, 4)
    u, s, vh = lamina.function([x], svd(x.T[::-1, ::2], False))(a)
    close(u * s @ vh, a.T[::-1, ::2])


def test_nan_and_infinity_raise():
    x = pt.dmatrix()
    function = lamina.function([x], svd(x, compute_uv=False))
    for bad in (np.nan, np.inf):
        with pytest.raises(np.linalg.LinAlgError, match="svd: SVD did not converge"):
            function(np.array([[1.0, bad], [0.0, 1.0]]))


def test_empty_matrices_have_numpys_factors():
    x = pt.dmatrix()
    function = lamina.function([x], [*svd(x), *svd(x, False)])
    for shape in ((0, 3), (3, 0), (0, 0)):
        a = np.zeros(shape)
        for ours, theirs in zip(
            function(a), [*np.linalg.svd(a), *np.linalg.svd(a, False)], strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


def test_types_say_what_is_known():
    a = pt.tensor(dtype="complex64", shape=(2, 5, 3))
    assert [v.type.shape for v in svd(a)] == [(2, 5, 5), (2, 3), (2, 3, 3)]
    assert [v.type.shape for v in svd(a, False)] == [(2, 5, 3), (2, 3), (2, 3, 3)]
    assert svd(a, False)[1].dtype == "float32"


def test_vectors_that_complete_a_basis_have_no_gradient():
    x = pt.dmatrix()
    with pytest.raises(MethodNotDefined, match="full_matrices=False"):
        lamina.grad(svd(x)[0].sum(), x)


def _without_phase(x):
    u, s, vh = svd(x, False)
    return [s, abs(u) ** 2, abs(vh) ** 2, (u * pt.exp(s)[..., None, :]) @ vh]


def test_gradients_agree_with_differences():
    forms = {}
    for name, shape in zip(("square", "tall", "wide"), SHAPES, strict=True):
        real, complex_ = (random(d, 2, *shape) for d in ("float64", "complex128"))
        forms[f"{name}"] = (lambda x: svd(x, False)), [real]
        forms[f"{name} complex"] = _without_phase, [complex_]
        forms[f"values {name}"] = (lambda x: [svd(x)[1], svd(x, compute_uv=False)]), [complex_]
    forms["second"] = first_and_second(lambda x: svd(x, False)), [random("float64", 4, 3)]
    forms["second of values"] = (
        first_and_second(lambda x: svd(x, compute_uv=False)), [random("float64", 3, 4)]
    )  # fmt: skip
    assert_gradients_agree(forms, tolerance=1e-5)


def test_equal_values_leave_the_gradient_of_their_sum_finite():
    x = pt.dmatrix()
    u, s, vh = svd(x, False)
    gradient = lamina.function([x], lamina.grad((s**2).sum() + 0 * u.sum(), x))(np.eye(3))
    close(gradient, 2 * np.eye(3))
