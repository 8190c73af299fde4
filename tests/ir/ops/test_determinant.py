"""Determinants."""

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.ir.ops.determinant import det, slogdet
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import close, each_dtype, random


def test_determinants_of_batches_and_views_agree_with_numpy():
    def build(a):
        turned = pt.matrix_transpose(a)[..., ::-1, :]
        return [det(a), *slogdet(a), det(turned), *slogdet(turned), det(a[0, 0])]

    for (a,), found in each_dtype(build, lambda d: random(d, 2, 3, 4, 4)):
        turned = np.swapaxes(a, -1, -2)[..., ::-1, :]
        expected = [
            np.linalg.det(a), *np.linalg.slogdet(a), np.linalg.det(turned),
            *np.linalg.slogdet(turned), np.linalg.det(a[0, 0]),
        ]  # fmt: skip
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.dtype == theirs.dtype
            close(ours, theirs)


def test_singular_and_empty_matrices_have_numpys_determinants():
    x = pt.dtensor3()
    function = lamina.function([x], [det(x), *slogdet(x)])
    for a in (
        np.zeros((2, 3, 3)),
        np.zeros((2, 0, 0)),
        np.zeros((0, 3, 3)),
        np.full((1, 2, 2), np.nan),
    ):
        with np.errstate(invalid="ignore"):
            expected = [np.linalg.det(a), *np.linalg.slogdet(a)]
        for ours, theirs in zip(function(a), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_product_that_overflows_on_the_way_is_right_in_the_end():
    x = pt.dmatrix()
    found = lamina.function([x], det(x))(np.diag([1e200, 1e200, -1e-200, 1e-200]))
    np.testing.assert_allclose(found, -1, rtol=1e-12)


def test_a_determinant_within_range_has_all_digits():
    a = np.diag(np.full(20, 1.1))
    x = pt.dmatrix()
    np.testing.assert_allclose(lamina.function([x], det(x))(a), np.prod(np.diag(a)), rtol=1e-15)


def test_first_and_second_gradients_agree_with_differences():
    a = random("complex128", 2, 3, 3)
    assert_gradients_agree(
        {
            "det": (first_and_second(det), [a.real]),
            "slogdet": (first_and_second(lambda x: slogdet(x)[1]), [a.real]),
            "with sign": (slogdet, [a.real]),
            "complex": (lambda x: [det(x), *slogdet(x)], [a]),
            "direction": (lambda x: slogdet(x)[0], [a]),
        }
    )
