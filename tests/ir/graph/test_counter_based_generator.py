"""Counter-based generators as objects of NumPy's."""

import copy
import inspect
import pickle

import numpy as np
import pytest
import scipy.stats as stats

from lamina.ir.graph.generator_state import generator_of, is_known, words_of
from lamina.ir.graph.orders_by_words import OrdersByWords
from lamina.ir.graph.random_type import counter_based_generator_type, random_generator_type
from lamina.tensor.random import CounterBasedGenerator, counter_based_rng

REFUSED = (
    "f", "hypergeometric", "logseries", "multivariate_hypergeometric", "noncentral_chisquare",
    "noncentral_f", "vonmises", "zipf",
)  # fmt: skip
PARAMETERS = {
    "uniform": (2.0, 3.0), "normal": (1.0, 2.0), "lognormal": (0.0, 1.0), "exponential": (2.0,),
    "laplace": (0.0, 1.0), "logistic": (0.0, 1.0), "gumbel": (0.0, 1.0), "weibull": (2.0,),
    "pareto": (3.0,), "power": (3.0,), "rayleigh": (2.0,), "triangular": (0.0, 1.0, 2.0),
    "wald": (1.0, 2.0), "standard_t": (4.0,), "gamma": (2.0, 3.0), "standard_gamma": (2.0,),
    "chisquare": (3.0,), "beta": (2.0, 3.0), "geometric": (0.2,), "integers": (0, 10),
    "poisson": (3.0,), "binomial": (20, 0.3), "negative_binomial": (5.0, 0.3),
    "random": (), "standard_normal": (), "standard_exponential": (), "standard_cauchy": (),
}  # fmt: skip
VECTORS = {"dirichlet": ([0.5, 2.0, 3.0],), "multinomial": (20, [0.2, 0.5, 0.3])}
OTHERS = {
    "bytes", "choice", "permutation", "permuted", "shuffle", "multivariate_normal", "spawn",
    "bit_generator",
}  # fmt: skip


def fresh():
    return counter_based_rng(5)


def raw(count):
    return np.random.Philox(5).random_raw(count)


def test_every_method_of_numpys_generator_is_its_own_or_refused():
    public = {name for name in dir(np.random.Generator) if not name.startswith("_")}
    assert public == {*PARAMETERS, *VECTORS, *OTHERS, *REFUSED}
    own = {**vars(OrdersByWords), **vars(CounterBasedGenerator)}
    assert public - set(own) == {"multivariate_normal", "spawn", "bit_generator"}
    for name in REFUSED:
        with pytest.raises(NotImplementedError, match=f"^{name}: a counter-based generator"):
            getattr(fresh(), name)(1.0)


def test_methods_take_what_numpys_take():
    for name in (*PARAMETERS, *VECTORS):
        try:
            theirs = inspect.signature(getattr(np.random.Generator, name)).parameters
        except ValueError:
            pytest.skip("this NumPy does not tell the signatures of its methods")
        own = inspect.signature(getattr(CounterBasedGenerator, name)).parameters
        assert list(own) == list(theirs)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_larger_draw_begins_with_the_numbers_of_a_smaller_one(name):
    parameters = PARAMETERS[name]
    many = getattr(fresh(), name)(*parameters, size=1000)
    few = getattr(fresh(), name)(*parameters, size=(2, 3))
    assert few.shape == (2, 3) and np.array_equal(few.ravel(), many[:6])
    one = getattr(fresh(), name)(*parameters)
    assert np.ndim(one) == 0 and not isinstance(one, np.ndarray) and one == many[0]
    assert getattr(fresh(), name)(*parameters, size=0).shape == (0,)
    assert getattr(fresh(), name)(*parameters, size=()).shape == ()
    with pytest.raises(ValueError, match="negative dimensions"):
        getattr(fresh(), name)(*parameters, size=(2, -1))


