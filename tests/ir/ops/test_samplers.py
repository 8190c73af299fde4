"""Draws of compiled functions against NumPy's and SciPy's."""

import numpy as np
import pytest
import scipy.stats as stats

import lamina
import lamina.tensor as pt
from lamina.compile import not_native

COUNT = {"FAST_RUN": 100_000, "NUMPY": 10_000}
RANDOM = pt.random

# the parameters of a distribution, and who else draws from it
BY_NUMPY = {
    "normal": ((1.0, 2.0), "normal"),
    "uniform": ((-1.0, 2.0), "uniform"),
    "lognormal": ((0.1, 0.5), "lognormal"),
    "exponential": ((2.0,), "exponential"),
    "gamma": ((0.7, 2.0), "gamma"),
    "beta": ((2.0, 0.5), "beta"),
    "laplace": ((1.0, 2.0), "laplace"),
    "logistic": ((1.0, 2.0), "logistic"),
    "weibull": ((1.5,), "weibull"),
    "wald": ((1.0, 2.0), "wald"),
    "vonmises": ((0.5, 2.0), "vonmises"),
    "triangular": ((0.0, 0.3, 1.0), "triangular"),
    "binomial": ((50, 0.4), "binomial"),
    "geometric": ((0.1,), "geometric"),
    "hypergeometric": ((20, 30, 11), "hypergeometric"),
    "poisson": ((7.5,), "poisson"),
    "integers": ((-3, 2**33), "integers"),
    "multinomial": ((20, [0.2, 0.5, 0.3]), "multinomial"),
    "dirichlet": (([0.5, 2.0, 3.0],), "dirichlet"),
}
BY_SCIPY = {
    "halfnormal": ((1.0, 2.0), stats.halfnorm(1, 2)),
    "t": ((5.0, 1.0, 2.0), stats.t(5.0, 1, 2)),
    "bernoulli": ((0.3,), stats.bernoulli(0.3)),
    "nbinom": ((5, 0.3), stats.nbinom(5, 0.3)),
    "betabinom": ((10, 2.0, 3.0), stats.betabinom(10, 2.0, 3.0)),
    "cauchy": ((1.0, 2.0), stats.cauchy(1, 2)),
    "halfcauchy": ((1.0, 2.0), stats.halfcauchy(1, 2)),
    "gumbel": ((1.0, 2.0), stats.gumbel_r(1, 2)),
    "pareto": ((3.0, 2.0), stats.pareto(3.0, 0, 2.0)),
    "truncexpon": ((2.0, 1.0, 0.5), stats.truncexpon(2.0, 1, 0.5)),
    "gengamma": ((2.0, 1.5, 0.5), stats.gengamma(2 / 1.5, 1.5, 0, 0.5)),
}
BY_FORMULA = {
    "invgamma": ((2.0, 3.0), lambda rng, n: 1 / rng.gamma(2.0, 1 / 3.0, n)),
    "chisquare": ((3.0,), lambda rng, n: rng.chisquare(3.0, n)),
    "standard_normal": ((), lambda rng, n: rng.standard_normal(n)),
    "categorical": (
        ([0.2, 0.5, 0.3],),
        lambda rng, n: np.searchsorted(np.cumsum([0.2, 0.5, 0.3]), rng.uniform(size=n)),
    ),
}
CASES = {
    **{k: (p, lambda rng, n, m=m, p=p: getattr(rng, m)(*p, n)) for k, (p, m) in BY_NUMPY.items()},
    **{k: (p, lambda rng, n, d=d: d.rvs(n, rng)) for k, (p, d) in BY_SCIPY.items()},
    **BY_FORMULA,
}
# Those of which NumPy has no C function.
BY_PYTHON = {"cauchy", "halfcauchy", "gumbel", "pareto", "truncexpon", "gengamma"}


def draws(cases, mode):
    """Two calls of one function of all cases, and the states after it."""
    shared, drawn, updates = [], [], []
    for name, (parameters, _) in cases.items():
        rng = RANDOM.shared_rng(7, name=name)
        next_rng, x = getattr(RANDOM, name)(
            *parameters, size=(COUNT[mode],), rng=rng, return_next_rng=True
        )
        shared.append(rng)
        drawn.append(x)
        updates.append((rng, next_rng))
    f = lamina.function([], drawn, updates=updates, mode=mode)
    return [f(), f()], [rng.get_value().bit_generator.state for rng in shared]


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_draws_equal_numpys_and_scipys_bit_for_bit(mode):
    before = not_native.callbacks.copy()
    calls, states = draws(CASES, mode)
    wrong = []
    for i, (name, (_, reference)) in enumerate(CASES.items()):
        rng = np.random.default_rng(7)
        for found in calls:
            expected = reference(rng, COUNT[mode])
            if not (np.array_equal(found[i], expected) and found[i].shape == expected.shape):
                wrong.append(name)
        if states[i] != rng.bit_generator.state:
            wrong.append(f"{name}: state")
    assert not wrong
    called = not_native.callbacks - before
    used = {title.partition("_rv")[0] for title in called}
    assert used == (BY_PYTHON if mode == "FAST_RUN" else set())


