"""Schur's decomposition."""

import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.ops.schur import ORDERS, schur
from tests.matrices import adjoint, close, each_dtype, random


def test_factors_of_batches_make_the_matrix_again():
    def build(a):
        return [*schur(a), *schur(a, "complex"), *schur(pt.matrix_transpose(a)[..., ::-1])]

    for (a,), found in each_dtype(build, lambda d: random(d, 2, 5, 5)):
        turned = np.swapaxes(a, -1, -2)[..., ::-1]
        for matrix, t, z in zip((a, a, turned), found[::2], found[1::2], strict=True):
            close(z @ t @ adjoint(z), matrix)
            close(adjoint(z) @ z, np.broadcast_to(np.eye(5), a.shape))
            close(t, np.triu(t, -1))
        close(found[2], np.triu(found[2]))
        assert found[2].dtype.kind == "c"


@pytest.mark.parametrize("output", ["real", "complex"])
def test_chosen_eigenvalues_come_first_as_in_scipy(output):
    def build(a):
        return [y for sort in ORDERS for y in schur(a, output, sort=sort)]

    for (a,), found in each_dtype(
        build, lambda d: random(d, 6, 6), dtypes=("float64", "complex64")
    ):
        for i, sort in enumerate(ORDERS):
            t, z, count = found[3 * i : 3 * i + 3]
            close(z @ t @ adjoint(z), a)
            assert count == scipy.linalg.schur(a, output=output, sort=sort)[2]
            values = np.linalg.eigvals(t[:count, :count])
            assert ORDERS[sort](values.real, values.imag).all()


def test_nan_raises_and_empty_matrices_have_empty_factors():
    x = pt.dmatrix()
    function = lamina.function([x], schur(x, sort="lhp"))
    with pytest.raises(np.linalg.LinAlgError, match="schur: Schur form not found"):
        function(np.full((2, 2), np.nan))
    t, z, count = function(np.zeros((0, 0)))
    assert t.shape == z.shape == (0, 0) and count == 0
    with pytest.raises(ValueError, match="sort"):
        schur(x, sort="middle")
    with pytest.raises(ValueError, match="output"):
        schur(x, "imaginary")