@pytest.mark.parametrize("name", VECTORS)
def test_a_larger_draw_of_vectors_begins_with_those_of_a_smaller_one(name):
    parameters = VECTORS[name]
    many = getattr(fresh(), name)(*parameters, size=100)
    few = getattr(fresh(), name)(*parameters, size=(2, 3))
    assert few.shape == (2, 3, 3) and np.array_equal(few.reshape(6, 3), many[:6])
    assert np.array_equal(getattr(fresh(), name)(*parameters), many[0])
    assert getattr(fresh(), name)(*parameters, size=0).shape == (0, 3)


def test_a_draw_begins_with_a_block():
    rng = fresh()
    first = rng.random(5)  # two blocks
    assert rng.counter.tolist() == [2, 0, 0, 0]
    rng.bit_generator.random_raw()  # leaves three words of a block, which are not used
    second = rng.random(3)
    words = raw(16) >> np.uint64(11)
    assert np.array_equal(np.append(first, second), np.append(words[:5], words[12:15]) / 2.0**53)
    rng.random(0)
    assert rng.counter.tolist() == [4, 0, 0, 0]


def test_copies_and_states():
    rng = fresh()
    rng.random(5)
    assert is_known(rng) and str(rng) == "CounterBasedGenerator(Philox)"
    words = words_of(rng)
    for other in (
        copy.deepcopy(rng), pickle.loads(pickle.dumps(rng)), generator_of(words),
        counter_based_generator_type.shown(words),
    ):  # fmt: skip
        assert type(other) is CounterBasedGenerator
        assert np.array_equal(other.normal(size=3), copy.deepcopy(rng).normal(size=3))
    assert counter_based_generator_type.values_eq(rng, words)
    children = fresh().spawn(2)
    assert all(type(child) is CounterBasedGenerator for child in children)
    assert children[0].random() != children[1].random()


def test_seeds():
    assert counter_based_rng(rng := fresh()) is rng
    assert fresh().random() == counter_based_rng(np.random.SeedSequence(5)).random()
    assert fresh().random() == counter_based_rng(np.random.Philox(5)).random()
    assert counter_based_rng().random() != counter_based_rng().random()
    with pytest.raises(TypeError, match=r"numpy.random.Philox, got PCG64"):
        counter_based_rng(np.random.PCG64(1))


def test_the_two_kinds_of_types_refuse_each_others_values():
    assert counter_based_generator_type != random_generator_type
    numpys = np.random.Generator(np.random.Philox(1))
    for kind, values, message in (
        (random_generator_type, (fresh(), words_of(fresh())), "that is not counter-based"),
        (counter_based_generator_type, (numpys, words_of(numpys)), "that is counter-based"),
    ):
        for value in values:
            with pytest.raises(TypeError, match=message):
                kind.filter(value)
    assert counter_based_generator_type.machine.shape == (len(words_of(fresh())),)


@pytest.mark.parametrize("dtype", ["bool", *(f"{k}{n}" for k in ("int", "uint") for n in (8, 64))])
def test_integers_of_every_dtype(dtype):
    info = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    for low, high in (info, (0, 1), (info[1] - 1, info[1])):
        found = fresh().integers(low, high, 2000, dtype, endpoint=True)
        products = raw(2000).astype(object) * (high - low + 1)
        assert found.dtype == dtype
        assert np.array_equal(found.astype(object), (products >> 64) + low)
    with pytest.raises(ValueError, match="high is out of bounds"):
        fresh().integers(0, info[1] + 2, dtype=dtype)
    with pytest.raises(ValueError, match="low is out of bounds"):
        fresh().integers(info[0] - 1, 1, dtype=dtype)
    with pytest.raises(ValueError, match="low >= high"):
        fresh().integers(1, 1, dtype=dtype)


def test_integers_of_several_bounds_and_bytes():
    found = fresh().integers([0, -5, 10], [[11], [20]])
    assert found.shape == (2, 3) and found[0, 2] == 10
    with pytest.raises(TypeError, match="Unsupported dtype"):
        fresh().integers(0, 5, dtype=float)
    assert fresh().bytes(11) == raw(2).astype("<u8").tobytes()[:11]


