"""Vectors made of words: their distributions, and what parameters may not be."""

import numpy as np
import pytest
import scipy.stats as stats

import lamina
import lamina.tensor as pt
from lamina.tensor.random import counter_based_rng

COUNT = 50_000


def drawn(name, *parameters):
    rng = pt.random.shared_rng(5, counter_based=True)
    return lamina.function([], getattr(rng, name)(*parameters, size=(COUNT,))[1])()


def test_parts_of_a_stick_are_beta_numbers():
    alphas = np.array([0.4, 2.0, 0.1, 5.0])
    found = drawn("dirichlet", alphas)
    np.testing.assert_allclose(found.sum(-1), 1.0, rtol=1e-14)
    for x, a in zip(found.T, alphas, strict=True):
        assert stats.kstest(x, stats.beta(a, alphas.sum() - a).cdf).pvalue > 1e-3
    expected = stats.dirichlet(alphas).cov()
    np.testing.assert_allclose(np.cov(found.T), expected, atol=2e-3)


def test_small_alphas_leave_one_number():
    found = drawn("dirichlet", np.array([1e-4, 1e-4, 2e-4]))
    assert np.isfinite(found).all()
    share = (found > 0.5).mean(0)
    np.testing.assert_allclose(share, [0.25, 0.25, 0.5], atol=0.01)


def test_counts_are_multinomial():
    n, p = 40, np.array([0.2, 0.05, 0.45, 0.3])
    found = drawn("multinomial", n, p)
    assert (found.sum(-1) == n).all() and found.min() >= 0
    for x, q in zip(found.T, p, strict=True):
        low, high = stats.binom(n, q).interval(0.999)
        edges = np.arange(low, high)
        observed = np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1)
        odds = np.diff([0.0, *stats.binom(n, q).cdf(edges), 1.0])
        assert stats.chisquare(observed, odds * COUNT).pvalue > 1e-3
    np.testing.assert_allclose(np.cov(found.T), stats.multinomial(n, p).cov(), atol=0.15)


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_wrong_parameters_are_numpys_errors(mode):
    p, alphas = pt.dvector("p"), pt.dvector("alphas")
    rng = pt.random.shared_rng(5, counter_based=True)
    next_rng, counts = rng.multinomial(5, p)
    _, parts = next_rng.dirichlet(alphas)
    f = lamina.function([p, alphas], [counts, parts], mode=mode)
    for values, words in (
        (([0.7, 0.7, 0.1], [1.0]), r"sum\(pvals\[:-1\]\) > 1.0"),
        (([-0.1, 1.1], [1.0]), "pvals < 0, pvals > 1"),
        (([0.5, 0.5], [-1.0]), "alpha < 0"),
    ):
        with pytest.raises(ValueError, match=words):
            f(*values)
    same = counter_based_rng(5)
    found = f([0.5, 0.5], [1.0, 2.0])
    assert np.array_equal(found[0], same.multinomial(5, [0.5, 0.5]))
    np.testing.assert_allclose(found[1], same.dirichlet([1.0, 2.0]), rtol=1e-13)
