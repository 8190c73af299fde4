"""LU decomposition."""

import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.ops.lu import SwapRows, lu, lu_factor, lu_solve, pivot_to_permutation
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, random

SHAPES = [(4, 4), (5, 3), (3, 5)]


def test_packed_factors_and_pivots_agree_with_scipy():
    def build(*matrices):
        return [y for x in matrices for y in lu_factor(x)]

    makers = [lambda d, s=s: random(d, *s) for s in SHAPES]
    for arrays, found in each_dtype(build, *makers):
        for a, packed, pivots in zip(arrays, found[::2], found[1::2], strict=True):
            expected, expected_pivots = scipy.linalg.lu_factor(a)
            close(packed, expected)
            np.testing.assert_array_equal(pivots, expected_pivots)
            assert pivots.dtype == "int32"


def test_factors_of_batches_and_views_make_the_matrix_again():
    def build(*matrices):
        found = []
        for x in matrices:
            found += [*lu(x), *lu(x, permute_l=True), *lu(x, p_indices=True)]
        return [*found, *lu(pt.matrix_transpose(matrices[1])[..., ::-1])]

    makers = [lambda d, s=s: random(d, 2, 3, *s) for s in SHAPES]
    for arrays, found in each_dtype(build, *makers, dtypes=("float32", "complex128")):
        for i, a in enumerate(arrays):
            p, lower, upper, permuted, again, order, *_ = found[8 * i : 8 * i + 8]
            k = min(a.shape[-2:])
            assert lower.shape[-1] == upper.shape[-2] == k
            close(p @ lower @ upper, a)
            close(permuted @ again, a)
            close(np.take_along_axis(lower, order[..., None], -2) @ upper, a)
            np.testing.assert_array_equal(lower, np.tril(lower, -1) + np.eye(*lower.shape[-2:]))
            np.testing.assert_array_equal(upper, np.triu(upper))
            assert p.dtype == a.dtype and order.dtype == "int64"
        p, lower, upper = found[-3:]
        close(p @ lower @ upper, np.swapaxes(arrays[1], -1, -2)[..., ::-1])


def test_singular_matrices_have_factors():
    x = pt.dmatrix()
    p, lower, upper = lamina.function([x], lu(x))(np.ones((3, 3)))
    np.testing.assert_array_equal(p @ lower @ upper, np.ones((3, 3)))


def test_solutions_from_the_factors_solve():
    def build(a, b):
        return [
            *(lu_solve(lu_factor(a), b, trans=t) for t in (0, 1, 2)),
            lu_solve(lu_factor(a), b[..., 0], b_ndim=1),
        ]

    for (a, b), found in each_dtype(
        build, lambda d: random(d, 2, 4, 4), lambda d: random(d, 2, 4, 3)
    ):
        for matrix, x in zip([a, np.swapaxes(a, -1, -2), adjoint(a)], found[:3], strict=True):
            close(matrix @ x, b, 2000)
        close(found[3], found[0][..., 0])


def test_pivots_are_a_permutation_and_its_inverse():
    p = pt.lvector()
    pivots = np.array([2, 3, 2, 3])
    there, back = lamina.function(
        [p], [pivot_to_permutation(p), pivot_to_permutation(p, inverse=True)]
    )(pivots)
    expected = np.arange(4)
    for i, j in enumerate(pivots):
        expected[[i, j]] = expected[[j, i]]
    np.testing.assert_array_equal(back, expected)
    np.testing.assert_array_equal(there, np.argsort(expected))


def test_a_pivot_that_is_no_row_raises():
    x, p = pt.dmatrix(), pt.lvector()
    function = lamina.function([x, p], SwapRows()(x, p))
    for pivots in ([0, 2], [-1, 0], [0, 1, 1]):
        with pytest.raises(np.linalg.LinAlgError, match="pivot"):
            function(np.eye(2), np.array(pivots))


def test_empty_matrices_have_empty_factors_and_types_say_what_is_known():
    x = pt.dmatrix()
    function = lamina.function([x], lu(x))
    for shape in ((0, 3), (3, 0), (0, 0)):
        p, lower, upper = function(np.zeros(shape))
        np.testing.assert_array_equal(p, np.eye(shape[0]))
        assert lower.shape == (shape[0], 0) and upper.shape == (0, shape[1])
    known = lu(pt.tensor(dtype="float32", shape=(2, 3, 5)))
    assert [v.type.shape for v in known] == [(2, 3, 3), (2, 3, 3), (2, 3, 5)]
    assert [v.type.shape for v in lu_factor(pt.tensor(dtype="int8", shape=(5, 3)))] == [
        (5, 3),
        (3,),
    ]


def test_gradients_agree_with_differences():
    forms = {}
    for dtype in ("float64", "complex128"):
        for shape in SHAPES if dtype == "complex128" else SHAPES[1:]:
            forms[f"packed {dtype} {shape}"] = lu_factor, [random(dtype, 2, *shape)]
        forms[f"factors {dtype}"] = lu, [random(dtype, 3, 4)]
        square, b = random(dtype, 2, 3, 3), random(dtype, 2, 3, 2)
        forms[f"solve {dtype}"] = (
            lambda a, b: [lu_solve(lu_factor(a), b, trans=t) for t in (0, 1, 2)],
            [square, b],
        )
    forms["second"] = first_and_second(lambda a: lu(a, permute_l=True)), [square[0].real]
    assert_gradients_agree(forms, tolerance=1e-5)
