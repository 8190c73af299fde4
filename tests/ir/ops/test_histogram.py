"""How many elements lie between bounds."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 50)).round(1)
W = RNG.integers(1, 9, X.shape).astype(float)
BOUNDS = np.array([-2.0, -0.5, 0.1, 0.1, 0.3, 1.7])
FORMS = {
    "ten bins": lambda m, x, w: m.histogram(x),
    "in a range": lambda m, x, w: m.histogram(x, 7, range=(-0.8, 1.1)),
    "between bounds": lambda m, x, w: m.histogram(x, BOUNDS),
    "one bin": lambda m, x, w: m.histogram(x, 1),
    "weighted": lambda m, x, w: m.histogram(x, 30, weights=w),
    "weighted between bounds": lambda m, x, w: m.histogram(x, BOUNDS, weights=w),
    "density": lambda m, x, w: m.histogram(x, 6, density=True),
    "density between bounds": lambda m, x, w: m.histogram(x, [-3, 0, 1], density=True),
    "of equal elements": lambda m, x, w: m.histogram(x * 0 + 3, 4),
    "bounds that are elements": lambda m, x, w: m.histogram(x, np.array([-1.0, 0.0, 0.5, 1.0])),
}


def test_counts_and_bounds_are_numpys():
    agree(FORMS, [X, W], [X[:1, :1], W[:1, :1]], ulp=8)
    few = {k: f for k, f in FORMS.items() if "density" not in k and "element" not in k}
    agree(few, [X[:0], W[:0]], ulp=8)
    assert not static_shapes(FORMS, X, W)


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint8", "int64"])
def test_other_dtypes_are_counted_as_by_numpy(dtype):
    x = (X * 20).astype("int8").astype(dtype)
    w = (W + 1).astype("int32")
    agree(FORMS, [x, w], ulp=8)


def test_many_random_ranges_agree_with_numpy():
    forms = {}
    for i in range(30):
        low, high = np.sort(RNG.normal(size=2)).round(1) + [0, 0.1]
        bins = int(RNG.integers(1, 40))
        forms[str(i)] = lambda m, x, b=bins, r=(low, high): m.histogram(x, b, r)
    agree(forms, [X], ulp=8)


def test_complex_weights_and_nan():
    x = X.copy()
    x[::3] = np.nan
    forms = {
        "complex": lambda m, x, w: m.histogram(x, 5, (-1, 1), weights=w),
        "complex between bounds": lambda m, x, w: m.histogram(x, BOUNDS, weights=w),
    }
    agree(forms, [x, W * (1 + 2j)], ulp=8)


def test_what_makes_no_bins_is_refused():
    x = pt.vector("x")
    with pytest.raises(ValueError, match="must be positive"):
        pt.histogram(x, 0)
    with pytest.raises(ValueError, match="must increase monotonically"):
        pt.histogram(x, [1.0, 0.0])
    with pytest.raises(ValueError, match="must be 1d"):
        pt.histogram(x, pt.matrix())
    with pytest.raises(ValueError, match="max must be larger than min"):
        pt.histogram(x, 3, (2, 1))
    with pytest.raises(ValueError, match="is not finite"):
        pt.histogram(x, 3, (0, np.inf))
    with pytest.raises(TypeError, match="rules such as 'auto'"):
        pt.histogram(x, "auto")
    with pytest.raises(TypeError, match="takes real elements"):
        pt.histogram(pt.zvector())
    with pytest.raises(ValueError, match="same shape"):
        pt.histogram(x, weights=pt.matrix())


def test_what_makes_no_bins_when_the_function_runs_is_an_error_then():
    x, bins, n, top = pt.vector("x"), pt.vector("bins"), pt.lscalar("n"), pt.scalar("top")
    between = lamina.function([x, bins], pt.histogram(x, bins)[0])
    np.testing.assert_array_equal(between([1, 2, 3.0], [1, 3.0]), [3])
    with pytest.raises(ValueError, match="must increase monotonically"):
        between([1, 2, 3.0], [3, 1.0])
    equal = lamina.function([x, n, top], pt.histogram(x, n, (0, top))[0])
    np.testing.assert_array_equal(equal([1, 2, 3.0], 2, 3.0), [1, 2])
    for n_bins, end, message in ((0, 3, "positive"), (2, -1, "larger"), (2, np.inf, "not finite")):
        with pytest.raises(ValueError, match=message):
            equal([1, 2, 3.0], n_bins, end)
    found = lamina.function([x], pt.histogram(x, 2)[0])
    with pytest.raises(ValueError, match="autodetected range is not finite"):
        found([1, np.nan])
