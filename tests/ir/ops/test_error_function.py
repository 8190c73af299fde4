import mpmath
import numpy as np
import scipy.special

import lamina
import lamina.tensor as pt
from tests.agreement import agree


def test_values_are_scipys():
    x = np.array([-np.inf, -30, -1, -0.5, -0.0, 1e-300, 0.3, 0.999, 1, 1.7, 2, 50, np.inf, np.nan])
    names = "erfcx erfinv erfcinv".split()
    agree({n: (getattr(pt, n), getattr(scipy.special, n)) for n in names}, [x], ulp=4)
    agree({"owens_t": (pt.owens_t, scipy.special.owens_t)}, [x, x[::-1].copy()], ulp=4)


def test_far_ends():
    x = pt.dvector("x")
    points = np.array([5e-324, 1e-310, 1e-200, 0, 2, 2.5, 1, -0.0])
    inverse, scaled = lamina.function([x], [pt.erfcinv(x), pt.erfcx(1e308 * x)])(points)
    for y, wanted in zip(inverse[1:3], points[1:3], strict=True):
        assert abs(mpmath.erfc(y) / wanted - 1) < 1e-12
    assert 27.2 < inverse[0] < 27.3  # SciPy has infinity
    np.testing.assert_array_equal(inverse[3:], [np.inf, -np.inf, np.nan, 0, np.inf])
    assert scaled[4] == 0 and np.isclose(scaled[6] * 1e308, 1 / np.sqrt(np.pi), rtol=1e-14)


def test_the_slope_of_erfcx_keeps_its_digits_far_out():
    x = pt.dvector("x")
    points = np.array([-3.0, 0, 1, 5, 101, 1e4, 1e8, 1e150])
    found = lamina.function([x], lamina.grad(pt.erfcx(x).sum(), x))(points)
    with mpmath.workdps(400):
        exact = [
            2 * v * mpmath.exp(v * v) * mpmath.erfc(v) - 2 / mpmath.sqrt(mpmath.pi)
            if v < 1e3
            else -1 / mpmath.sqrt(mpmath.pi) / v**2 * (1 - 3 / (2 * v**2))
            for v in map(mpmath.mpf, points)
        ]
    np.testing.assert_allclose(found, np.array(exact, float), rtol=1e-13)


def test_an_inverse_undoes_its_function():
    x = pt.dvector("x")
    points = np.linspace(-3, 3, 13)
    outputs = [pt.erfinv(pt.erf(x)), pt.erfcinv(pt.erfc(x))]
    one, other = lamina.function([x], outputs)(points)
    np.testing.assert_allclose(one, points, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(other, points, rtol=1e-11, atol=1e-15)
