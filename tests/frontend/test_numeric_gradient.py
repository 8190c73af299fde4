import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import GradientError, grad_scale, numeric_grad, verify_grad

POINT = np.array([[0.3, -1.2, 2.0]])


def test_central_differences_are_the_derivative():
    x, z = np.array([0.5, 2.0]), np.array(1 + 2j)
    by_x, by_z = numeric_grad(lambda x, z: (x**3).sum() * abs(z) ** 2, [x, z])
    np.testing.assert_allclose(by_x, 15 * x**2, rtol=1e-8)
    np.testing.assert_allclose(by_z, 2 * z * 8.125, rtol=1e-8)
    assert numeric_grad(lambda x: x.sum(), [np.zeros(2, "float32")])[0].dtype == "float32"


def test_central_differences_leave_the_point_alone():
    x = np.array([0.5, 2.0])
    numeric_grad(lambda x: x.sum(), [x])
    np.testing.assert_equal(x, [0.5, 2.0])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_a_right_gradient_passes(dtype):
    verify_grad(lambda x, y: pt.sqr(x) * y + x.sum(), [POINT.astype(dtype), POINT.T.astype(dtype)])


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("factor", [1.05, -1.0, 0.0])
def test_a_wrong_gradient_is_found(dtype, factor):
    with pytest.raises(GradientError) as raised:
        verify_grad(lambda x, y: x * grad_scale(y, factor), [POINT.astype(dtype)] * 2)
    error = raised.value
    assert error.arg == 1
    assert error.index in [(0, 0), (0, 1), (0, 2)]
    assert error.analytic == pytest.approx(factor * error.numeric, rel=2e-2, abs=1e-12)
    assert error.abs_err == pytest.approx(abs(error.analytic - error.numeric), rel=1e-6)
    assert "The gradient by operand 1 is" in str(error)


def test_a_gradient_that_is_nan_is_found():
    with pytest.raises(GradientError):
        verify_grad(lambda x: pt.sqrt(x - x), [POINT])


def test_tolerances_and_the_number_of_tests_can_be_given():
    def nearly(x):
        return grad_scale(x, 1 + 1e-6)

    verify_grad(nearly, [POINT])
    with pytest.raises(GradientError):
        verify_grad(nearly, [POINT], abs_tol=0, rel_tol=1e-8)
    verify_grad(nearly, [POINT], n_tests=0, abs_tol=0, rel_tol=1e-8)


def test_random_weights_come_from_the_generator_given():
    with pytest.raises(GradientError) as first:
        verify_grad(lambda x: grad_scale(x, 2.0), [POINT], rng=np.random.default_rng(1))
    with pytest.raises(GradientError) as second:
        verify_grad(lambda x: grad_scale(x, 2.0), [POINT], rng=np.random.default_rng(2))
    assert first.value.numeric != second.value.numeric


@pytest.mark.parametrize("mode", ["NUMPY", "FAST_RUN"])
def test_both_can_be_computed_in_a_mode(mode):
    verify_grad(lambda x: pt.tanh(x) @ x.T, [POINT], mode=mode, n_tests=1)
    with pytest.raises(GradientError):
        verify_grad(lambda x: grad_scale(x, 2.0) @ x.T, [POINT], mode=mode, n_tests=1)


@pytest.mark.parametrize(
    ("fun", "points", "message"),
    [
        (lambda x: x * 2.5, [np.arange(3)], "points of float dtypes, got int64"),
        (lambda x: [x, x], [POINT], "a function with one output"),
        (lambda x: pt.argmax(x), [POINT], "an output of a float dtype, got Scalar"),
    ],
)
def test_what_cannot_be_verified_is_refused(fun, points, message):
    with pytest.raises(TypeError, match=message):
        verify_grad(fun, points)
