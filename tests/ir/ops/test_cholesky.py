"""Cholesky's decomposition."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.cholesky import cholesky
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, positive_definite


def test_factors_of_a_batch_and_of_views_agree_with_numpy():
    def build(a):
        turned = pt.matrix_transpose(a)[:, ::-1, ::-1, ::-1]
        return [cholesky(a), cholesky(a, lower=False), cholesky(turned), cholesky(a[0, 0, :1, :1])]

    for (a,), (lower, upper, turned, one) in each_dtype(
        build, lambda dtype: positive_definite(dtype, 2, 3, 4, 4)
    ):
        close(lower, np.linalg.cholesky(a))
        close(upper, adjoint(np.linalg.cholesky(a)))
        close(turned, np.linalg.cholesky(np.swapaxes(a, -1, -2)[:, ::-1, ::-1, ::-1]))
        close(one, np.sqrt(a[0, 0, :1, :1]))


def test_only_one_triangle_is_read():
    a = positive_definite("float64", 4, 4)
    x = pt.dmatrix()
    below, above = lamina.function([x], [cholesky(pt.tril(x)), cholesky(pt.triu(x), lower=False)])(
        a
    )
    close(below, np.linalg.cholesky(a))
    close(above, np.linalg.cholesky(a).T)


def test_a_matrix_that_is_not_positive_definite_raises_by_its_number_or_becomes_nan():
    x = pt.dtensor3("x")
    a = np.stack([np.eye(2), -np.eye(2), np.ones((2, 2)) - 1])
    function = lamina.function([x], cholesky(x))
    with pytest.raises(np.linalg.LinAlgError, match=r"cholesky: .*matrix 1 of the batch.*\.py"):
        function(a)
    filled = lamina.function([x], cholesky(x, on_error="nan"))(a)
    np.testing.assert_array_equal(filled[0], np.eye(2))
    assert np.isnan(filled[1:]).all()
    with pytest.raises(ValueError, match="on_error"):
        cholesky(x, on_error="ignore")


def test_empty_matrices_and_batches_have_empty_factors():
    x = pt.dtensor3()
    function = lamina.function([x], cholesky(x))
    for shape in ((0, 2, 2), (2, 0, 0)):
        assert function(np.zeros(shape)).shape == shape


def test_types_say_what_is_known():
    assert cholesky(pt.tensor(dtype="int32", shape=(2, 3, 3))).type.shape == (2, 3, 3)
    assert cholesky(pt.imatrix()).dtype == "float64"
    assert cholesky(pt.tensor(dtype="float16", shape=(3, 3))).dtype == "float32"
    with pytest.raises(ValueError, match="square"):
        cholesky(pt.tensor(dtype="float64", shape=(2, 3)))
    with pytest.raises(ValueError, match="matrices"):
        cholesky(pt.dvector())


def test_first_and_second_gradients_agree_with_differences():
    real, complex_ = (positive_definite(d, 2, 3, 3) for d in ("float64", "complex128"))
    assert_gradients_agree(
        {
            "lower": (first_and_second(cholesky), [real]),
            "upper": (lambda x: cholesky(x, lower=False), [real]),
            "complex": (lambda x: [cholesky(x), cholesky(x, lower=False)], [complex_]),
        }
    )