def test_small_alphas_break_a_stick():
    alphas = np.array(
        [[0.05, 0.01, 0.03], [0, 0, 0], [0, 0.05, 0], [0.05, 0, 0.02], [0, 0, 0.01], [0.5, 1, 2]]
    )
    rng, reference = RANDOM.shared_rng(4), np.random.default_rng(4)
    next_rng, x = RANDOM.dirichlet(alphas, size=(50, 6), rng=rng, return_next_rng=True)
    found, after = lamina.function([], [x, next_rng])()
    expected = [[reference.dirichlet(row) for row in alphas] for _ in range(50)]
    assert np.array_equal(found, expected)
    assert after.bit_generator.state == reference.bit_generator.state


def test_parameters_are_batched_by_broadcasting():
    low, high = np.array([0, 5, -10]), np.array([[2**40], [6]])
    p = np.array([[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]])
    n = np.array([[5], [1000]])
    loc = pt.matrix("loc", shape=(None, 1))
    scale = pt.vector("scale")
    cases = [
        (lambda m, **k: m.integers(low, high, **k), {"size": (4, 2, 3)}),
        (lambda m, **k: m.integers(0, 256, **k), {"size": (5,)}),
        (lambda m, **k: m.integers(3, 4, **k), {"size": (5,)}),
        (lambda m, **k: m.integers(-(2**63), 2**63 - 1, **k), {"size": (5,)}),
        (lambda m, **k: m.multinomial(n, p, **k), {}),
        (lambda m, **k: m.gamma(p + 0.1, 2.0, **k), {}),
        (lambda m, **k: m.normal(low, 1, **k), {"size": (2, 3)}),
        (lambda m, **k: m.normal(**k), {"size": (0, 3)}),
        (lambda m, **k: m.normal(**k), {}),
    ]  # fmt: skip
    variables, expected = [], []
    for seed, (draw, size) in enumerate(cases):
        variables.append(draw(RANDOM, rng=RANDOM.shared_rng(seed), **size))
        expected.append(draw(np.random.default_rng(seed), **size))
    variables.append(RANDOM.normal(loc, scale, rng=RANDOM.shared_rng(99)))
    values = np.array([[1.0], [10.0]]), np.array([1.0, 2.0, 3.0])
    expected.append(np.random.default_rng(99).normal(*values))
    for mode in ("FAST_RUN", "NUMPY"):
        found = lamina.function([loc, scale], variables, mode=mode)(*values)
        for x, y in zip(found, expected, strict=True):
            assert np.array_equal(x, y) and x.shape == np.shape(y)


def test_parameters_may_be_views():
    p, a = pt.matrix("p"), pt.matrix("a")
    cases = [
        lambda m, p, a, **k: m.multinomial(100, p.T, **k),
        lambda m, p, a, **k: m.normal(a.T[::2], a.T[1::2], **k),
        lambda m, p, a, **k: m.multinomial(100, p[:, ::-1][0], **k),
    ]
    drawn = [draw(RANDOM, p, a, rng=RANDOM.shared_rng(3)) for draw in cases]
    drawn.append(RANDOM.categorical(p.T, rng=RANDOM.shared_rng(3)))
    drawn.append(RANDOM.dirichlet(a.T, rng=RANDOM.shared_rng(3)))
    probabilities, values = np.array([[0.2, 0.7], [0.8, 0.3]]), np.arange(1.0, 13.0).reshape(3, 4)
    found = lamina.function([p, a], drawn)(probabilities, values)
    for x, draw in zip(found, cases, strict=False):
        expected = draw(np.random.default_rng(3), probabilities, values)
        assert np.array_equal(x, expected)
    u = np.random.default_rng(3).random(2)
    assert np.array_equal(found[3], u > probabilities[0])
    rng = np.random.default_rng(3)
    assert np.array_equal(found[4], [rng.dirichlet(column) for column in values.T])


