"""Log-probabilities are graphs: gradients, batches, rewrites, checks and errors."""

import pickle

import numpy as np
import pytest
import scipy.stats as st

import lamina
import lamina.tensor as pt
from lamina.compile.builders import OpFromGraph
from lamina.graph import graph_replace, rewrite_graph, vectorize_graph
from lamina.logprob import (
    Density,
    DiscreteDensity,
    ParameterValueError,
    density_of,
    icdf,
    logcdf,
    logp,
)
from lamina.tensor.random import RandomVariable
from tests.gradients import assert_gradients_agree

pr = pt.random


def test_gradients_with_respect_to_values_and_parameters():
    x = np.array([0.3, 1.7])
    two = {
        "normal": pr.normal, "gamma": pr.gamma, "beta": pr.beta, "invgamma": pr.invgamma,
        "wald": pr.wald, "gumbel": pr.gumbel, "weibull": lambda a, b: pr.weibull(a),
        "cauchy": pr.cauchy, "logistic": pr.logistic, "vonmises": pr.vonmises,
        "lognormal": pr.lognormal, "pareto": lambda a, b: pr.pareto(a, 0.2 * b),
        "t": lambda a, b: pr.t(a, b, 2.0), "laplace": pr.laplace,
        "mixture": lambda a, b: pt.switch(pr.bernoulli(0.3), pr.normal(a, b), pr.gamma(a, b)),
        "greatest": lambda a, b: pt.exp(pr.normal(a, b, size=(3,))).max(),
    }  # fmt: skip
    forms = {}
    for name, rv in two.items():
        places = [x / 2 if name == "beta" else x, 1.3, 0.8]
        forms[name] = lambda v, a, b, rv=rv: logp(rv(a, b), v), places
        if name in ("normal", "gamma", "wald", "gumbel", "cauchy", "halfcauchy"):
            forms[f"{name}, below"] = lambda v, a, b, rv=rv: logcdf(rv(a, b), v), places
    ends, k, cov = np.array([0.5, 1.7]), np.array([0, 3]), np.array([[2.0, 0.3], [0.3, 1]])
    numbers = {
        "ends": lambda a, b: logp(pt.clip(pr.normal(a, b), *ends), ends),
        "rounded": lambda a, b: logp(pt.floor(pr.normal(a, b)), k),
        "poisson": lambda a, b: logp(pr.poisson(a * b), k),
        "binomial": lambda a, b: logp(pr.binomial(5, a * b / 3), k),
        "betabinom, below": lambda a, b: logcdf(pr.betabinom(5, a, b), k),
        "dirichlet": lambda a, b: logp(pr.dirichlet(pt.stack([a, b])), np.array([0.2, 0.8])),
    }
    forms |= {name: (function, [1.3, 0.8]) for name, function in numbers.items()}
    forms["multivariate normal"] = (
        lambda v, m, c: logp(pr.multivariate_normal(m, c @ c.T), v),
        [x, 0 * x, cov],
    )
    assert_gradients_agree(forms)


def test_gradients_outside_the_support_are_0():
    x, s = pt.dvector(), pt.dscalar()
    cases = [pr.gamma(s, 1.0), pr.beta(s, 2.0), pr.lognormal(0, s), pr.exponential(s), pr.wald(s),
             pt.exp(pr.normal(0, s)), pr.triangular(0, s, 2 * s), pr.truncexpon(s),
             pt.switch(pr.bernoulli(0.3), pr.gamma(s, 1.0), pr.exponential(s))]  # fmt: skip
    gradients = [g for rv in cases for g in lamina.grad(logp(rv, x).sum(), [x, s])]
    for found in lamina.function([x, s], gradients)([-3.0, -0.5], 1.5):
        np.testing.assert_array_equal(found, 0 * found)
    half = logp(pt.switch(pr.bernoulli(0.5), pr.normal(0, 1), pr.exponential(s)), x).sum()
    found = lamina.function([x, s], lamina.grad(half, x))([-3.0, -0.5], 1.5)
    np.testing.assert_allclose(found, [3.0, 0.5])  # of the normal component alone


def test_gradients_far_in_the_tails_are_finite():
    x = pt.dvector()
    normal = pr.normal(0, 1, size=x.shape)
    below, above = normal < x, pt.maximum(normal, x)
    cost = (logp(below, True) + logp(above, x)).sum()
    gradient = lamina.function([x], lamina.grad(cost, x))([-200.0, 0.0, 200])
    assert np.isfinite(gradient).all()
    # of 2 log(cdf): for large -x its slope is -x + 1 / x
    np.testing.assert_allclose(gradient, [400.01, 4 * st.norm.pdf(0), 0], 1e-6, 1e-12)


