"""The generalized Schur decomposition."""

import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.ops.qz import ordqz, qz
from lamina.ir.ops.schur import ORDERS
from tests.matrices import adjoint, close, each_dtype, random


def test_factors_of_batches_make_the_matrices_again():
    def build(a, b):
        return [*qz(a, b), *qz(a, b, "complex")]

    makers = [lambda d: random(d, 2, 4, 4), lambda d: random(d, 2, 4, 4, seed=1)]
    for (a, b), found in each_dtype(build, *makers):
        for s, t, q, z in (found[:4], found[4:]):
            close(q @ s @ adjoint(z), a)
            close(q @ t @ adjoint(z), b)
            for x in (q, z):
                close(adjoint(x) @ x, np.broadcast_to(np.eye(4), a.shape))
            close(t, np.triu(t))


def test_chosen_eigenvalues_come_first_as_in_scipy():
    def build(a, b):
        return [y for sort in ORDERS for y in ordqz(a, b, sort)]

    makers = [lambda d: random(d, 5, 5), lambda d: random(d, 5, 5, seed=1)]
    for (a, b), found in each_dtype(build, *makers, dtypes=("float64", "complex128")):
        for i, sort in enumerate(ORDERS):
            s, t, alpha, beta, q, z = found[6 * i : 6 * i + 6]
            close(q @ s @ adjoint(z), a)
            close(q @ t @ adjoint(z), b)
            expected = scipy.linalg.ordqz(a, b, sort=sort)
            chosen = ORDERS[sort]((alpha / beta).real, (alpha / beta).imag)
            assert (np.diff(chosen.astype(int)) <= 0).all()
            ours, theirs = (np.sort_complex(x / y) for x, y in ((alpha, beta), expected[2:4]))
            close(ours, theirs, 5000)


def test_nan_raises_and_qz_does_not_sort():
    x = pt.dmatrix()
    with pytest.raises(np.linalg.LinAlgError, match="qz: QZ iteration did not converge"):
        lamina.function([x], qz(x, x))(np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="ordqz"):
        qz(x, x, sort="lhp")
