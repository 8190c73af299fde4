import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.softmax import log_softmax, softmax
from tests.agreement import agree, static_shapes

X = np.random.default_rng(0).normal(size=(3, 4, 2))
FORMS = {
    f"{name} {axis}": (
        lambda x, axis=axis, ours=ours: ours(x, axis),
        lambda x, axis=axis, scipys=scipys: scipys(x, axis).astype(x.dtype),
    )
    for name, ours, scipys in [
        ("softmax", softmax, scipy.special.softmax),
        ("log_softmax", log_softmax, scipy.special.log_softmax),
    ]
    for axis in (None, -1, 0, (0, 2))
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_softmax_is_scipys(dtype):
    agree(FORMS, [X.astype(dtype)], [1000 * X.astype(dtype)], ulp=16)
    assert not static_shapes(FORMS, X)


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE", "NUMPY"])
def test_large_numbers_do_not_overflow(mode):
    x = pt.dvector("x")
    f = lamina.function([x], [softmax(x), log_softmax(x)], mode=mode)
    one, other = f([1000, 0, -1000])
    np.testing.assert_array_equal(one, [1, 0, 0])
    np.testing.assert_array_equal(other, [0, -1000, -2000])
    one, other = f([-800, -800])
    np.testing.assert_allclose(one, [0.5, 0.5])
    np.testing.assert_array_equal(f([0, -np.inf])[0], [1, 0])
    assert f([])[0].shape == (0,)


def test_a_softmax_of_integers_is_floatX():
    assert softmax(pt.ivector()).dtype == log_softmax(pt.bvector()).dtype == "float64"
    with lamina.config.change_flags(floatX="float32"):
        assert softmax(pt.lvector()).dtype == "float32"
    assert softmax(3.0).eval() == 1


@pytest.mark.parametrize("name", FORMS)
def test_the_gradient_of_a_softmax(name):
    verify_grad(FORMS[name][0], [X], n_tests=1)
    x = pt.dtensor3("x")
    g = lamina.function([x], pt.grad((FORMS[name][0](x) * X).sum(), x))
    assert np.isfinite(g(1000 * X)).all()
