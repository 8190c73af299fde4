"""Numbers made of words: the right distributions, the right quantiles, both tails."""

import mpmath
import numpy as np
import pytest
import scipy.stats as stats

import lamina
import lamina.tensor as pt
from lamina.ir.ops.formula import Elements
from lamina.ir.ops.inversion_sampling import INVERSIONS, symmetric, unit
from lamina.tensor.random import counter_based_rng

COUNT = 100_000
SEED = 11
# Of each distribution the parameters and SciPy's frozen one.
CONTINUOUS = {
    "uniform": ((-1.0, 3.0), stats.uniform(-1, 4)),
    "normal": ((1.0, 2.0), stats.norm(1, 2)),
    "lognormal": ((0.1, 0.5), stats.lognorm(0.5, 0, np.exp(0.1))),
    "halfnormal": ((1.0, 2.0), stats.halfnorm(1, 2)),
    "exponential": ((2.0,), stats.expon(0, 2)),
    "laplace": ((1.0, 2.0), stats.laplace(1, 2)),
    "logistic": ((1.0, 2.0), stats.logistic(1, 2)),
    "gumbel": ((1.0, 2.0), stats.gumbel_r(1, 2)),
    "cauchy": ((1.0, 2.0), stats.cauchy(1, 2)),
    "halfcauchy": ((1.0, 2.0), stats.halfcauchy(1, 2)),
    "weibull": ((1.5,), stats.weibull_min(1.5)),
    "pareto": ((3.0, 2.0), stats.pareto(3, 0, 2)),
    "truncexpon": ((2.0, 1.0, 0.5), stats.truncexpon(2, 1, 0.5)),
    "triangular": ((0.0, 0.3, 1.0), stats.triang(0.3)),
    "wald": ((1.0, 2.0), stats.invgauss(1 / 2, 0, 2)),
    "t": ((5.0, 1.0, 2.0), stats.t(5, 1, 2)),
    "gamma": ((0.7, 2.0), stats.gamma(0.7, 0, 2)),
    "invgamma": ((2.0, 3.0), stats.invgamma(2, 0, 3)),
    "gengamma": ((2.0, 1.5, 0.5), stats.gengamma(2 / 1.5, 1.5, 0, 0.5)),
    "beta": ((2.0, 0.5), stats.beta(2, 0.5)),
    "lomax": ((3.0,), stats.lomax(3)),
    "power": ((2.5,), stats.powerlaw(2.5)),
    "rayleigh": ((2.0,), stats.rayleigh(0, 2)),
    "standard_t": ((1.5,), stats.t(1.5)),
}
DISCRETE = {
    "bernoulli": ((0.3,), stats.bernoulli(0.3)),
    "geometric": ((0.1,), stats.geom(0.1)),
    "integers": ((-3, 17), stats.randint(-3, 17)),
    "poisson": ((7.5,), stats.poisson(7.5)),
    "binomial": ((50, 0.7), stats.binom(50, 0.7)),
    "nbinom": ((5, 0.3), stats.nbinom(5, 0.3)),
    "betabinom": ((10, 2.0, 3.0), stats.betabinom(10, 2.0, 3.0)),
}
# Whose numbers are the quantiles at multiples of 2**-53, or at those less half of one.
AT_UNITS = (
    "uniform", "exponential", "weibull", "pareto", "truncexpon", "triangular", "gamma", "invgamma",
    "gengamma", "beta", "lomax", "power", "rayleigh",
)  # fmt: skip
AT_MIDDLES = ("normal", "lognormal", "laplace", "logistic", "gumbel", "cauchy")
DRAWN = [name for name in (*CONTINUOUS, *DISCRETE) if name in pt.random.__all__]


@pytest.fixture(scope="module")
def drawn():
    """Draws of a compiled function, by name, each from a generator of the same seed."""
    outputs = []
    for name in DRAWN:
        parameters, _ = {**CONTINUOUS, **DISCRETE}[name]
        rng = pt.random.shared_rng(SEED, counter_based=True)
        outputs.append(getattr(rng, name)(*parameters, size=(COUNT,))[1])
    return dict(zip(DRAWN, lamina.function([], outputs)(), strict=True))


def words(count=COUNT):
    return np.random.Philox(SEED).random_raw(count)


def by_numpy(name, *parameters, size=COUNT):
    from lamina.ir.ops.counter_based_draws import numbers

    return numbers(counter_based_rng(SEED), name, parameters, (size,), "float64")