def test_a_narrow_dtype_rounds_what_is_drawn_in_the_wide_one():
    x, y, n = (
        draw(rng=RANDOM.shared_rng(3), size=(40,), dtype=dtype)
        for draw, dtype in (
            (lambda **k: RANDOM.normal(0, 1, **k), "float32"),
            (lambda **k: RANDOM.dirichlet([0.5, 2.0, 0.1], **k), "float32"),
            (lambda **k: RANDOM.multinomial(100, [0.5, 0.5], **k), "int8"),
        )
    )
    found = lamina.function([], [x, y, n])()
    rng = lambda: np.random.default_rng(3)  # noqa: E731
    expected = [
        rng().normal(size=40).astype("float32"),
        rng().dirichlet([0.5, 2.0, 0.1], size=40).astype("float32"),
        rng().multinomial(100, [0.5, 0.5], size=40).astype("int8"),
    ]
    for a, b in zip(found, expected, strict=True):
        assert np.array_equal(a, b) and a.dtype == b.dtype


DOMAIN = "Domain error in arguments"
WRONG = {
    "normal": [(0.0, -1.0), (0.0, -0.0), (0.0, [1.0, -1.0])],
    "uniform": [(1.0, 0.0), (-1e308, 1e308), (-np.inf, 0.0)],
    "exponential": [(-1.0,)],
    "gamma": [(-1.0, 1.0), (1.0, -1.0)],
    "beta": [(0.0, 1.0), (1.0, 0.0)],
    "lognormal": [(0.0, -1.0)],
    "laplace": [(0.0, -1.0)],
    "weibull": [(-1.0,)],
    "wald": [(0.0, 1.0), (1.0, 0.0)],
    "vonmises": [(0.0, -1.0)],
    "triangular": [(0.0, -1.0, 1.0), (0.0, 2.0, 1.0), (0.0, 0.0, 0.0)],
    "binomial": [(-1, 0.5), (5, 1.5), (5, np.nan), (5, [0.5, 2.0])],
    "geometric": [(0.0,), (1.5,)],
    "hypergeometric": [(-1, 2, 1), (1, -2, 1), (1, 2, -1), (1, 2, 5), (10**9, 1, 1)],
    "poisson": [(-1.0,), (np.nan,), (1e30,), ([1.0, -1.0],)],
    "integers": [(5, 5), (5, 2)],
    "multinomial": [(-1, [0.5, 0.5]), (1, [0.7, 0.5, 0.1]), (1, [-0.7, 0.5, 0.1])],
    "dirichlet": [([0.0, -1.0],)],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_parameters_are_numpys_errors_and_advance_no_generator(name):
    rng = RANDOM.shared_rng(1)
    state = rng.get_value().bit_generator.state
    for values in WRONG[name]:
        given = [np.asarray(v) for v in values]
        inputs = [pt.tensor(dtype=v.dtype, shape=v.shape) for v in given]
        with pytest.raises((ValueError, OverflowError)) as numpys:
            getattr(np.random.default_rng(1), name)(*values)
        next_rng, x = getattr(rng, name)(*inputs)
        f = lamina.function(inputs, x, updates={rng: next_rng})
        with pytest.raises(numpys.type) as ours:
            f(*given)
        assert str(ours.value).startswith(str(numpys.value))
        assert rng.get_value().bit_generator.state == state


def test_wrong_parameters_of_scipys_distributions_are_its_errors():
    cases = {
        "halfnorm": RANDOM.halfnormal(0.0, -1.0),
        "t": RANDOM.t(0.0),
        "bernoulli": RANDOM.bernoulli(np.nan),
        "nbinom": RANDOM.nbinom(5, 0.0),
        "betabinom": RANDOM.betabinom(5, 0.0, 1.0),
    }
    for name, x in cases.items():
        with pytest.raises(ValueError, match=rf"{DOMAIN}.*`scipy.stats.{name}`"):
            x.eval()


def test_a_scale_of_0_throughout_draws_nothing_as_in_scipy():
    cases = [
        (lambda **k: RANDOM.halfnormal(3.0, 0.0, size=(2,), **k), stats.halfnorm(3, 0), 2),
        (lambda **k: RANDOM.halfnormal(0, [0.0, 1.0], **k), stats.halfnorm(0, [0, 1]), 2),
        (lambda **k: RANDOM.t(5.0, 3.0, 0.0, size=(2,), **k), stats.t(5.0, 3, 0), 2),
    ]
    outputs = []
    for draw, _, _ in cases:
        next_rng, x = draw(rng=RANDOM.shared_rng(3), return_next_rng=True)
        outputs += [x, next_rng]
    found = lamina.function([], outputs)()
    for (_, distribution, n), x, after in zip(cases, found[::2], found[1::2], strict=True):
        rng = np.random.default_rng(3)
        assert np.array_equal(x, distribution.rvs(n, rng))
        assert after.bit_generator.state == rng.bit_generator.state


def test_nan_is_let_through_where_numpy_lets_it_through():
    found = lamina.function([], [RANDOM.normal(0.0, np.nan), RANDOM.gamma(1.0, np.nan)])()
    assert np.isnan(found).all()
