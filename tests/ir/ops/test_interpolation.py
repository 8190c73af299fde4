"""Values between samples of a function of one variable."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.interpolation import interp, interpolate1d
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
XP = np.array([-1.0, 0.0, 0.5, 0.5, 2.0, 3.5])
FP = np.array([3.0, -1.0, 2.0, 2.5, np.inf, 0.0])
X = np.concatenate([XP, RNG.uniform(-2, 5, 30), [np.nan, np.inf, -np.inf]]).reshape(3, -1)


def _both(*args, **kwargs):
    """interp of arrays x, xp, fp with more arguments, here and in NumPy."""
    return (
        lambda x, xp, fp: interp(x, xp, fp, *args, **kwargs),
        lambda x, xp, fp: np.interp(x, xp, fp, *args, **kwargs),
    )


FORMS = {
    "as it is": _both(),
    "with ends": _both(-7.0, 9),
    "with a left end": _both(left=np.nan),
    "periodic": _both(period=1.3),
    "with a negative period": _both(period=-4),
    "one sample": (
        lambda x, xp, fp: interp(x, xp[1:2], fp[1:2], right=4.0),
        lambda x, xp, fp: np.interp(x, xp[1:2], fp[1:2], right=4.0),
    ),
    "at a number": (
        lambda x, xp, fp: interp(0.25, xp, fp),
        lambda x, xp, fp: np.interp(0.25, xp, fp),
    ),
}


@pytest.mark.filterwarnings("ignore:invalid value encountered in remainder")
def test_interpolated_values_are_numpys():
    agree(FORMS, [X, XP, FP], [X[:0], XP, FP], [X, XP[:2], FP[:2]], [X, XP, np.sign(FP)], ulp=4)
    agree(FORMS, [X.astype("float32"), np.arange(6), np.arange(6)[::-1]], ulp=4)
    assert not static_shapes(FORMS, X, XP, FP)


@pytest.mark.filterwarnings("ignore:invalid value encountered in remainder")
def test_samples_may_be_complex():
    forms = {k: f for k, f in FORMS.items() if "left" not in k}
    agree(forms, [X, np.unique(XP), RNG.normal(size=5) + 1j * RNG.normal(size=5)], ulp=8)


def test_samples_that_cannot_be_are_refused():
    v, m = pt.vector("v"), pt.matrix("m")
    with pytest.raises(ValueError, match="are vectors"):
        interp(v, m, v)
    with pytest.raises(ValueError, match="not of the same length"):
        interp(v, pt.vector(shape=(3,)), pt.vector(shape=(4,)))
    with pytest.raises(ValueError, match="non-zero"):
        interp(v, v, v, period=0)
    with pytest.raises(TypeError, match="real positions"):
        interp(pt.zvector(), v, v)
    with pytest.raises(ValueError, match="is empty"):
        interp(v, pt.vector(shape=(0,)), pt.vector(shape=(0,)))
    with pytest.raises(ValueError, match="must be one of"):
        interpolate1d(v, v, "cubic")
    with pytest.raises(ValueError, match="array of sample points is empty"):
        lamina.function([v], interp(1.0, v, v))([])


def test_gradients_with_respect_to_places_and_samples():
    xp, fp = np.unique(XP), RNG.normal(size=5)
    x = RNG.uniform(-2, 5, (2, 4))
    verify_grad(lambda x, xp, fp: interp(x, xp, fp), [x, xp, fp])
    verify_grad(lambda x, fp: interp(x, xp, fp, period=3.0), [x, fp])
    verify_grad(lambda x, xp, fp: interpolate1d(xp, fp)(x), [x, xp, fp])
    for method in ("nearest", "first", "last", "mean"):
        verify_grad(lambda fp, m=method: interpolate1d(xp, fp, m)(x), [fp])


def test_gradients_at_and_beyond_the_ends_are_finite():
    x = pt.vector("x")
    y = interp(x, XP, np.arange(6.0))
    found = lamina.function([x], lamina.grad(y.sum(), x))([-5.0, -1.0, 3.5, 9.0])
    np.testing.assert_allclose(found, [0, 1, 0, 0])


PLACES = np.array([-1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 2.5, 9.0])


@pytest.mark.parametrize(
    "method, expected",
    [
        ("linear", [0.0, 2.0, 2.5, 3.0, 3.5, 4.0, 10.0, 13.0, 52.0]),
        ("nearest", [2.0, 2.0, 2.0, 2.0, 4.0, 4.0, 10.0, 10.0, 10.0]),
        ("first", [2.0, 2.0, 2.0, 2.0, 2.0, 4.0, 10.0, 10.0, 10.0]),
        ("last", [2.0, 2.0, 4.0, 4.0, 4.0, 4.0, 10.0, 10.0, 10.0]),
        ("mean", [2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 10.0, 10.0, 10.0]),
    ],
)
def test_functions_between_samples_in_any_order(method, expected):
    f = interpolate1d([2.0, 0.0, 1.0], [10.0, 2.0, 4.0], method)
    x = pt.vector("x")
    padded = interpolate1d([2.0, 0.0, 1.0], [10.0, 2.0, 4.0], method, -1.0, 99.0)
    inside = interpolate1d([2.0, 0.0, 1.0], [10.0, 2.0, 4.0], method, extrapolate=False)
    found = lamina.function([x], [f(x), padded(x), inside(x)])(PLACES)
    np.testing.assert_allclose(found[0], expected)
    outside = (PLACES < 0) | (PLACES > 2)
    np.testing.assert_allclose(
        found[1], np.where(outside, np.where(PLACES < 0, -1.0, 99.0), expected)
    )
    np.testing.assert_allclose(
        found[2], np.where(outside, np.where(PLACES < 0, 2.0, 10.0), expected)
    )