def test_every_formula_is_tried():
    assert set(INVERSIONS) == {*CONTINUOUS, *DISCRETE}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_numbers_have_their_distribution(name, drawn):
    parameters, expected = CONTINUOUS[name]
    found = drawn[name] if name in drawn else by_numpy(name, *parameters)
    assert stats.kstest(found, expected.cdf).pvalue > 1e-3
    if name in drawn:
        np.testing.assert_allclose(found, by_numpy(name, *parameters), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", DISCRETE)
def test_integers_have_their_distribution(name, drawn):
    parameters, expected = DISCRETE[name]
    found = drawn[name]
    assert np.array_equal(found, by_numpy(name, *parameters))
    values, counts = np.unique(found, return_counts=True)
    expected_counts = COUNT * expected.pmf(values)
    often = expected_counts > 10
    rest = [COUNT - c[often].sum() for c in (counts, expected_counts)]
    observed = np.append(counts[often], max(rest[0], 0))
    wanted = np.append(expected_counts[often], max(rest[1], 1e-9))
    assert stats.chisquare(observed, wanted * observed.sum() / wanted.sum()).pvalue > 1e-3


@pytest.mark.parametrize("name", [*AT_UNITS, *AT_MIDDLES])
def test_numbers_are_quantiles_at_uniform_numbers(name):
    parameters, expected = CONTINUOUS[name]
    k = (words(2000) >> np.uint64(11)).astype(float)
    u = (k + (0.5 if name in AT_MIDDLES else 0)) * 2.0**-53
    np.testing.assert_allclose(
        by_numpy(name, *parameters, size=2000), expected.ppf(u), rtol=1e-9, atol=1e-12
    )


def test_uniform_numbers_are_exact(drawn):
    k = words() >> np.uint64(11)
    rng = pt.random.shared_rng(SEED, counter_based=True)
    wide, narrow = (rng.uniform(size=(COUNT,), dtype=dtype)[1] for dtype in ("float64", "float32"))
    found = lamina.function([], [wide, narrow])()
    assert np.array_equal(found[0], k / 2.0**53)
    assert found[1].dtype == np.float32
    assert np.array_equal(found[1], (words() >> np.uint64(40)) / 2.0**24)
    assert np.array_equal(found[1], counter_based_rng(SEED).random(COUNT, np.float32))
    assert np.array_equal(drawn["bernoulli"], k / 2.0**53 < 0.3)
    products = words().astype(object) * 20
    assert np.array_equal(drawn["integers"], (products >> 64).astype(int) - 3)


EDGES = np.array([0, 2**11 - 1, 2**63 - 1, 2**63, 2**64 - 2**11, 2**64 - 1], np.uint64)


def test_uniform_numbers_of_the_first_and_the_last_words():
    assert unit(Elements(EDGES)).array.tolist() == [
        0.0, 0.0, 0.5 - 2.0**-53, 0.5, 1 - 2.0**-53, 1 - 2.0**-53
    ]  # fmt: skip
    assert unit(Elements(EDGES), 24).array[-1] == np.float32(1 - 2.0**-24)
    x = symmetric(Elements(EDGES)).array
    assert x.tolist() == [2.0**-53 - 1, 2.0**-53 - 1, -(2.0**-53), 2.0**-53] + 2 * [1 - 2.0**-53]
    assert np.array_equal(symmetric(Elements(~EDGES)).array, -x)


def test_tails_have_their_digits():
    """Of the smallest and the largest uniform number, by mpmath."""
    ends = Elements(EDGES[[0, 2, 3, 5]])

    def value(name, *parameters):
        count = INVERSIONS[name].words
        with np.errstate(all="ignore"):
            return INVERSIONS[name].value([ends] * count, *map(Elements, parameters)).array

    with mpmath.workdps(60):
        u = [mpmath.mpf(n) / 2**54 for n in (1, 2**53 - 1, 2**53 + 1, 2**54 - 1)]
        exact = {
            "normal": [mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1) for p in u],
            "laplace": [mpmath.log(2 * p) if p < 0.5 else -mpmath.log(2 - 2 * p) for p in u],
            "logistic": [mpmath.log(p / (1 - p)) for p in u],
            "gumbel": [-mpmath.log(-mpmath.log(p)) for p in u],
            "cauchy": [mpmath.tan(mpmath.pi * (p - 0.5)) for p in u],
        }
    for name, expected in exact.items():
        found = value(name, 0.0, 1.0)
        np.testing.assert_allclose(found, np.array(expected, float), rtol=4e-15, atol=2e-16)
    for name, (parameters, distribution) in {**CONTINUOUS, **DISCRETE}.items():
        digits = (53,) if INVERSIONS[name].by_digits else ()
        with np.errstate(all="ignore"):
            words = [ends] * INVERSIONS[name].words
            found = INVERSIONS[name].value(words, *map(Elements, parameters), *digits).array
        low, high = distribution.support()
        assert np.isfinite(found).all() and (low <= found).all() and (found <= high).all(), name


def test_parameters_at_the_ends_of_their_ranges():
    word = [Elements(words(1000))]
    pair = [Elements(words(2000)[i::2]) for i in range(2)]

    def value(name, drawn_of, *parameters):
        with np.errstate(all="ignore"):
            return INVERSIONS[name].value(drawn_of, *map(Elements, parameters)).array

    assert (value("geometric", word, 1.0) == 1).all()
    assert (value("geometric", word, 1e-300) == np.iinfo(np.int64).max).all()
    assert (value("bernoulli", word, 0.0) == 0).all() and (value("bernoulli", word, 1.0) == 1).all()
    assert (value("weibull", word, 0.0) == 0).all() and (value("gamma", word, 0.0, 1.0) == 0).all()
    assert stats.kstest(value("standard_t", pair, np.inf), stats.norm.cdf).pvalue > 1e-3
    assert stats.kstest(value("wald", pair, 1e-8, 1.0), stats.norm(1e-8, 1e-12).cdf).pvalue > 1e-3
    whole = value("integers", word, np.iinfo(np.int64).min, np.iinfo(np.int64).max)
    assert stats.kstest(whole / 2.0**63, stats.uniform(-1, 2).cdf).pvalue > 1e-3
