"""The largest elements of arrays."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
X = RNG.integers(0, 9, (3, 2, 40)) - 4


def _topk(x, k, axis):
    """The k largest elements, the largest first, of ties the first; the smallest if k < 0."""
    n = x.shape[axis]
    x = np.moveaxis(x, axis, -1)
    rank = np.unique(x, return_inverse=True)[1].reshape(x.shape)
    order = np.lexsort((np.broadcast_to(np.arange(n), x.shape), -rank if k > 0 else rank), axis=-1)
    places = order[..., : abs(k)]
    return (
        np.moveaxis(np.take_along_axis(x, places, -1), -1, axis),
        np.moveaxis(places, -1, axis),
    )


@pytest.mark.parametrize("dtype", ["float64", "float16", "complex64", "int8", "uint64", "bool"])
def test_topk_gives_the_largest_first_and_of_ties_the_first(dtype):
    x = X.astype(dtype)
    if x.dtype.kind in "fc":
        x[RNG.random(x.shape) < 0.1] = np.nan
    forms = {
        f"{k} along {axis}": (
            lambda x, k=k, axis=axis: pt.topk_and_argtopk(x, k, axis),
            lambda x, k=k, axis=axis: _topk(x, k, axis),
        )
        for k, axis in ((2, -1), (-5, 2), (40, 2), (1, 0), (3, 0), (-2, 1))
    }
    agree(forms, [x], [x[:, :, ::-1]])
    assert not static_shapes(forms, x)
    assert pt.argtopk(pt.vector(), 2, idx_dtype="int32").dtype == "int32"
    assert pt.topk(pt.vector(), 2).type.shape == (2,)


def test_the_number_of_largest_elements_may_be_a_variable():
    x, k = pt.vector("x"), pt.lscalar("k")
    f = lamina.function([x, k], pt.topk(x, k))
    a = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(f(a, 2), [3, 2])
    np.testing.assert_array_equal(f(a, -2), [1, 2])
    for wrong in (4, -4):
        with pytest.raises(ValueError, match="kth is more than the axis has elements"):
            f(a, wrong)
    with pytest.raises(ValueError, match="kth is 0"):
        f(a, 0)
    with pytest.raises(ValueError, match="kth is 4, but the axis has length 3"):
        pt.topk(pt.vector(shape=(3,)), 4)
    with pytest.raises(ValueError, match="kth is 0"):
        pt.topk(x, 0)


def test_the_gradient_goes_back_to_where_elements_came_from():
    verify_grad(lambda x: pt.topk(x, 2, 0), [RNG.permutation(12).reshape(4, 3) / 7.0])
