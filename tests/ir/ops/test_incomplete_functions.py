"""Incomplete gamma and beta functions, Gauss' hypergeometric function: values and derivatives."""

import mpmath
import numpy as np
import scipy.special
import scipy.stats

import lamina
import lamina.tensor as pt
from tests.agreement import agree

SHAPES = np.array([0.01, 0.3, 1, 2.5, 7, 19.9, 20.1, 60, 300])
RATIOS = np.array([0.01, 0.3, 0.9, 1, 1.05, 1.5, 3, 10])


def slope(function, at, precision=40):
    """The derivative by mpmath."""
    with mpmath.workdps(precision):
        return mpmath.diff(function, mpmath.mpf(at), h=mpmath.mpf(10) ** -(precision // 2))


def close(found, exact, rtol, least=1e-290):
    for f, e in zip(found, exact, strict=True):
        assert abs(f - e) <= rtol * abs(e) + least, (f, e)


def gradients(f, letters):
    """A function of arrays: the derivatives of `f`, element by element."""
    variables = pt.dvectors(letters)
    return lamina.function(variables, lamina.grad(f(*variables).sum(), variables))


def test_values_are_scipys():
    a, b = np.array([0.5, 1, 3, 40, 0, -1, np.nan]), np.array([0.2, 2, 3, 30, 1, 1, 2])
    p = np.array([0.0, 1, 0.1, 0.999, 0.5, 0.3, -0.5])
    names = "gammainc gammaincc beta betaln".split()
    agree({n: (getattr(pt, n), getattr(scipy.special, n)) for n in names}, [a, b], ulp=4)
    names = "gammaincinv gammainccinv".split()
    agree({n: (getattr(pt, n), getattr(scipy.special, n)) for n in names}, [a, p], ulp=4)
    names = "betainc betaincinv".split()
    agree({n: (getattr(pt, n), getattr(scipy.special, n)) for n in names}, [a, b, p], ulp=4)
    agree({"hyp2f1": (pt.hyp2f1, scipy.special.hyp2f1)}, [a, b, b + 0.5, p], ulp=4)


def test_what_is_made_of_them():
    k, x = np.array([0.5, 2, 7.5]), np.array([0.0, 3, 5])
    special = scipy.special
    forms = {
        "chi2sf": (lambda k, x: pt.chi2sf(x, k), lambda k, x: scipy.stats.chi2.sf(x, k)),
        "gammau": (pt.gammau, lambda k, x: special.gammaincc(k, x) * special.gamma(k)),
        "gammal": (pt.gammal, lambda k, x: special.gammainc(k, x) * special.gamma(k)),
    }
    agree(forms, [k, x], ulp=64)


def test_the_derivative_of_gammainc_by_its_shape():
    a, ratio = map(np.ravel, np.meshgrid(SHAPES, RATIOS))
    x = a * ratio
    by_a, by_x = gradients(pt.gammainc, "ax")(a, x)
    close(by_x, [mpmath.mpf(v) ** (s - 1) * mpmath.exp(-v) / mpmath.gamma(s)
                 for s, v in zip(a, x, strict=True)], 1e-12)  # fmt: skip
    exact = [
        slope(lambda s, v=v: mpmath.gammainc(s, 0, v, regularized=True), at, 300)
        for at, v in zip(a, x, strict=True)
    ]
    close(by_a, exact, 2e-13, least=1e-130)
    (complement, _) = gradients(pt.gammaincc, "ax")(a, x)
    np.testing.assert_array_equal(complement, -by_a)


def test_the_derivative_of_gammainc_at_large_shapes():
    def exact(a, x):
        with mpmath.workdps(40):
            a, x = mpmath.mpf(a), mpmath.mpf(x)
            term, by_a, total, totals, n = mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(1), 0, 0
            while term + abs(by_a) > total * mpmath.mpf(10) ** -25:
                n += 1
                by_a = (by_a - term / (a + n)) * x / (a + n)
                term *= x / (a + n)
                total, totals = total + term, totals + by_a
            factor = mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a + 1))
            return factor * (total * (mpmath.log(x) - mpmath.psi(0, a + 1)) + totals)

    a, x = np.array([9e5, 9e5, 1e6, 1e6, 1e6]), np.array([9e5, 9.01e5, 1e6, 9.99e5, 1.001e6])
    by_a, _ = gradients(pt.gammainc, "ax")(a, x)
    close(by_a, [exact(*at) for at in zip(a, x, strict=True)], 1e-11)


