"""Quantiles of integers against SciPy's, where probabilities are added up and where not."""

import numpy as np
import pytest
import scipy.stats as stats

import lamina
import lamina.tensor as pt
from lamina.ir.ops.formula import Elements
from lamina.ir.ops.panjer_quantile import binomial_quantile, panjer_quantile, poisson_quantile

MEANS = (0.0, 1e-3, 0.5, 3.0, 15.9, 16.1, 18.0, 40.0, 100.0, 1e3, 1e4, 1e6)
TRIALS = (
    (0, 0.5), (1, 0.5), (10, 0.3), (10, 0.9), (5, 0.0), (5, 1.0), (63, 0.5), (65, 0.5), (100, 0.2),
    (1700, 0.01), (1000, 0.99), (10**6, 1e-5), (10**6, 0.5),
)  # fmt: skip


@pytest.fixture(scope="module")
def functions():
    x, a, n, p = (pt.dvector(name) for name in "xanp")
    return (
        lamina.function([x, a], poisson_quantile(x, a)),
        lamina.function([x, n, p], binomial_quantile(x, n, p)),
    )


def uniform(count):
    """Odd multiples of 2**-53 in (-1, 1), with the ends and the middle among them."""
    k = np.random.default_rng(3).integers(0, 2**53, count)
    k[:4] = 0, 2**53 - 1, 2**52 - 1, 2**52
    return (2 * k + 1 - 2**53) * 2.0**-53


def at(x, quantile):
    """SciPy's quantiles, which an error of a few units of `x` may move by one at most.

    Of the upper half by the tail, which has the digits there.
    """
    u = (1 + x) / 2
    return np.where(x < 0, quantile.ppf(u), quantile.isf((1 - x) / 2)).clip(0)


@pytest.mark.parametrize("mean", MEANS)
def test_poisson_quantiles_are_scipys(mean, functions):
    x = uniform(20_000)[4:]
    found = functions[0](x, np.full(x.size, mean))
    assert np.array_equal(found, at(x, stats.poisson(mean)))


@pytest.mark.parametrize("n, p", TRIALS)
def test_binomial_quantiles_are_scipys(n, p, functions):
    x = uniform(20_000)[4:]
    found = functions[1](x, np.full(x.size, float(n)), np.full(x.size, p))
    assert np.array_equal(found, at(x, stats.binom(n, p)))
    assert found.min() >= 0 and found.max() <= n


def test_large_means_are_told_by_the_expansion(functions):
    x = uniform(500)[4:]
    w = stats.norm.ppf((1 + x) / 2)
    for mean in (1e9, 1e12):
        found = functions[0](x, np.full(x.size, mean))
        assert np.abs(found - (mean + mean**0.5 * w + w * w / 6)).max() <= 1
        low = stats.poisson(mean).sf(found - 1), stats.poisson(mean).sf(found)
        upper = (1 - x) / 2
        assert (low[0] >= upper * (1 - 1e-6)).all() and (low[1] <= upper * (1 + 1e-6)).all()


def test_the_ends_are_far_and_finite(functions):
    ends = uniform(4)[:2]
    for mean in MEANS[2:]:
        low, high = functions[0](ends, np.full(2, mean))
        tail = stats.poisson(mean)
        assert tail.cdf(low - 1) < 1e-16 and tail.sf(high) < 1e-15 and high < mean * 2 + 90
    assert functions[0](ends, np.full(2, 0.0)).tolist() == [0, 0]
    for n, p in TRIALS:
        low, high = functions[1](ends, np.full(2, float(n)), np.full(2, p))
        assert 0 <= low <= high <= n


def test_integers_that_are_near_are_told_apart():
    """At distribution functions, where the expansion alone gives either neighbour."""
    for mean in (17.0, 50.0, 400.0, 3000.0):
        k = np.arange(int(mean - 3 * mean**0.5), int(mean + 3 * mean**0.5))
        below = stats.poisson(mean).cdf(k)
        for factor, expected in ((1 - 1e-9, k), (1 + 1e-9, k + 1)):
            x = 2 * below * factor - 1
            found = poisson_quantile(Elements(x), Elements(np.full(k.size, mean))).array
            assert np.array_equal(found, expected)


@pytest.mark.parametrize("values", [(np.nan, 3.0, 0.0), (0.5, np.nan, 0.0), (0.5, np.inf, 0.0)])
def test_what_is_no_number_ends(values, functions):
    with np.errstate(all="ignore"):
        found = panjer_quantile.scalar_op.numpy(*map(np.array, values))
    again = functions[0](np.array([values[0]]), np.array([values[1]]))
    assert np.array_equal(again, [found], equal_nan=True)