def test_results_go_where_they_are_wanted():
    for dtype in (np.float32, np.float64):
        out = np.zeros((2, 3), dtype)
        for name in ("random", "standard_normal", "standard_exponential"):
            assert getattr(fresh(), name)(dtype=dtype, out=out) is out
            assert np.array_equal(out, getattr(fresh(), name)((2, 3), dtype))
    with pytest.raises(ValueError, match="size must match out.shape"):
        fresh().random(5, out=np.zeros(3))
    with pytest.raises(TypeError, match="Unsupported dtype"):
        fresh().random(5, dtype=np.int64)


def test_wrong_parameters_are_refused_before_anything_is_drawn():
    rng = fresh()
    for draw, error, words in (
        (lambda: rng.normal(0, [1, -1]), ValueError, "scale < 0"),
        (lambda: rng.uniform(0, np.inf), OverflowError, "exceeds valid bounds"),
        (lambda: rng.geometric(0.0), ValueError, "p <= 0"),
        (lambda: rng.chisquare(0.0), ValueError, "df <= 0"),
        (lambda: rng.normal([1.0, 2.0], size=3), ValueError, "broadcast"),
    ):
        with pytest.raises(error, match=words):
            draw()
    assert not rng.counter.any()


def test_orders_and_choices():
    order = np.argsort(raw(50), kind="stable")
    x = np.arange(100).reshape(50, 2)
    assert np.array_equal(fresh().permutation(50), order)
    assert np.array_equal(fresh().permutation(x), x[order])
    shuffled, listed = x.copy(), list(range(50))
    fresh().shuffle(shuffled)
    fresh().shuffle(listed)
    assert np.array_equal(shuffled, x[order]) and listed == order.tolist()
    assert np.array_equal(fresh().permuted(x.T, axis=1)[0], x[order, 0])
    assert np.array_equal(np.sort(fresh().permuted(x), axis=None), x.ravel())
    assert np.array_equal(fresh().choice(50, 7, replace=False), order[:7])
    assert np.array_equal(fresh().choice(x, 7, replace=False, axis=0), x[order[:7]])
    assert np.array_equal(fresh().choice(50, (2, 3)), fresh().integers(0, 50, (2, 3)))
    p = np.array([0.1, 0.0, 0.6, 0.3])
    found = fresh().choice(4, 100_000, p=p)
    assert stats.chisquare(np.bincount(found)[p > 0], 100_000 * p[p > 0]).pvalue > 1e-3
    pairs = np.array([counter_based_rng(i).choice(4, 2, replace=False, p=p) for i in range(4000)])
    first = np.bincount(pairs[:, 0], minlength=4)
    assert stats.chisquare(first[p > 0], 4000 * p[p > 0]).pvalue > 1e-3
    second = pairs[pairs[:, 0] == 2, 1]  # of those left, in the proportion of their odds
    assert abs(np.mean(second == 3) - 0.75) < 0.04
    for wrong, message in (
        (lambda: fresh().choice(3, 4, replace=False), "larger sample than population"),
        (lambda: fresh().choice(4, 4, replace=False, p=p), "Fewer non-zero entries"),
        (lambda: fresh().choice(3, p=p), "same size"),
        (lambda: fresh().choice(2, p=[0.2, 0.3]), "do not sum to 1"),
        (lambda: fresh().choice(0, 1), "positive integer"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()


def test_scipy_draws_from_it():
    cov = np.array([[2.0, 1.0], [1.0, 2.0]])
    vectors = fresh().multivariate_normal([1.0, 2.0], cov, size=50_000)
    assert np.allclose(np.cov(vectors.T), cov, atol=0.05)
    found = stats.norm(1, 2).rvs(1000, random_state=fresh())
    assert np.array_equal(found, fresh().normal(size=1000) * 2 + 1)
