"""Functions of random variables: closed forms of scipy.stats, sums and integrals."""

import numpy as np
import pytest
import scipy.stats as st
from scipy.integrate import quad

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.logprob import icdf, logcdf, logp

pr = pt.random


def agree(cases, function=logp, tolerance=1e-11):
    """Compile what `function` gives of each expression, and compare it with an array or a frozen
    distribution.
    """
    inputs, outputs, arguments, expected = [], [], [], []
    for rv, values, wanted in cases.values():
        values = np.asarray(values)
        variable = pt.tensor(dtype=values.dtype, shape=(None,) * values.ndim)
        inputs.append(variable)
        outputs.append(function(rv, variable))
        arguments.append(values)
        if hasattr(wanted, "support"):
            density = wanted.logpdf if hasattr(wanted.dist, "logpdf") else wanted.logpmf
            wanted = {logp: density, logcdf: wanted.logcdf, icdf: wanted.ppf}[function](values)
        expected.append(wanted)
    before = not_native.callbacks.copy(), not_native.interpreted.copy()
    results = lamina.function(inputs, outputs)(*arguments)
    assert before == (not_native.callbacks, not_native.interpreted)
    for name, found, wanted in zip(cases, results, expected, strict=True):
        np.testing.assert_allclose(found, wanted, tolerance, tolerance, err_msg=name)


Z, N, LOGN = st.norm(), st.norm(1, 2), st.lognorm(2, scale=np.e)
X = (-1.5, -0.3, 0.2, 0.9, 1.7, 4.0)


def monotone():
    n, e, u = pr.normal(1, 2), pr.exponential(1.0), pr.uniform(0, 1)
    c = pt.constant(-2.0)
    return {
        "exp": (pt.exp(n), X, LOGN),
        "log": (pt.log(pr.lognormal(1, 2)), X, N),
        "log of exponential": (-pt.log(e), X, st.gumbel_r()),
        "affine": (3 + c * n, X, st.norm(1, 4)),
        "affine, other order": (n * 0.5 - 3, X, st.norm(-2.5, 1)),
        "difference": (3 - n, X, st.norm(2, 2)),
        "quotient": (n / -4, X, st.norm(-0.25, 0.5)),
        "negation": (-n, X, st.norm(-1, 2)),
        "float32": (pt.cast(n, "float32"), X, N),
        "sqrt": (pt.sqrt(2 * e), X, st.rayleigh()),
        "power": (e ** (1 / 3.0), X, st.weibull_min(3)),
        "cube": (pt.sign(1.0) * pr.normal(0, 1) ** 3, (-8.0, -1.0, 2.0),
                 Z.logpdf(np.cbrt([-8, -1, 2])) - np.log(3 * np.cbrt([64, 1, 4]))),
        "exp, base 10": (10.0 ** pr.normal(0, 1), X, st.lognorm(np.log(10))),
        "logit": (pt.logit(u), X, st.logistic()),
        "sigmoid": (pt.sigmoid(pr.logistic(0, 1)), X, st.uniform()),
        "tan": (pt.arctan(pr.cauchy(0, 1)), X, st.uniform(-np.pi / 2, np.pi)),
        "probability transform": (pt.erf(pr.halfnormal(0, 1) / np.sqrt(2)), X, st.uniform()),
        "expm1": (pt.expm1(e), X, st.lomax(1)),
        "softplus of log": (pt.softplus(pt.log(pt.expm1(e))), X, st.expon()),
        "sinh": (pt.arcsinh((pr.normal(0, 1) - 1) / 2), X,
                 Z.logpdf(1 + 2 * np.sinh(X)) + np.log(2 * np.cosh(X))),
        "johnson": (pt.sinh((pr.normal(0, 1) - 1) / 2), X, st.johnsonsu(1, 2)),
    }  # fmt: skip


