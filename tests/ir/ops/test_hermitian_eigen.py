"""Eigenvalues and eigenvectors of Hermitian matrices."""

import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.ops.hermitian_eigen import eigh, eigvalsh
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, positive_definite, random


def test_eigenpairs_of_batches_satisfy_their_equation_and_one_triangle_is_read():
    def build(a):
        return [*eigh(a), eigvalsh(a), *eigh(a, lower=False), eigvalsh(a, lower=False)]

    for (a,), found in each_dtype(build, lambda d: random(d, 2, 3, 4, 4)):
        for triangle, (w, v, only) in zip("LU", (found[:3], found[3:]), strict=True):
            part = np.tril(a, -1) if triangle == "L" else np.triu(a, 1)
            whole = part + adjoint(part) + a.real * np.eye(4)
            close(whole @ v, v * w[..., None, :])
            close(adjoint(v) @ v, np.broadcast_to(np.eye(4), a.shape))
            close(w, np.linalg.eigvalsh(a, triangle))
            close(only, w)
            assert w.dtype == a.real.dtype


def test_generalized_pairs_satisfy_their_equation():
    def build(a, b):
        return [*eigh(a, b), eigvalsh(a, b), eigvalsh(a, b, lower=False)]

    for (a, b), (w, v, only, upper) in each_dtype(
        build, lambda d: random(d, 2, 4, 4), lambda d: positive_definite(d, 2, 4, 4)
    ):
        part = np.tril(a, -1)
        whole = part + adjoint(part) + a.real * np.eye(4)
        close(whole @ v, b @ v * w[..., None, :], 1000)
        close(adjoint(v) @ b @ v, np.broadcast_to(np.eye(4), a.shape), 1000)
        close(only, w)
        for i in range(2):
            close(upper[i], scipy.linalg.eigh(a[i], b[i], lower=False, eigvals_only=True), 1000)


def test_numpys_names_for_the_triangle_are_understood():
    x = pt.dmatrix()
    assert eigh(x, "U")[0].owner.op == eigh(x, lower=False)[0].owner.op
    assert eigh(x, UPLO="L")[0].owner.op == eigh(x)[0].owner.op
    assert eigvalsh(x, UPLO="U").owner.op == eigvalsh(x, lower=False).owner.op
    assert eigh(x, eigvals_only=True).owner.op == eigvalsh(x).owner.op
    with pytest.raises(ValueError, match="UPLO"):
        eigh(x, UPLO="X")


def test_failures_raise_and_empty_matrices_have_no_eigenvalues():
    x, y = pt.dtensor3(), pt.dmatrix()
    function = lamina.function([x], eigh(x))
    with pytest.raises(np.linalg.LinAlgError, match="eigh: Eigenvalues did not converge"):
        function(np.full((1, 2, 2), np.nan))
    for shape in ((2, 0, 0), (0, 2, 2)):
        w, v = function(np.zeros(shape))
        assert w.shape == shape[:-1] and v.shape == shape
    with pytest.raises(np.linalg.LinAlgError, match="b is not positive definite"):
        lamina.function([x, y], eigh(x, y))(np.eye(2)[None], -np.eye(2))


def _without_phase(*xs):
    w, v = eigh(*xs)
    return [w, abs(v) ** 2, (v * pt.exp(w)[..., None, :]) @ pt.conj(pt.matrix_transpose(v))]


def test_gradients_agree_with_differences():
    a, z = (random(d, 2, 3, 3) for d in ("float64", "complex128"))
    b, y = (positive_definite(d, 2, 3, 3) for d in ("float64", "complex128"))
    assert_gradients_agree(
        {
            "lower": (first_and_second(eigh), [a[0]]),
            "upper": (lambda x: eigh(x, lower=False), [a]),
            "values": (first_and_second(eigvalsh), [z[0]]),
            "values upper": (lambda x: eigvalsh(x, lower=False), [z]),
            "complex": (_without_phase, [z]),
            "generalized": (eigh, [a, b]),
            "generalized upper": (lambda a, b: eigh(a, b, lower=False), [a, b]),
            "generalized complex": (_without_phase, [z, y]),
            "generalized values": (eigvalsh, [z, y]),
        },
        tolerance=1e-5,
    )


def test_equal_eigenvalues_leave_the_gradient_of_their_sum_finite():
    x = pt.dmatrix()
    w, v = eigh(x)
    gradient = lamina.function([x], lamina.grad((w**2).sum() + 0 * v.sum(), x))(np.eye(3))
    close(gradient, 2 * np.eye(3))
