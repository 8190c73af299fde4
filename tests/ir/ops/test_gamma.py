import mpmath
import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt
from tests.evaluate import evaluate

POINTS = np.concatenate(
    [np.geomspace(1e-8, 1e6, 60), np.arange(1, 30) / 4 + 0.01, -np.arange(1, 30) / 7.3]
)


def error(found, exact):
    """The largest relative error."""
    return max(float(abs(f / e - 1)) for f, e in zip(found, exact, strict=True))


def test_the_logarithm_and_its_derivatives_keep_their_digits():
    x = pt.dvector("x")
    outputs = [pt.gammaln(x), pt.digamma(x), pt.tri_gamma(x)]
    values = lamina.function([x], outputs)(POINTS)
    meant = evaluate(outputs, {x: POINTS})
    with mpmath.workdps(40):
        exact = [
            [mpmath.log(abs(mpmath.gamma(v))) for v in POINTS],
            [mpmath.psi(0, v) for v in POINTS],
            [mpmath.psi(1, v) for v in POINTS],
        ]
    for found, interpreted, wanted in zip(values, meant, exact, strict=True):
        assert error(found, wanted) < 1e-14
        assert error(interpreted, wanted) < 1e-14


def test_gamma_is_scipys():
    x = pt.dvector("x")
    points = np.concatenate([POINTS[abs(POINTS) < 170], [0.0, -0.0, -1, 171.7, np.inf, np.nan]])
    (found,) = lamina.function([x], [pt.gamma(x)])(points)
    np.testing.assert_allclose(found, scipy.special.gamma(points), rtol=1e-14)


def test_derivatives_of_every_order():
    n, x = pt.lvector("n"), pt.dvector("x")
    orders, points = map(np.ravel, np.meshgrid(range(8), POINTS[20:]))
    (found,) = lamina.function([n, x], [pt.polygamma(n, x)])(orders, points)
    assert found.dtype == "float64"
    with mpmath.workdps(60):
        exact = [mpmath.psi(int(k), v) for k, v in zip(orders, points, strict=True)]
    # half way between two poles the terms of an odd order cancel
    size = scipy.special.gamma(orders + 1) * abs(points - np.minimum(np.rint(points), 0)) ** -(
        orders + 1.0
    )
    errors = [abs(f - float(e)) for f, e in zip(found, exact, strict=True)]
    assert (errors <= 3e-14 * np.abs(found) + 3e-15 * size).all()


def test_edges_of_the_polygamma_function():
    x = pt.dvector("x")
    edges = np.array([0.0, -0.0, -3, np.inf, np.nan, 1e-160, -1e-310, 1e300])
    outputs = [pt.polygamma(n, x) for n in (1, 2, -1, 2.5)]
    one, two, negative, broken = lamina.function([x], outputs)(edges)
    np.testing.assert_array_equal(one, scipy.special.polygamma(1, edges))
    np.testing.assert_array_equal(two, scipy.special.polygamma(2, edges))
    assert np.isnan(negative).all()
    assert np.isfinite(broken[-1])


def test_the_order_has_no_derivative():
    n, x = pt.dvector("n"), pt.dvector("x")
    with pytest.raises(lamina.gradient.NullTypeGradError, match="operand 0"):
        lamina.grad(pt.polygamma(n, x).sum(), n)
    assert lamina.grad(pt.polygamma(n, x).sum(), x).dtype == "float64"


def test_factorials_and_pochhammers_symbol_are_scipys():
    n, m = pt.lvector("n"), pt.dvector("m")
    whole, others = np.array([-2, 0, 1, 5, 20, 170]), np.array([0.5, 1.5, -0.5, 2, 3.25, 0])
    outputs = [pt.factorial(n), pt.factorial(m), pt.special.poch(n, m)]
    found = lamina.function([n, m], outputs)(whole, others)
    np.testing.assert_allclose(found[0], scipy.special.factorial(whole), rtol=1e-13)
    np.testing.assert_allclose(found[1], scipy.special.factorial(others), rtol=1e-14)
    np.testing.assert_allclose(found[2], scipy.special.poch(whole, others), rtol=1e-14)


def test_dtypes():
    for dtype, wanted in {"int64": "float64", "int8": "float32", "float32": "float32"}.items():
        x = pt.vector("x", dtype=dtype)
        assert pt.gamma(x).dtype == wanted
        assert pt.betainc(x, x, x).dtype == wanted
        assert pt.hyp2f1(x, 1, 2, 0.5).dtype == ("float64" if dtype != "float32" else wanted)
    assert pt.jv(pt.fvector(), pt.dvector()).dtype == "float64"
    with pytest.raises(TypeError, match="complex128"):
        pt.gammaln(pt.zvector())