def folded():
    e = pr.exponential(1.0)
    return {
        "abs": (abs(pr.normal(0, 2)), X, st.halfnorm(scale=2)),
        "abs of shifted": (abs(pr.normal(1, 1)), X, st.foldnorm(1)),
        "square": (pr.normal(0, 1) ** 2, X, st.chi2(1)),
        "sqr": (pt.sqr(pr.normal(1.5, 1)), X, st.ncx2(1, 2.25)),
        "reciprocal": (1 / pr.gamma(3, 0.5), X, st.invgamma(3, scale=2)),
        "reciprocal of cauchy": (pt.reciprocal(pr.cauchy(0, 1)), X, st.cauchy()),
        "ratio": (-2 / pr.cauchy(0, 1), X, st.cauchy(0, 2)),
        "frechet": (e**-0.5, X, st.invweibull(2)),
        "even reciprocal": (pr.normal(0, 1) ** -2, X, st.levy()),
        "cosh": (pt.cosh(pt.arcsinh(abs(pr.normal(0, 1)))) ** 2 - 1, X, st.chi2(1)),
    }


def test_the_density_of_a_monotone_function_changes_variables():
    agree(monotone())


def test_the_distribution_function_of_a_monotone_function():
    cases = {n: c for n, c in monotone().items() if hasattr(c[2], "support")}
    agree(cases, logcdf, 1e-9)


def test_quantiles_of_a_monotone_function():
    q = (1e-6, 0.2, 0.5, 0.9)
    cases = {n: (c[0], q, c[2]) for n, c in monotone().items() if hasattr(c[2], "support")}
    del cases["float32"]  # which the quantiles are
    agree(cases, icdf, 1e-8)


def test_even_functions_and_reciprocals_of_what_is_not_negative_are_monotone():
    e = pr.exponential(1.0)
    squares = pr.gamma(0.5, 2.0)
    cases = {
        "square": (pr.halfnormal(0, 1) ** 2, X, st.chi2(1)),
        "square of a function": (pt.sqr(pt.sqrt(2 * e)), X, st.expon(scale=2)),
        "abs": (abs(e), X, st.expon()),
        "reciprocal": (1 / squares, X, st.levy()),
        "negative square": (pr.weibull(1.5) ** -2, X, st.invweibull(0.75)),
    }
    agree(cases)
    agree(cases, logcdf, 1e-9)
    agree({n: (rv, (0.1, 0.7), wanted) for n, (rv, _, wanted) in cases.items()}, icdf, 1e-9)


def test_functions_that_are_not_monotone_add_the_densities_of_all_sources():
    agree(folded())
    agree(folded(), logcdf, 1e-9)


def test_discrete_variables_change_values_alone():
    k = pr.poisson(3)
    p = st.poisson(3)
    agree({
        "affine": (2 * k - 1, (-1.0, 1.0, 2.0, 5.0), [*p.logpmf([0, 1]), -np.inf, p.logpmf(3)]),
        "integers": (5 - 3 * k, (5, 4, -1), [p.logpmf(0), -np.inf, p.logpmf(2)]),
        "rounding errors": (0.1 * k, 0.1 * np.arange(5.0), p.logpmf(np.arange(5))),
        "exp": (pt.exp(0.3 * k), np.exp(0.3 * np.array([0, 2, 2.5])), p.logpmf([0, 2, 2.5])),
        "square at 0": (k**2, (0, 4, 5), [p.logpmf(0), p.logpmf(2), -np.inf]),
        "abs": (abs(k - 2), (0, 1, 2, 3), np.log(p.pmf([2, 3, 4, 5]) + p.pmf([-9, 1, 0, -9]))),
        "invert": (~pr.bernoulli(0.3), (-1, -2, 0), [np.log(0.7), np.log(0.3), -np.inf]),
    })  # fmt: skip
    within = [0, p.pmf(2), p.pmf([1, 2, 3]).sum(), p.pmf([1, 2, 3]).sum(), p.cdf(6)]
    with np.errstate(divide="ignore"):
        agree({"abs": (abs(k - 2), (-1, 0, 1, 1.5, 4), np.log(within))}, logcdf)