def test_a_batch_of_values_is_the_graph_vectorized():
    value, values = pt.dscalar(), pt.dvector()
    mean, means = pt.dscalar(), pt.dvector()
    graph = logp(pt.exp(pr.normal(mean, 1)), value)
    batch = vectorize_graph(graph, {value: values, mean: means})
    gradient = vectorize_graph(lamina.grad(graph, value), {value: values, mean: means})
    f = lamina.function([values, means], [batch, gradient])
    found, slope = f([1.0, 2, -1], [0, 1.0, 2])
    density = st.lognorm(1, scale=np.exp([0, 1.0]))
    np.testing.assert_allclose(found, [*density.logpdf([1, 2]), -np.inf], 1e-12)
    np.testing.assert_allclose(slope, [-1, -(1 + np.log(2) - 1) / 2, 0], 1e-12)


def test_a_density_is_one_loop_and_a_check_that_is_certain_is_none():
    value = pt.dvector()
    graph = logp(pt.exp(pr.normal(0, 2, size=(3,))), value)
    assert "Check{sigma > 0}" in lamina.printing.debugprint(graph, file="str")
    kernels = lamina.function([value], graph, mode="FAST_RUN").ir("kernels")
    assert kernels.count("nd.kernel") == 1
    assert "sigma > 0" not in kernels
    sigma = pt.dscalar()
    unknown = logp(pt.exp(pr.normal(0, sigma, size=(3,))), value)
    kernels = lamina.function([value, sigma], unknown, mode="FAST_RUN").ir("kernels")
    assert kernels.count("sigma > 0") == 1
    rewritten = rewrite_graph(graph, include=("canonicalize", "stabilize"))
    found, wanted = lamina.function([value], [rewritten, graph])([0.3, -1, 2])
    np.testing.assert_allclose(found, wanted)


def test_a_parameter_without_meaning_raises_when_it_is_known():
    sigma = pt.dscalar("sigma")
    f = lamina.function([sigma], logp(pr.normal(0, sigma), 0.5))
    np.testing.assert_allclose(f(2), st.norm(0, 2).logpdf(0.5))
    with pytest.raises(ParameterValueError, match="sigma > 0"):
        f(-1)
    wrong = [
        (pr.uniform(1, 0), "low < high"), (pr.bernoulli(1.5), "0 <= p <= 1"),
        (pr.categorical([0.5, 0.4]), "sum"), (pr.poisson(-1), "lam >= 0"),
        (pr.triangular(0, 3, 2), "left <= mode, mode <= right"),
    ]  # fmt: skip
    for rv, message in wrong:
        with pytest.raises(ValueError, match=message):
            logp(rv, 0).eval()
    with pytest.raises(ParameterValueError, match="positive definite"):
        logp(pr.multivariate_normal([0.0, 1], -np.eye(2)), [0.0, 0]).eval()


def test_a_density_survives_pickling_and_checks_in_loops():
    sigma = pt.dscalar("sigma")
    places = np.arange(3.0)
    densities, _ = lamina.scan(
        lambda mean, sigma: logp(pr.normal(mean, sigma), 0.5),
        sequences=pt.constant(places),
        non_sequences=[sigma],
    )
    copied_sigma, copied = pickle.loads(pickle.dumps((sigma, logp(pr.normal(0, sigma), 0.5))))
    f = lamina.function([sigma, copied_sigma], [densities, copied])
    inside, alone = f(2.0, 3.0)
    np.testing.assert_allclose(inside, st.norm(places, 2).logpdf(0.5))
    np.testing.assert_allclose(alone, st.norm(0, 3).logpdf(0.5))
    with pytest.raises(ParameterValueError, match="sigma > 0"):
        f(-1.0, 1.0)


def test_parents_are_replaced_by_their_values():
    level = pr.normal(0, 2, name="level")
    data = pr.normal(level, 1, size=(3,))
    at, x = pt.dscalar(), pt.dvector()
    joint = logp(level, at) + logp(data, x).sum()
    posterior = graph_replace(joint, {level: at})
    found = lamina.function([at, x], posterior)(0.3, [1, 2, 3.0])
    wanted = st.norm(0, 2).logpdf(0.3) + st.norm(0.3, 1).logpdf([1, 2, 3]).sum()
    np.testing.assert_allclose(found, wanted)
    shifted = graph_replace(level + pr.normal(0, 1), {level: at})  # one random operand is left
    np.testing.assert_allclose(logp(shifted, 1.0).eval({at: 0.3}), st.norm(0.3, 1).logpdf(1))


def test_results_are_named_after_the_variable():
    x = pr.normal(0, 1, name="x")
    assert [f(x, 0.5).name for f in (logp, logcdf, icdf)] == ["x_logprob", "x_logcdf", "x_icdf"]


class Dice(RandomVariable):
    name, signature, dtype = "dice", "()->()", "int64"

    @classmethod
    def rng_fn(cls, rng, sides, size):
        return rng.integers(1, sides + 1, size=size)


class LoadedDice(Dice):
    pass


class Semicircle(RandomVariable):
    name, signature, dtype = "semicircle", "()->()", "floatX"

    @classmethod
    def rng_fn(cls, rng, radius, size):
        return radius * (2 * rng.beta(1.5, 1.5, size=size) - 1)


