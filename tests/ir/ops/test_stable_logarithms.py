import math

import mpmath
import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt
from tests.agreement import agree

NEAR_0 = -np.exp(np.linspace(-40, 6, 200))
PROBABILITIES = np.concatenate(
    [np.linspace(0.01, 0.99, 9), np.linspace(0.4999, 0.5001, 21), np.exp(np.arange(-700, 0, 9.0))]
)  # fmt: skip


def units(found, exact):
    """The largest error, in units of the last place."""
    return max(abs((f - e) / math.ulp(float(e))) for f, e in zip(found, exact, strict=True))


def test_logarithms_keep_their_digits():
    x, p = pt.dvectors("xp")
    one, other = lamina.function([x, p], [pt.log1mexp(x), pt.logit(p)])(NEAR_0, PROBABILITIES)
    with mpmath.workprec(1500):
        assert units(one, [mpmath.log(-mpmath.expm1(mpmath.mpf(v))) for v in NEAR_0]) < 4
        exact = [mpmath.log(mpmath.mpf(v) / (1 - mpmath.mpf(v))) for v in PROBABILITIES if v != 0.5]
        assert units(other[PROBABILITIES != 0.5], exact) < 4
    assert (other[PROBABILITIES == 0.5] == 0).all()


def test_limits_of_the_logarithms():
    x = pt.dvector("x")
    f = lamina.function([x], [pt.log1mexp(x), pt.logit(x)])
    one, other = f([0, 1, -np.inf, np.nan])
    np.testing.assert_array_equal(one, [-np.inf, np.nan, 0, np.nan])
    np.testing.assert_array_equal(other, [-np.inf, np.inf, np.nan, np.nan])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_products_with_logarithms_are_scipys(dtype):
    x = np.array([0, 0, 0, 0, 1, 2, -1, np.nan, 0, 3], dtype)
    y = np.array([0, 1, np.inf, np.nan, 0, 3, 2, 0, -1, 1e-4], dtype)
    names = {"xlogy": scipy.special.xlogy, "xlog1py": scipy.special.xlog1py}
    agree({name: (getattr(pt, name), numpy) for name, numpy in names.items()}, [x, y], ulp=4)
    assert pt.xlogy(pt.ivector(), pt.ivector()).dtype == "float64"


def test_the_slope_of_an_entropy_is_finite_in_what_is_0_times():
    p, q = pt.dvectors("pq")
    g = lamina.function([p, q], pt.grad(pt.xlogy(p, q).sum(), q))
    np.testing.assert_array_equal(g([0, 0, 2], [0, 1, 4]), [0, 0, 0.5])


def test_the_gradient_near_0_is_finite():
    x = pt.dvector("x")
    slope = lamina.function([x], pt.grad(pt.log1mexp(x).sum(), x))([-1e-300, -1e-20, -800.0])
    np.testing.assert_allclose(slope, [-1e300, -1e20, 0], 1e-15)