def test_clipped_variables_have_probabilities_at_the_ends():
    n = pr.normal(0, 1)
    values = np.array([-2, -1, 0.3, 1.5, 2])
    never, density, low, high = -np.inf, Z.logpdf(values), Z.logcdf(-1), Z.logsf(1.5)
    poisson = st.poisson(3)
    clipped = [poisson.logcdf(1), *poisson.logpmf([2, 3]), poisson.logsf(3)]
    agree({
        "clip": (pt.clip(n, -1, 1.5), values, [never, low, density[2], high, never]),
        "maximum": (pt.maximum(n, -1), values, [never, low, *density[2:]]),
        "minimum": (pt.minimum(1.5, n), values, [*density[:3], high, never]),
        "tail": (pt.maximum(n, 30), [30.0, 31], [0, Z.logpdf(31)]),
        "tail above": (pt.minimum(n, 30), [30.0], [Z.logsf(30)]),
        "discrete": (pt.clip(pr.poisson(3), 1, 4), np.arange(6), [never, *clipped, never]),
    })  # fmt: skip
    agree({"clip": (pt.clip(n, -1, 1.5), values, [-np.inf, *Z.logcdf([-1, 0.3]), 0, 0])}, logcdf)
    agree({"clip": (pt.clip(n, -1, 1.5), (0.01, 0.6, 0.99), [-1, Z.ppf(0.6), 1.5])}, icdf)


def test_rounded_variables_have_the_probability_of_what_is_rounded():
    n, k = pr.normal(0.3, 2), np.array([-3.0, -1, 0, 1, 2, 9, 0.5])
    d = st.norm(0.3, 2)

    def between(a, b):
        with np.errstate(divide="ignore"):
            return np.where(k == np.floor(k), np.log(d.cdf(b) - d.cdf(a)), -np.inf)

    toward_0 = between(np.where(k > 0, k, k - 1), np.where(k < 0, k, k + 1))
    cases = {
        "floor": (pt.floor(n), k, between(k, k + 1)),
        "ceil": (pt.ceil(n), k, between(k - 1, k)),
        "round": (pt.round(n), k, between(k - 0.5, k + 0.5)),
        "trunc": (pt.trunc(n), k, toward_0),
        "integers": (pt.cast(n, "int64"), k, toward_0),
    }
    agree(cases, tolerance=1e-9)
    # in the upper tail the probabilities would cancel
    geometric = pt.floor(pr.exponential(1.0))
    agree({"tail": (geometric, [100.0, 700], st.geom(1 - np.exp(-1), loc=-1).logpmf([100, 700]))})
    k = k[2:6]
    agree({"floor": (geometric, k, np.log1p(-np.exp(-k - 1)))}, logcdf)


def test_comparisons_have_the_probabilities_of_their_sides():
    n, k = pr.normal(0, 1), pr.poisson(3)
    p, both = st.poisson(3), [True, False]
    agree({
        "<": (n < 0.3, both, [Z.logcdf(0.3), Z.logsf(0.3)]),
        "> of the other side": (0.3 > n, both, [Z.logcdf(0.3), Z.logsf(0.3)]),
        ">=": (n >= 8, both, [Z.logsf(8), Z.logcdf(8)]),
        "discrete <": (k < 2, both, [p.logcdf(1), p.logsf(1)]),
        "discrete <=": (k <= 2, both, [p.logcdf(2), p.logsf(2)]),
        "discrete >": (k > 2, (1, 0, 2), [p.logsf(2), p.logcdf(2), -np.inf]),
        "discrete >=": (k >= 2, both, [p.logsf(1), p.logcdf(1)]),
        "==": (pt.eq(k, 2), both, np.log([p.pmf(2), 1 - p.pmf(2)])),
        "!=": (pt.neq(2, k), both, np.log([1 - p.pmf(2), p.pmf(2)])),
        "not": (~(n < 0.3), both, [Z.logsf(0.3), Z.logcdf(0.3)]),
        "bool": (pt.cast(k, "bool"), both, [p.logsf(0), p.logcdf(0)]),
    })  # fmt: skip