def test_densities_of_the_users_own():
    dice = Dice()
    with pytest.raises(NotImplementedError, match=r"dice_rv.*density_of.*dice\(6\)"):
        logp(dice(6), 3)

    @density_of(Dice)
    class DiceDensity(DiscreteDensity):
        def support(self, sides):
            return 1, sides

        def logp(self, x, sides):
            return pt.zeros_like(x) - pt.log(sides)

    @density_of(Semicircle)
    class SemicircleDensity(Density):
        def requires(self, radius):
            return {"radius > 0": radius > 0}

        def support(self, radius):
            return -radius, radius

        def logp(self, x, radius):
            return pt.log(2 * pt.sqrt(radius**2 - x**2) / (np.pi * radius**2))

    wanted = st.randint(1, 7)
    k = np.array([0, 1, 6, 7, 2.5])
    for rv in (dice(6), LoadedDice()(6)):
        np.testing.assert_allclose(logp(rv, k).eval(), wanted.logpmf(k), 1e-12)
    np.testing.assert_allclose(logcdf(dice(6), k).eval(), wanted.logcdf(k), 1e-12, 1e-12)
    arc = Semicircle()(2.0)
    density = st.semicircular(scale=2)
    np.testing.assert_allclose(logp(arc, [0.5, 3]).eval(), density.logpdf([0.5, 3]), 1e-12)
    wanted = density.logpdf(np.log(2)) - np.log(2)
    np.testing.assert_allclose(logp(pt.exp(arc), 2.0).eval(), wanted)
    with pytest.raises(NotImplementedError, match="semicircle_rv.*has no logcdf"):
        logp(arc < 1, True)
    with pytest.raises(TypeError, match="class of random variables"):
        density_of(float)


def test_expressions_without_a_known_density_are_refused_by_op_and_line():
    n, x = pr.normal(0, 1), pt.dvector("x")
    flags = pr.bernoulli(0.5, size=(2,))
    vector = pr.multivariate_normal([0.0, 0], np.eye(2))
    cases = {
        "x is not random": x,
        r"Sin.*no expression of which the density is known.*pt\.sin\(n\)": pt.sin(n),
        "several random operands.*graph_replace": n + pr.normal(0, 1),
        "several random operands.*": n * n,
        r"repeats .* of shape \(1,\) to the shape \(3,\)": n + np.arange(3.0),
        "density_of": pr.permutation(3),
        "no expression.*": pr.normal(0, 1, size=(3,)).sum(),
        "exponent": n**x,
        "random bound": pt.clip(0.5, n, 2),
        "equals any given number with probability 0": pt.eq(n, 0),
        "cannot be clipped": pt.clip(vector, 0, 1),
        "cannot be rounded": pt.floor(pr.poisson(2)),
        "opposite signs": abs(vector),
        "density at some values": pt.exp(pt.clip(n, 0, 1)),
        "dependent, or clipped": vector.max(),
        "moves dimensions": pr.multivariate_normal(np.zeros((2, 2)), np.eye(2)).T,
        "part of elements that are dependent": vector[0],
        "same draw": pt.stack([n, pt.exp(n)]),
        "one draw in several ways": pt.stack([abs(n), pr.normal(n, 1)]),
        "by one of them": pt.switch(n > 0, n, 0.0),
        "vectors of which the elements": pt.switch(flags, vector, pr.normal(0, 1, size=(2,))),
        "mixes": pt.switch(pr.bernoulli(0.5), n, pr.poisson(1)),
        "length of axis 0 must be known": pr.normal(x, 1)[pr.bernoulli(0.5)],
        "generator": n.owner.outputs[0],
        "running product": pt.cumprod(pr.normal(0, 1, size=(2,))),
    }  # fmt: skip
    for message, expression in cases.items():
        with pytest.raises(NotImplementedError, match=message):
            logp(expression, pt.zeros(getattr(expression.type, "ndim", 0) * (2,)))
    with pytest.raises(NotImplementedError, match="vectors as values"):
        logcdf(vector, [0.0, 0])
    with pytest.raises(NotImplementedError, match="no icdf"):
        icdf(abs(n), 0.5)


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\) does not broadcast to the shape \(2,\)"):
        logp(pr.normal(0, 1, size=(2,)), [1, 2, 3.0])
    with pytest.raises(TypeError, match="complex"):
        logp(pr.normal(0, 1), 1j)
    with pytest.raises(TypeError, match="random variable"):
        logp(3.0, 1.0)


def test_graphs_within_ops_are_looked_into():
    a = pt.dscalar()
    rv = OpFromGraph([a], [pt.exp(a)])(pr.normal(0, 1))
    np.testing.assert_allclose(logp(rv, 2.0).eval(), st.lognorm(1).logpdf(2))
    checked = lamina.raise_op.Assert("finite")(pr.normal(0, 1), pt.isfinite(a))
    np.testing.assert_allclose(logp(checked, 2.0).eval(), st.norm.logpdf(2))
