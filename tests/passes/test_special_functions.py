"""Tails and differences of special functions, against mpmath."""

import mpmath
import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import grad
from lamina.graph import rewrite_graph
from tests.evaluate import evaluate

x, y = pt.dvector("x"), pt.dvector("y")


def stable(graph, values) -> np.ndarray:
    return evaluate(rewrite_graph(graph, include=("fast_run",)), values)


def exact(function, *arrays) -> np.ndarray:
    with mpmath.workdps(900):
        return np.array(
            [float(function(*map(mpmath.mpf, row))) for row in zip(*arrays, strict=True)]
        )


FAR = np.array([-30.0, -3.0, -1e-9, 0.0, 0.3, 0.5, 0.7, 3.0, 26.0, 30.0, 1e3])
POSITIVE = np.array([1e-5, 0.3, 1.0, 7.5, 150.0, 1e4, 1e9])
HALF = np.sqrt(0.5)

CASES = [
    (pt.log(pt.erfc(x)), lambda v: mpmath.log(mpmath.erfc(v)), FAR),
    (pt.log(1 - pt.erf(x)), lambda v: mpmath.log(1 - mpmath.erf(v)), FAR[:-1]),
    (pt.log(0.5 * pt.erfc(x)), lambda v: mpmath.log(mpmath.erfc(v) / 2), FAR),
    (pt.log(pt.erfc(x) / 2), lambda v: mpmath.log(mpmath.erfc(v) / 2), FAR),
    (
        grad(pt.log(pt.erfc(x)).sum(), x),
        lambda v: -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(v**2)) / mpmath.erfc(v),
        FAR,
    ),
    (
        grad(pt.log(pt.erfc(-x)).sum(), x),
        lambda v: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(v**2)) / mpmath.erfc(-v),
        -FAR,
    ),
    (pt.exp(x**2) * pt.erfc(x), lambda v: mpmath.exp(v**2) * mpmath.erfc(v), FAR[3:]),
    (pt.log(1 - pt.exp(x)), lambda v: mpmath.log(1 - mpmath.exp(v)), -POSITIVE[:5]),
    (pt.log1p(-pt.exp(x)), lambda v: mpmath.log(1 - mpmath.exp(v)), -POSITIVE[:5]),
    (pt.log(abs(pt.gamma(x))), lambda v: mpmath.loggamma(v).real, POSITIVE),
    (pt.log(pt.gamma(x)), lambda v: mpmath.loggamma(v).real, POSITIVE),
    (pt.gammaln(x + 1) - pt.gammaln(x), mpmath.log, POSITIVE),
    (pt.gamma(x + 1) / pt.gamma(x), lambda v: v, POSITIVE),
    (pt.psi(x + 1) - pt.psi(x), lambda v: 1 / v, POSITIVE),
    (pt.softplus(x) - x, lambda v: mpmath.log1p(mpmath.exp(-v)), FAR[1:]),
    (2 * pt.sigmoid(2 * x) - 1, mpmath.tanh, FAR),
    (pt.log(pt.sqrt(x)), lambda v: mpmath.log(v) / 2, POSITIVE),
    (pt.log(x**2), lambda v: 2 * mpmath.log(v), np.array([1e-200, 3.0, 1e200])),
    (pt.log(1 / x), lambda v: -mpmath.log(v), np.array([1e-310, 3.0, 1e300])),
    (x * pt.log(x), lambda v: v * mpmath.log(v) if v else 0, np.array([0.0, 0.3, 5.0])),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "function", "values"), CASES, ids=[str(i) for i in range(20)])
def test_a_formula_that_overflows_or_cancels_keeps_its_digits(graph, function, values):
    np.testing.assert_allclose(
        stable(graph, {x: values}), exact(function, values), rtol=2e-14, atol=3e-16
    )


def test_differences_of_two_large_values():
    a, b = np.array([800.0, 3.0, -900.0]), np.array([799.0, 3.0 - 1e-9, -905.0])
    found = stable(pt.log(pt.exp(x) - pt.exp(y)), {x: a, y: b})
    expected = exact(lambda u, v: mpmath.log(mpmath.exp(u) - mpmath.exp(v)), a, b)
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    p, q = np.array([2.0, 300.0]), np.array([1e9, 200.0])
    found = stable(pt.gammaln(x) + pt.gammaln(y) - pt.gammaln(x + y), {x: p, y: q})
    np.testing.assert_allclose(
        found, exact(lambda u, v: mpmath.log(mpmath.beta(u, v)), p, q), rtol=1e-12
    )


def test_the_logarithm_of_gamma_is_nan_where_gamma_is_negative():
    values = np.array([-0.5, -1.5, -2.5, -3.5])
    assert np.isnan(stable(pt.log(pt.gamma(x)), {x: values})).tolist() == [True, False, True, False]


def test_the_logarithm_of_a_product_that_underflows():
    values = np.full(400, -10.0)
    graph = pt.log(pt.prod(pt.sigmoid(x)))
    np.testing.assert_allclose(
        stable(graph, {x: values}), -400 * np.log1p(np.exp(10.0)), rtol=1e-13
    )
    assert np.isfinite(stable(pt.log(pt.prod(x)), {x: np.array([-2.0, -3.0])}))