def test_extremes_of_independent_elements():
    x = np.array([-0.4, 0.3, 1.0])
    parts = st.norm([[0], [1.0], [-2]], [[1], [2], [0.5]])
    f, big, small = parts.pdf(x), parts.cdf(x), parts.sf(x)
    normals = pr.normal([0, 1.0, -2], [1, 2, 0.5])
    least = 1 - 0.7**3
    agree({
        "same": (pr.normal(0, 1, size=(5,)).max(), x, np.log(5) + Z.logpdf(x) + 4 * Z.logcdf(x)),
        "different": (normals.max(), x, np.log((f / big).sum(0) * big.prod(0))),
        "least": (normals.min(), x, np.log((f / small).sum(0) * small.prod(0))),
        "of exponentials": (pr.exponential(1.0, size=(4,)).min(), x, st.expon(scale=0.25)),
        "of functions": (pt.exp(pr.normal(0, 1, size=(3,))).max(), x[1:],
                         np.log(3) + st.lognorm(1).logpdf(x[1:]) + 2 * st.lognorm(1).logcdf(x[1:])),
        "axis": (pr.uniform(0, 1, size=(2, 3)).max(axis=1), [0.5, 0.2], np.log([0.75, 0.12])),
        "discrete, least": (pr.geometric(0.3, size=(3,)).min(), (0, 1, 2), st.geom(least)),
        "discrete, greatest": (pr.integers(1, 7, size=(2,)).max(), (0, 1, 6),
                               [-np.inf, *np.log([1 / 36, 11 / 36])]),
    })  # fmt: skip
    agree({
        "greatest": (normals.max(), x, np.log(big.prod(0))),
        "least": (normals.min(), x, np.log(1 - small.prod(0))),
    }, logcdf)  # fmt: skip


def test_mixtures_add_the_densities_of_their_components():
    x = np.array([-0.4, 0.3, 1.0])
    b, e = st.norm(3, 2), st.expon()

    def normal():
        return pr.normal(0, 1)

    flag = pr.bernoulli(0.3)
    pair = pr.normal(0, 1, size=(2,)), pr.normal(3, 2, size=(2,))
    weights = pr.categorical([0.2, 0.5, 0.3])
    three = pt.stack([normal(), pr.normal(3, 2), pr.exponential(1.0)])
    with np.errstate(divide="ignore"):
        of_two = np.log(0.3 * Z.pdf(x) + 0.7 * b.pdf(x))
        of_three = np.log(0.2 * Z.pdf(x) + 0.5 * b.pdf(x) + 0.3 * e.pdf(x))
    joint = np.log(0.3 * Z.pdf(x[1:]).prod() + 0.7 * b.pdf(x[1:]).prod())
    inflated = np.log([0.3 + 0.7 * np.exp(-2), 1.4 * np.exp(-2)])
    each = pr.bernoulli([0.3, 1.0])
    agree({
        "switch": (pt.switch(flag, normal(), pr.normal(3, 2)), x, of_two),
        "of a comparison": (pt.switch(normal() < Z.ppf(0.3), normal(), pr.normal(3, 2)), x, of_two),
        "ifelse": (lamina.ifelse(flag, normal(), pr.normal(3, 2)), x, of_two),
        "ifelse of vectors": (lamina.ifelse(flag, *pair), x[1:], joint),
        "switch of vectors": (pt.switch(flag, *pair), x[1:], joint),
        "switch of each": (pt.switch(each, *pair), x[:2], [of_two[0], Z.logpdf(x[1])]),
        "index": (pr.normal([0, 3.0], [1, 2.0])[1 - flag], x, of_two),
        "index of several": (three[weights], x, of_three),
        "index of vectors": (pt.stack(pair)[1 - flag], x[1:], joint),
        "zero inflated": (pt.switch(flag, 0, pr.poisson(2)), (0, 1), inflated),
        "hurdle": (pt.switch(flag, 0.0, normal()), (0.0, 0.3), np.log([0.3, 0.7 * Z.pdf(0.3)])),
        "not random": (pt.switch(np.array([True, False, True]), pr.normal(0, 1, size=(3,)),
                                 pr.normal(3, 2, size=(3,))), x,
                       [Z.logpdf(x[0]), b.logpdf(x[1]), Z.logpdf(x[2])]),
    })  # fmt: skip
    both = np.log(0.3 * Z.cdf(x) + 0.7 * b.cdf(x))
    agree({
        "switch": (pt.switch(flag, normal(), pr.normal(3, 2)), x, both),
        "index": (pr.normal([0, 3.0], [1, 2.0])[1 - flag], x, both),
    }, logcdf)  # fmt: skip


