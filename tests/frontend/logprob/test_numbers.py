"""Densities, distribution functions and quantiles of numbers, against scipy.stats."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.stats as st

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.logprob import icdf, logcdf, logp
from lamina.logprob.measure import Reading

pr = pt.random


class Case(NamedTuple):
    rv: Callable[..., Any]
    frozen: Callable[..., Any]
    parameters: tuple[tuple[float, ...], ...]  # a tuple for each parameter
    values: tuple[float, ...]


CONTINUOUS = {
    "normal": Case(pr.normal, st.norm, ((0, 1, -30), (1, 0.1, 5)), (-40, -3, 0, 0.5, 9, 39)),
    "standard_normal": Case(
        lambda a: pr.standard_normal(size=a.shape), lambda a: st.norm(), ((1, 2),), (-40, 0, 2)),
    "halfnormal": Case(pr.halfnormal, st.halfnorm, ((0, 2), (1, 3)), (-1, 0, 0.3, 2, 5, 35)),
    "lognormal": Case(
        pr.lognormal, lambda m, s: st.lognorm(s, scale=np.exp(m)), ((0, 1), (1, 0.3)),
        (-1, 0, 1e-3, 1, 4, 1e4)),
    "uniform": Case(
        pr.uniform, lambda a, b: st.uniform(a, b - a), ((0, -2), (1, 5)),
        (-3, -2, 0, 0.2, 1, 5, 6)),
    "exponential": Case(
        pr.exponential, lambda s: st.expon(scale=s), ((1, 0.2),), (-1, 0, 1e-9, 0.5, 3, 100)),
    "gamma": Case(
        pr.gamma, lambda a, s: st.gamma(a, scale=s), ((1, 0.4, 7, 300), (1, 2, 0.3, 1)),
        (-1, 1e-5, 0.3, 2, 8, 280, 320)),
    "chisquare": Case(pr.chisquare, st.chi2, ((1, 5),), (-1, 0.1, 3, 40)),
    "invgamma": Case(
        pr.invgamma, lambda a, s: st.invgamma(a, scale=s), ((1, 3, 8), (1, 0.5, 4)),
        (-1, 0.1, 0.5, 2, 30)),
    "gengamma": Case(
        pr.gengamma, lambda a, p, s: st.gengamma(a / p, p, scale=s),
        ((1, 2, 3), (1, 0.7, 2), (1, 2, 3)), (-1, 0.1, 1, 5)),
    "beta": Case(pr.beta, st.beta, ((1, 0.5, 20), (1, 3, 50)), (-0.1, 1e-6, 0.2, 0.3, 0.9, 1.1)),
    "t": Case(pr.t, st.t, ((1, 3, 30), (0, 1, 0), (1, 2, 0.5)), (-100, -2, 0, 0.1, 1, 30)),
    "cauchy": Case(pr.cauchy, st.cauchy, ((0, 1), (1, 0.3)), (-1e8, -2, 0, 3, 1e8)),
    "halfcauchy": Case(pr.halfcauchy, st.halfcauchy, ((0, 1), (1, 0.3)), (-2, 1, 3, 1e8)),
    "laplace": Case(pr.laplace, st.laplace, ((0, 1), (1, 0.3)), (-50, -2, 0, 0.9, 3, 20)),
    "logistic": Case(pr.logistic, st.logistic, ((0, 1), (1, 0.3)), (-500, -2, 0, 0.9, 3, 200)),
    "gumbel": Case(pr.gumbel, st.gumbel_r, ((0, 1), (1, 0.3)), (-4, -2, 0, 0.9, 3, 20)),
    "weibull": Case(pr.weibull, st.weibull_min, ((1, 0.5, 3),), (-1, 1e-6, 0.3, 1, 4)),
    "pareto": Case(
        pr.pareto, lambda b, s: st.pareto(b, scale=s), ((1, 3), (1, 2)), (-1, 0.5, 1, 2.5, 1e5)),
    "wald": Case(
        pr.wald, lambda m, s: st.invgauss(m / s, scale=s), ((1, 2, 3), (1, 0.5, 20)),
        (-1, 0.05, 0.5, 1, 3, 30)),
    "vonmises": Case(pr.vonmises, lambda m, k: st.vonmises(k, m), ((0, 1), (1, 800)),
                     (-3, -1, 0, 0.99, 1.2, 3)),
    "triangular": Case(
        pr.triangular, lambda a, m, b: st.triang((m - a) / (b - a), a, b - a),
        ((0, 1, 0), (0.5, 1, 2), (1, 4, 2)), (-1, 0, 0.2, 0.5, 1, 1.5, 2, 5)),
    "truncexpon": Case(
        pr.truncexpon, st.truncexpon, ((1, 30), (0, 1), (1, 0.5)), (-1, 0, 0.1, 0.9, 1.5, 17)),
}  # fmt: skip
DISCRETE = {
    "bernoulli": Case(pr.bernoulli, st.bernoulli, ((0.3, 1e-20, 1),), (-1, 0, 0.5, 1, 2)),
    "binomial": Case(
        pr.binomial, st.binom, ((5, 1, 1000), (0.2, 1, 0.5)), (-1, 0, 1, 3, 3.5, 5, 480, 1001)),
    "nbinom": Case(pr.nbinom, st.nbinom, ((5, 0.3, 40), (0.2, 0.9, 0.5)), (-1, 0, 1, 2.5, 60)),
    "betabinom": Case(
        pr.betabinom, st.betabinom, ((5, 1, 40), (0.5, 2, 3), (1, 2, 9)), (-1, 0, 1, 2.5, 4, 30)),
    "geometric": Case(pr.geometric, st.geom, ((0.2, 1, 0.01),), (-1, 0, 1, 2, 2.5, 300)),
    "hypergeometric": Case(
        pr.hypergeometric, lambda g, b, n: st.hypergeom(g + b, g, n),
        ((5, 3, 40), (4, 1, 60), (3, 3, 50)), (-1, 0, 1, 2, 2.5, 3, 25)),
    "poisson": Case(pr.poisson, st.poisson, ((0.5, 7, 300),), (-1, 0, 1, 4.5, 9, 310)),
    "integers": Case(
        pr.integers, lambda a, b: st.randint(a, b), ((0, -3), (4, 9)), (-4, -3, 0, 1.5, 3, 8, 9)),
}  # fmt: skip
INTEGER_PARAMETERS = {"integers", "hypergeometric", "binomial", "betabinom"}


def inputs_of(name, case):
    """A variable for each parameter, a column, and one for the values."""
    arrays = [np.array(p, float) for p in case.parameters]
    if name in INTEGER_PARAMETERS:
        arrays = [a.astype(int) if (a == a.round()).all() else a for a in arrays]
    columns = [pt.vector(dtype=a.dtype.name) for a in arrays]
    return columns, pt.dvector(), [*arrays, np.array(case.values, float)]


def logsf(rv, value):
    return Reading(rv).measure(rv).of_batch("logsf", value[None])


def compiled(cases, *functions):
    """What functions of a random variable and a value give for each case, by its name."""
    inputs, outputs, arguments = [], [], []
    for name, case in cases.items():
        columns, values, arrays = inputs_of(name, case)
        rv = case.rv(*(c[:, None] for c in columns))
        inputs += [*columns, values]
        outputs += [f(rv, values) for f in functions]
        arguments += arrays
    before = not_native.callbacks.copy(), not_native.interpreted.copy()
    found = iter(lamina.function(inputs, outputs, on_unused_input="ignore")(*arguments))
    assert before == (not_native.callbacks, not_native.interpreted)
    return {name: [next(found) for _ in functions] for name in cases}


def frozen(name, case):
    _, _, (*parameters, values) = inputs_of(name, case)
    return case.frozen(*(p[:, None] for p in parameters)), values


WITHOUT_FUNCTION = {"vonmises"}
WITHOUT_QUANTILES = {"vonmises", "wald"}


def test_densities_are_those_of_scipy_in_and_outside_the_support():
    for name, (found,) in compiled(CONTINUOUS, logp).items():
        distribution, values = frozen(name, CONTINUOUS[name])
        expected = np.broadcast_to(distribution.logpdf(values), found.shape)
        np.testing.assert_allclose(found, expected, 1e-12, 1e-12, err_msg=name)


def test_probabilities_are_those_of_scipy_and_0_of_what_is_no_integer():
    for name, (found,) in compiled(DISCRETE, logp).items():
        distribution, values = frozen(name, DISCRETE[name])
        np.testing.assert_allclose(found, distribution.logpmf(values), 1e-11, 1e-12, err_msg=name)


def test_distribution_functions_are_those_of_scipy_in_both_tails():
    cases = {n: c for n, c in (CONTINUOUS | DISCRETE).items() if n not in WITHOUT_FUNCTION}
    for name, (below, above) in compiled(cases, logcdf, logsf).items():
        distribution, values = frozen(name, cases[name])
        if name in DISCRETE:  # scipy's hypergeom.logsf is wrong between integers
            values = np.floor(values)
        with np.errstate(divide="ignore"):
            expected = [distribution.logcdf(values), distribution.logsf(values)]
        for found, wanted in zip((below, above), expected, strict=True):
            # scipy.stats takes the logarithm of a difference from 1 for some
            close = np.isclose(found, wanted, 1e-10, 1e-12) | (wanted > -1e-9) & (found > -1e-9)
            assert close.all(), (name, found[~close], np.broadcast_to(wanted, found.shape)[~close])


@pytest.mark.filterwarnings("ignore:Error in function boost")  # of SciPy's own search
def test_quantiles_are_those_of_scipy():
    q = (-0.1, 1e-9, 0.01, 0.3, 0.5, 0.75, 0.999, 1.2)
    cases = {n: c._replace(values=q) for n, c in CONTINUOUS.items() if n not in WITHOUT_QUANTILES}
    for name, (found,) in compiled(cases, icdf).items():
        distribution, values = frozen(name, cases[name])
        expected = np.broadcast_to(distribution.ppf(values), found.shape)
        np.testing.assert_allclose(found, expected, 1e-9, 1e-11, err_msg=name)


def test_values_of_any_dtype():
    cases = [pr.exponential(2.0), pr.poisson(np.int8(100)), pr.normal(np.uint8(200), np.int16(7)),
             pr.bernoulli(0.3), pr.gamma(2, 3)]  # fmt: skip
    wanted = [st.expon(scale=2), st.poisson(100), st.norm(200, 7), st.bernoulli(0.3),
              st.gamma(2, scale=3)]  # fmt: skip
    for dtype in ("bool", "uint8", "int16", "uint32", "int64", "uint64"):
        value = pt.vector(dtype=dtype)
        found = lamina.function([value], [logp(rv, value) for rv in cases])([0, 1])
        for y, density in zip(found, wanted, strict=True):
            function = density.logpdf if hasattr(density.dist, "logpdf") else density.logpmf
            assert y.dtype == "float64"
            np.testing.assert_allclose(y, function([0, 1]), 1e-12, err_msg=dtype)


def test_not_a_number_has_no_density_and_infinity_none_but_0():
    cases = {n: c for n, c in CONTINUOUS.items() if n not in ("vonmises", "standard_normal")}
    x = pt.dvector()
    numbers = [np.array(c.parameters)[:, 0] for c in cases.values()]
    random = [c.rv(*p) for c, p in zip(cases.values(), numbers, strict=True)]
    outputs = [f(rv, x) for rv in random for f in (logp, logcdf)]
    found = lamina.function([x], outputs)([np.nan, np.inf, -np.inf])
    wrong = {
        name: (density, below)
        for name, density, below in zip(cases, found[::2], found[1::2], strict=True)
        if not np.array_equal(density, [np.nan, -np.inf, -np.inf], equal_nan=True)
        or not np.array_equal(below, [np.nan, 0, -np.inf], equal_nan=True)
    }
    assert not wrong


def test_draws_have_the_distribution_functions_that_are_stated():
    cases = {n: c for n, c in (CONTINUOUS | DISCRETE).items() if n not in WITHOUT_FUNCTION}
    count, outputs = 4000, []
    for i, (name, case) in enumerate(cases.items()):
        parameters = [] if name == "standard_normal" else [p[-1] for p in case.parameters]
        if name in INTEGER_PARAMETERS:
            parameters = [int(p) if p == int(p) else p for p in parameters]
        draw = pr.standard_normal if name == "standard_normal" else case.rv
        outputs.append(draw(*parameters, size=(count,), rng=pr.shared_rng(seed=i)))
    drawn = [np.sort(d).astype(float) for d in lamina.function([], outputs)()]
    inputs = [pt.dvector() for _ in drawn]
    below = lamina.function(
        inputs, [pt.exp(logcdf(rv, x)) for rv, x in zip(outputs, inputs, strict=True)]
    )(*drawn)
    for name, d, found in zip(cases, drawn, below, strict=True):
        up_to = np.searchsorted(d, d, side="right") / count
        # Kolmogorov's bound at a probability of 1e-6
        assert abs(found - up_to).max() < np.sqrt(np.log(2e6) / 2 / count) + 1 / count, name


def test_compiled_densities_are_those_computed_op_by_op():
    inputs, outputs, arguments = [], [], []
    for name, case in (CONTINUOUS | DISCRETE).items():
        columns, values, arrays = inputs_of(name, case)
        rv = case.rv(*(c[:, None] for c in columns))
        inputs += [*columns, values]
        outputs += [logp(rv, values)]
        arguments += arrays
    results = [
        lamina.function(inputs, outputs, mode=mode, on_unused_input="ignore")(*arguments)
        for mode in ("FAST_RUN", "NUMPY")
    ]
    for name, found, wanted in zip(CONTINUOUS | DISCRETE, *results, strict=True):
        np.testing.assert_allclose(found, wanted, 1e-12, 1e-12, err_msg=name)
