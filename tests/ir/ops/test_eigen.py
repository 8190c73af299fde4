"""Eigenvalues and eigenvectors of general matrices."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.eigen import eig
from lamina.ir.ops.matrix_inverse import inv
from tests.gradients import assert_gradients_agree
from tests.matrices import close, each_dtype, random


def test_eigenpairs_of_batches_and_views_satisfy_their_equation():
    def build(a):
        return [*eig(a), *eig(pt.matrix_transpose(a)[..., ::-1])]

    for (a,), (w, v, w2, v2) in each_dtype(build, lambda d: random(d, 2, 3, 5, 5)):
        turned = np.swapaxes(a, -1, -2)[..., ::-1]
        assert w.dtype == v.dtype == np.result_type(a.dtype, "complex64")
        for matrix, values, vectors in ((a, w, v), (turned, w2, v2)):
            close(matrix @ vectors, vectors * values[..., None, :])
            close(np.linalg.norm(vectors, axis=-2), np.ones(values.shape))
            ours, theirs = np.sort_complex(values), np.sort_complex(np.linalg.eigvals(matrix))
            close(ours, theirs)


def test_nan_and_infinity_raise_and_empty_matrices_have_no_eigenvalues():
    x = pt.dtensor3()
    function = lamina.function([x], eig(x))
    for bad in (np.nan, np.inf):
        with pytest.raises(np.linalg.LinAlgError, match="eig: Array must not contain infs or NaNs"):
            function(np.full((1, 2, 2), bad))
    for shape in ((2, 0, 0), (0, 2, 2)):
        w, v = function(np.zeros(shape))
        assert w.shape == shape[:-1] and v.shape == shape


def _without_phase(x):
    w, v = eig(x)
    return [w, abs(v) ** 2, (v * pt.exp(w)[..., None, :]) @ inv(v)]


def test_gradients_agree_with_differences():
    assert_gradients_agree(
        {
            "values": (lambda x: eig(x)[0], [random("float64", 2, 3, 3)]),
            "real": (_without_phase, [random("float64", 2, 4, 4)]),
            "complex": (_without_phase, [random("complex128", 2, 3, 3)]),
        }
    )