def test_elements_in_other_places_keep_their_densities():
    x = np.array([[-0.4, 0.3, 1.0], [0.7, 2.0, 3.0]])
    grid = pr.normal([0, 1.0, 2], [[1.0], [2]])
    of_grid = st.norm([0, 1.0, 2], [[1.0], [2]])
    walk = pt.cumsum(pr.normal(0.1, 2, size=(3,)))
    steps = st.norm(0.1, 2)
    agree({
        "transpose": (pt.exp(grid).T, np.exp(x.T), (of_grid.logpdf(x) - x).T),
        "added dimension": (grid[:, None], x[:, None], of_grid.logpdf(x)[:, None]),
        "row": (grid[1], x[1], of_grid.logpdf(x)[1]),
        "slice": (grid[:, ::2], x[:, ::2], of_grid.logpdf(x)[:, ::2]),
        "element": (grid[1, -1], x[1, 2], of_grid.logpdf(x)[1, 2]),
        "stack": (pt.stack([pr.normal(0, 1), pr.exponential(2.0)]), x[1, :2],
                  [Z.logpdf(0.7), st.expon(scale=2).logpdf(2)]),
        "concatenate": (pt.concatenate([grid, pt.exp(grid.type.filter_variable(
            pr.normal(0, 1, size=(2, 3))))]), np.vstack([x, np.exp(x)]),
            np.vstack([of_grid.logpdf(x), Z.logpdf(x) - x])),
        "walk": (walk, x[0], steps.logpdf(np.diff(x[0], prepend=0)).sum()),
        "walks": (pt.cumsum(grid, axis=0), x, of_grid.logpdf(np.diff(x, axis=0, prepend=0)).sum()),
        "reshape": (pt.exp(grid).reshape((3, 2)), np.exp(x).reshape(3, 2),
                    (of_grid.logpdf(x) - x).reshape(3, 2)),
        "ravel": (grid.ravel(), x.ravel(), of_grid.logpdf(x).ravel()),
        "one value for all": (pr.normal(0, 1, size=(2, 3)).ravel(), 0.3, Z.logpdf([0.3] * 6)),
        "batch of walks": (walk, x, steps.logpdf(np.diff(x, prepend=0)).sum(-1)),
    })  # fmt: skip


def test_joined_elements_that_depend_on_others_are_one_draw():
    level = pr.normal(0, 1)
    x = np.array([0.4, 1.2])
    agree({
        "hierarchy": (pt.stack([level, pr.normal(level, 2)]), x,
                      Z.logpdf(0.4) + st.norm(0.4, 2).logpdf(1.2)),
        "of a function": (pt.stack([pt.exp(level), pr.normal(level, 2)]), x,
                          st.lognorm(1).logpdf(0.4) + st.norm(np.log(0.4), 2).logpdf(1.2)),
    })  # fmt: skip


