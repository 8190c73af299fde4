"""How often each number occurs."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree

X = np.random.default_rng(0).integers(0, 9, 50)
W = np.random.default_rng(1).normal(size=50)
FORMS = {
    "counts": lambda m, x, w: m.bincount(x),
    "with weights": lambda m, x, w: m.bincount(x, w),
    "at least so many": lambda m, x, w: m.bincount(x, minlength=20),
    "weights, at least so many": lambda m, x, w: m.bincount(x[::-2], w[::-2], 5),
}


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint16", "bool"])
def test_counts_are_numpys(dtype):
    x = X.astype(dtype)
    agree(FORMS, [x, W], [x[:1], W[:1]], ulp=4)
    # of no weights, NumPy gives an array of ints
    agree(FORMS, [x[:0], W[:0]], dtypes=False)
    agree(FORMS, [x, W.astype("float32")], ulp=4)


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(TypeError, match="counts integers"):
        pt.bincount(pt.vector())
    with pytest.raises(TypeError, match="counts integers"):
        pt.bincount(pt.vector(dtype="uint64"))
    with pytest.raises(ValueError, match="takes a vector"):
        pt.bincount(pt.lmatrix())
    with pytest.raises(TypeError, match="weights"):
        pt.bincount(pt.lvector(), pt.zvector())
    with pytest.raises(ValueError, match="'minlength' must not be negative"):
        pt.bincount(pt.lvector(), minlength=-1)


def test_negative_numbers_and_a_wrong_number_of_weights_are_found_when_the_function_runs():
    x, w, n = pt.lvector("x"), pt.vector("w"), pt.lscalar("n")
    f = lamina.function([x, w, n], pt.bincount(x, w, n))
    np.testing.assert_array_equal(f([1, 1], [0.5, 0.25], 3), [0, 0.75, 0])
    with pytest.raises(ValueError, match="must have no negative elements"):
        f([1, -1], [0.5, 0.25], 3)
    with pytest.raises(ValueError, match="lengths|length"):
        f([1, 1], [0.5], 3)


def test_a_count_without_weights_finds_negative_numbers_too():
    x = pt.bvector("x")
    f = lamina.function([x], pt.bincount(x))
    with pytest.raises(ValueError, match="must have no negative elements"):
        f(np.array([-3, 2], np.int8))


def test_the_gradient_of_a_weight_is_that_of_its_sum():
    verify_grad(lambda w: pt.bincount(X, w, 12), [W])