def test_derivatives_of_betainc_by_its_parameters():
    grid = [(a, b, x) for a in (0.05, 1, 10) for b in (0.5, 3, 80) for x in (1e-8, 0.3, 0.9)]
    a, b, x = np.array([*grid, (150, 150, 0.51)]).T
    by_a, by_b, _ = gradients(pt.betainc, "abx")(a, b, x)

    def regular(a, b, x):
        return mpmath.betainc(a, b, 0, x, regularized=True)

    places = list(zip(a, b, x, strict=True))
    # of 1 - 1e-80 mpmath needs so many digits
    close(by_a, [slope(lambda t, b=b, x=x: regular(t, b, x), a, 240) for a, b, x in places], 1e-12)
    close(by_b, [slope(lambda t, a=a, x=x: regular(a, t, x), b, 240) for a, b, x in places], 1e-12)


def test_derivatives_of_hyp2f1_by_its_parameters():
    grid = [(a, b, c, z) for a in (0.3, -2, 2.5) for b in (0.7, 3) for c in (0.5, 4)
            for z in (-50, -0.7, -0.2, 0, 0.3, 0.9)]  # fmt: skip
    operands = np.array(grid).T
    by_a, by_b, by_c, _ = gradients(pt.hyp2f1, "abcz")(*operands)
    f = mpmath.hyp2f1
    close(by_a, [slope(lambda t, b=b, c=c, z=z: f(t, b, c, z), a) for a, b, c, z in grid], 1e-13)
    close(by_b, [slope(lambda t, a=a, c=c, z=z: f(a, t, c, z), b) for a, b, c, z in grid], 1e-13)
    close(by_c, [slope(lambda t, a=a, b=b, z=z: f(a, b, t, z), c) for a, b, c, z in grid], 1e-13)


def test_derivatives_are_nan_where_they_are_not_computed_and_0_at_the_ends():
    by_a, by_x = gradients(pt.gammainc, "ax")(
        np.array([2.0, 2, -1, np.inf, np.nan]), np.array([0, np.inf, 1, 1, 1])
    )
    np.testing.assert_array_equal(by_a, [0, 0, np.nan, np.nan, np.nan])
    ones = np.ones(4)
    by_a, by_b, _ = gradients(pt.betainc, "abx")(
        np.array([2, 2, -1, 2e6]), 3 * ones, np.array([0, 1, 0.5, 0.5])
    )
    np.testing.assert_array_equal(by_a, [0, 0, np.nan, np.nan])
    np.testing.assert_array_equal(by_b, [0, 0, np.nan, np.nan])
    by_a, *_ = gradients(pt.hyp2f1, "abcz")(ones, ones, 2 * ones, np.array([1, 1.5, 0.9999, -1e4]))
    assert np.isnan(by_a).all()


def test_inverses_have_the_derivative_of_the_implicit_function():
    a, p = np.array([0.5, 2, 30]), np.array([0.1, 0.5, 0.9])
    by_a, by_p = gradients(lambda a, p: pt.gammainc(a, pt.gammaincinv(a, p)), "ap")(a, p)
    np.testing.assert_allclose(by_a, 0, atol=1e-12)
    np.testing.assert_allclose(by_p, 1, rtol=1e-10)
    by_a, by_b, by_p = gradients(
        lambda a, b, p: pt.betainc(a, b, pt.betaincinv(a, b, p)), "abp"
    )(a, 2 * a, p)  # fmt: skip
    np.testing.assert_allclose([by_a, by_b], 0, atol=1e-11)
    np.testing.assert_allclose(by_p, 1, rtol=1e-10)