def test_a_chain_of_generators_joins_independent_draws():
    next_rng, a = pr.shared_rng(1).normal(0, 1)
    _, b = next_rng.normal(3, 2)
    agree({"stack": (pt.stack([a, b]), X[:2], [Z.logpdf(X[0]), st.norm(3, 2).logpdf(X[1])])})


def test_densities_of_functions_without_a_closed_form_integrate_to_1():
    n = pr.normal(0.2, 0.7)
    expressions = [
        pt.tanh(n), pt.softplus(n), pt.sigmoid(3 * n), 1 / (1 + n**2), pt.arctan(n) ** 2,
        pt.exp(-abs(n)), abs(pt.exp(n) - 1), pt.log1p(n**2),
    ]  # fmt: skip
    v = pt.dscalar()
    f = lamina.function([v], [pt.exp(logp(e, v)) for e in expressions])
    cut = [(-1, 1), (0, 9), (0, 1), (0, 1), (0, 2.5), (0, 1), (0, 80), (0, 5)]
    for i, (low, high) in enumerate(cut):
        points = [0.5, 1.0] if high > 1 else None
        total, _ = quad(lambda y, i=i: float(f(y)[i]), low, high, limit=400, points=points)
        assert total == pytest.approx(1, abs=2e-6), expressions[i]


def test_batches_of_values_and_of_parameters():
    mean = pt.dvector("mean")
    x = pt.dmatrix("x")
    rv = pt.exp(pr.normal(mean, 1))
    f = lamina.function([mean, x], [logp(rv, x), logp(pt.exp(pr.normal(0, 1, size=(3,))), 2.0)])
    found, repeated = f([0, 1.0], [[1, 2], [3, 4.0], [5, 6]])
    wanted = st.lognorm(1, scale=np.exp([0, 1.0])).logpdf([[1, 2], [3, 4.0], [5, 6]])
    np.testing.assert_allclose(found, wanted, 1e-12)
    np.testing.assert_allclose(repeated, [st.lognorm(1).logpdf(2)] * 3, 1e-12)


def test_lengths_that_only_a_call_tells():
    n, x = pt.lscalar("n"), pt.dvector("x")

    def normal(*size):
        return pr.normal(0, 1, size=size)

    cases = [
        logp(normal(n), 0.5), logp(normal(n), x), logp(pt.exp(normal(n))[1:], pt.exp(x[1:])),
        logp(normal(n).max(), 0.5), logp(normal(n, 2).reshape((2, n)), pt.stack([x, x])),
        logp(pt.concatenate([normal(n), pr.exponential(1.0, size=(n,))]), pt.concatenate([x, x])),
        logp(pt.cumsum(normal(n)), 0.5),
    ]  # fmt: skip
    values = np.array([1, 2, 0.3])
    found = lamina.function([n, x], cases)(3, values)
    density = Z.logpdf(values)
    wanted = [
        Z.logpdf([0.5] * 3), density, (density - values)[1:],
        np.log(3) + Z.logpdf(0.5) + 2 * Z.logcdf(0.5), [density, density], [*density, *-values],
        Z.logpdf([0.5, 0, 0]).sum(),
    ]  # fmt: skip
    for y, expected in zip(found, wanted, strict=True):
        np.testing.assert_allclose(y, expected, 1e-12)


def test_float32_stays_float32():
    v = pt.fvector("v")
    cases = [pr.normal(0, 1), pt.exp(pr.normal(0, 1)), pt.clip(pr.gamma(2, 1.0), 1, 2),
             pr.normal(0, 1, size=(3,)).max(), pr.poisson(3)]  # fmt: skip
    outputs = [logp(rv, v) for rv in cases]
    assert {y.dtype for y in outputs} == {"float32"}
    found = lamina.function([v], outputs)(np.float32([1, 2]))
    np.testing.assert_allclose(found[1], st.lognorm(1).logpdf([1, 2]), 1e-5)
