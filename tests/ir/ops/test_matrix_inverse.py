"""Inverses of matrices."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.matrix_inverse import inv
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import close, each_dtype, random


def test_inverses_of_batches_and_views_agree_with_numpy():
    def build(a):
        return [inv(a), inv(pt.matrix_transpose(a)[..., ::-1, :]), inv(a[0, 0, :1, :1])]

    for (a,), (found, turned, one) in each_dtype(build, lambda d: random(d, 2, 3, 4, 4)):
        close(found @ a, np.broadcast_to(np.eye(4), a.shape), 1000)
        close(turned @ np.swapaxes(a, -1, -2)[..., ::-1, :], np.eye(4) + 0 * a, 1000)
        close(one, 1 / a[0, 0, :1, :1])


def test_a_large_matrix_is_inverted():
    a = random("float64", 150, 150)
    x = pt.dmatrix()
    close(lamina.function([x], inv(x))(a) @ a, np.eye(150), 1e5)


def test_integers_are_inverted_as_floats():
    x = pt.lmatrix()
    np.testing.assert_array_equal(
        lamina.function([x], inv(x))(np.eye(2, dtype=int) * 2), np.eye(2) / 2
    )


def test_a_singular_matrix_raises_by_its_number():
    x = pt.dtensor3("x")
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix .matrix 1 of the batch"):
        lamina.function([x], inv(x))(np.stack([np.eye(2), np.zeros((2, 2))]))


def test_empty_matrices_and_batches_have_empty_inverses():
    x = pt.dtensor3()
    function = lamina.function([x], inv(x))
    for shape in ((0, 2, 2), (2, 0, 0)):
        assert function(np.zeros(shape)).shape == shape


def test_first_and_second_gradients_agree_with_differences():
    a = random("complex128", 2, 3, 3) + 3 * np.eye(3)
    assert_gradients_agree(
        {"real": (first_and_second(inv), [a.real]), "complex": (first_and_second(inv), [a])}
    )
