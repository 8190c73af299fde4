"""Draws from counter-based generators in graphs, against those of the generators themselves."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.tensor.random import counter_based_rng

SEED = 3
MODES = pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY", "CUDA-EMU"])
EXACT = {
    "uniform", "integers", "bernoulli", "categorical", "choice", "permutation", "geometric",
    "poisson", "binomial", "multinomial",
}  # fmt: skip


def shared(seed=SEED):
    return pt.random.shared_rng(seed, counter_based=True)


def in_turn(draws, mode, inputs=()):
    """Draws in turn from one generator, as a function that updates it, and the generator."""
    rng = shared()
    following, outputs = rng, []
    for name, parameters, kwargs in draws:
        following, x = getattr(following, name)(*parameters, **kwargs)
        outputs.append(x)
    return lamina.function(list(inputs), outputs, updates={rng: following}, mode=mode), rng


DRAWS = [
    ("normal", (0.0, [1.0, 2.0, 3.0]), {"size": (5, 3)}),
    ("uniform", (), {"size": 7}),
    ("uniform", (-1.0, 2.0), {"size": (2, 2), "dtype": "float32"}),
    ("uniform", (), {}),
    ("integers", (-3, 10), {"size": (2, 3)}),
    ("integers", ([[0], [5]], [6, 7, 8]), {}),
    ("bernoulli", ([0.2, 0.9],), {}),
    ("categorical", ([0.2, 0.3, 0.5],), {"size": (4,)}),
    ("categorical", ([[0.2, 0.8, 0.0], [0.0, 0.0, 1.0]],), {"size": (5, 2)}),
    ("t", (4.0,), {"size": 3}),
    ("wald", ([4.0, 1.0], 1.0), {}),
    ("gumbel", (0.0,), {"size": (3, 1)}),
    ("geometric", (0.2,), {"size": 0}),
    ("poisson", ([0.5, 12.0, 30.0, 1e5],), {}),
    ("binomial", (50, [0.0, 0.3, 0.9, 1.0]), {"size": (3, 4)}),
    ("exponential", (2.0,), {"size": (2, 5), "dtype": "float32"}),
]  # fmt: skip
ORDERS_AND_COUNTS = [
    ("multinomial", ([5, 100], [[0.2, 0.3, 0.5], [0.1, 0.0, 0.9]]), {"size": (4, 2)}),
    ("multinomial", ([[3], [4]], [0.5, 0.5]), {"size": (2, 5)}),
    ("multinomial", (7, [1.0]), {}),
    ("permutation", (6,), {}),
    ("permutation", (np.eye(3),), {}),
    ("choice", (np.arange(20.0),), {"size": (2, 3)}),
    ("choice", (8,), {"size": 3, "replace": False}),
    ("choice", (3,), {"size": 50, "p": [0.2, 0.5, 0.3]}),
]
ON_A_PROCESSOR = [
    ("dirichlet", ([0.2, 3.0, 0.0, 0.5],), {"size": (2, 3)}),
    ("dirichlet", ([[0.2, 3.0], [0.0, 0.0], [2.0, 0.0]],), {}),
    ("dirichlet", ([2.0],), {"size": 3}),
    ("gamma", ([0.2, 30.0], 2.0), {}),
    ("beta", (2.0, 0.5), {"size": 4}),
    ("multivariate_normal", ([0.0, 1.0], [[2.0, 1.0], [1.0, 2.0]]), {"size": 3}),
]  # fmt: skip


def numpys(rng, name, parameters, size=None, dtype=None, **kwargs):
    """What a generator draws by its methods."""
    match name:
        case "bernoulli":
            return rng.random(size or np.shape(parameters[0])) < parameters[0]
        case "categorical":
            p = np.array(parameters[0])
            u = rng.random(size)
            return (np.cumsum(p, -1)[..., :-1] < u[..., None]).sum(-1)
        case "t":
            return rng.standard_t(*parameters, size=size)
        case "uniform" if dtype == "float32":
            low, high = parameters
            return low + (high - low) * rng.random(size, np.float32).astype(float)
        case "permutation":
            return rng.permutation(*parameters)
        case "multivariate_normal":
            return rng.multivariate_normal(*parameters, size=size, method="cholesky")
    return getattr(rng, name)(*parameters, size=size, **kwargs)


@MODES
def test_functions_draw_what_the_generator_draws(mode):
    draws = DRAWS + ORDERS_AND_COUNTS + (ON_A_PROCESSOR if mode != "CUDA-EMU" else [])
    before = not_native.callbacks.copy()
    f, rng = in_turn(draws, mode)
    same = counter_based_rng(SEED)
    for _ in range(2):
        for (name, parameters, kwargs), found in zip(draws, f(), strict=True):
            expected = numpys(same, name, parameters, **kwargs)
            found = np.asarray(found)
            assert found.shape == np.shape(expected)
            assert found.dtype == kwargs.get("dtype", found.dtype)
            if name in EXACT:
                assert np.array_equal(found, np.asarray(expected).astype(found.dtype)), name
            else:
                rtol = 1e-6 if found.dtype == np.float32 else 1e-13
                np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-14)
    assert np.array_equal(rng.get_value().counter, same.counter)
    if mode == "FAST_RUN":
        assert not not_native.callbacks - before


@MODES
def test_lengths_and_parameters_may_be_inputs(mode):
    n, loc, p = pt.lscalar("n"), pt.dvector("loc"), pt.dmatrix("p")
    draws = [
        ("normal", (loc[:, None], 1.0), {"size": (loc.shape[0], n)}),
        ("categorical", (p,), {}),
        ("integers", (0, n), {"size": (n,)}),
    ]
    f, rng = in_turn(draws, mode, [n, loc, p])
    odds = np.array([[0.5, 0.5, 0.0], [0.1, 0.1, 0.8]])
    same = counter_based_rng(SEED)
    for count in (3, 1, 5):
        found = list(map(np.asarray, f(count, np.array([1.0, 10.0]), odds)))
        z = same.normal([[1.0], [10.0]], 1.0, (2, count))
        np.testing.assert_allclose(found[0], z, rtol=1e-13)
        assert np.array_equal(found[1], numpys(same, "categorical", (odds,), (2,)))
        assert np.array_equal(found[2], same.integers(0, count, count))
    assert np.array_equal(rng.get_value().counter, same.counter)


@MODES
def test_wrong_parameters_are_numpys_errors_and_advance_no_generator(mode):
    scale, high, q = pt.dscalar("scale"), pt.dvector("high"), pt.dscalar("q")
    draws = [
        ("normal", (0.0, scale), {"size": 3}),
        ("uniform", (0.0, high), {}),
        ("cauchy", (0.0, q), {}),
    ]
    f, rng = in_turn(draws, mode, [scale, high, q])
    for values, error, words in (
        ((-1.0, [1.0], 1.0), ValueError, "scale < 0"),
        ((1.0, [1.0, np.inf], 1.0), OverflowError, "high - low range exceeds valid bounds"),
        ((1.0, [1.0, -1.0], 1.0), ValueError, "high - low < 0"),
        ((1.0, [1.0], -1.0), ValueError, "scipy.stats.cauchy"),
    ):
        with pytest.raises(error, match=words):
            f(*values)
    assert not rng.get_value().counter.any()
    f(1.0, [1.0, 2.0], 0.0)


@MODES
def test_negative_lengths_are_refused(mode):
    n = pt.lscalar("n")
    for size in ((n,), (n, n), (2, n)):
        f, rng = in_turn([("uniform", (), {"size": size})], mode, [n])
        with pytest.raises(ValueError, match="negative dimensions are not allowed"):
            f(-1)


def test_a_wrong_constant_is_found_at_run_time_as_with_other_generators():
    f, _ = in_turn([("normal", (0.0, -1.0), {"size": 3})], "FAST_RUN")
    with pytest.raises(ValueError, match="scale < 0"):
        f()


def test_what_needs_rejection_is_refused_when_the_graph_is_built():
    rng = shared()
    for name, parameters in {
        "hypergeometric": (5, 5, 3), "vonmises": (0.0, 1.0),
    }.items():  # fmt: skip
        with pytest.raises(NotImplementedError, match=f"{name}: a counter-based generator"):
            getattr(rng, name)(*parameters)


def test_a_sum_of_draws_has_no_array_of_numbers():
    rng = shared()
    _, x = rng.normal(size=(1000,))
    f = lamina.function([], (pt.exp(x) + 1).sum())
    assert f.ir("linalg").count("func.func private @kernel_") == 1
    np.testing.assert_allclose(f(), (np.exp(counter_based_rng(SEED).normal(size=1000)) + 1).sum())


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_a_distribution_of_the_users_own_draws_by_the_methods(mode):
    class Dice(pt.random.RandomVariable):
        name, signature, dtype = "dice", "()->()", "int64"

        def rng_fn(self, rng, sides, size):
            return rng.integers(1, sides + 1, size=size)

    rng = shared()
    next_rng, x = Dice()(6, size=(50,), rng=rng, return_next_rng=True)
    f = lamina.function([], x, updates={rng: next_rng}, mode=mode)
    same = counter_based_rng(SEED)
    for _ in range(2):
        assert np.array_equal(f(), same.integers(1, 7, 50))
