"""Random variables as users meet them: generators, updates, streams, loops, printed graphs."""

import pickle
import re

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.gradient import DisconnectedInputError, NullTypeGradError
from lamina.graph.replace import graph_replace, vectorize_graph
from lamina.graph.traversal import ancestors
from lamina.ir.graph.generator_state import words_of
from lamina.tensor.random.op import RandomVariableWithCoreShape
from lamina.tensor.random.utils import RandomStream

NATIVE = pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE", "NUMPY"])


def reference(seed=1):
    return np.random.default_rng(seed)


# -- generators and updates ------------------------------------------------------------------------


@NATIVE
def test_an_update_lets_each_call_draw_new_numbers(mode):
    rng = lamina.shared(np.random.default_rng(1))
    next_rng, x = pt.random.normal(0, 1, size=(3,), rng=rng).owner.outputs
    f = lamina.function([], x, updates={rng: next_rng}, mode=mode)
    assert np.array_equal([f(), f()], reference().normal(size=(2, 3)))


@NATIVE
def test_without_an_update_each_call_draws_the_same(mode):
    rng = pt.random.shared_rng(1)
    f = lamina.function([], rng.normal(size=3)[1], mode=mode)
    assert np.array_equal(f(), f()) and np.array_equal(f(), reference().normal(size=3))


@NATIVE
def test_a_call_that_raises_leaves_the_generator_as_it_was(mode):
    rng, n = pt.random.shared_rng(1), pt.lscalar("n")
    next_rng, x = rng.normal(size=3)
    f = lamina.function([n], x[n], updates={rng: next_rng}, mode=mode)
    with pytest.raises(IndexError):
        f(3)
    assert f(1) == reference().normal(size=3)[1]


@NATIVE
@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_bit_generator_of_numpy_draws_its_own_stream(kind, mode):
    def generator():
        return np.random.Generator(getattr(np.random, kind)(11))

    rng = lamina.shared(generator())
    next_rng, x = rng.normal(size=5)
    next_rng, n = next_rng.integers(0, 10, size=7)  # an odd number of halves of words
    next_rng, u = next_rng.uniform(size=2)
    f = lamina.function([], [x, n, u], updates={rng: next_rng}, mode=mode)
    same = generator()
    for _ in range(70):  # beyond one filling of MT19937's table
        expected = same.normal(size=5), same.integers(0, 10, size=7), same.uniform(size=2)
        assert all(map(np.array_equal, f(), expected))
    found, state = rng.get_value().bit_generator.state, same.bit_generator.state
    assert str(found) == str(state)
    assert np.array_equal(rng.cell[0], words_of(same))  # and no address is left in it


class Own(np.random.PCG64):
    """A bit generator that compiled code does not know."""


def test_a_foreign_bit_generator_runs_by_the_interpreter():
    before = not_native.interpreted.copy()
    rng = lamina.shared(np.random.Generator(Own(3)))
    next_rng, x = rng.normal(size=3)
    f = lamina.function([], x, updates={rng: next_rng})
    assert np.array_equal([f(), f()], reference(3).normal(size=(2, 3)))
    assert sum((not_native.interpreted - before).values()) == 1


@NATIVE
def test_a_generator_given_as_an_argument_is_not_advanced(mode):
    rng = pt.random.rng("rng")
    next_rng, x = rng.normal(0, 1, size=3)
    next_rng, n = next_rng.poisson(3.0)
    f = lamina.function([rng], [next_rng, x, n], mode=mode)
    given, same = reference(), reference()
    after, found, count = f(given)
    assert np.array_equal(found, same.normal(size=3)) and count == same.poisson(3.0)
    assert after.bit_generator.state == same.bit_generator.state
    assert given.bit_generator.state == reference().bit_generator.state
    with pytest.raises(TypeError, match="numpy.random.Generator"):
        f(123)


def test_the_value_of_a_shared_generator_is_a_copy():
    generator = reference()
    rng = lamina.shared(generator, name="rng")
    generator.normal()
    for borrow in (False, True):
        value = rng.get_value(borrow=borrow)
        assert value.bit_generator.state == reference().bit_generator.state
        value.normal()
    rng.set_value(reference(5))
    assert rng.get_value().normal() == reference(5).normal()
    with pytest.raises(TypeError, match="numpy.random.Generator"):
        rng.set_value(5)
    with pytest.raises(TypeError, match="default_rng"):
        lamina.shared(np.random.RandomState(1))


def test_two_draws_from_one_state_are_one():
    rng = pt.random.shared_rng(1)
    f = lamina.function([], [rng.normal(size=3)[1], rng.normal(size=3)[1], rng.normal(2)[1]])
    a, b, c = f()
    assert np.array_equal(a, b) and c == a[0] + 2
    assert str(f.ir("kernels")).count("nd.draw") == 2


def test_an_implicit_generator_is_updated_by_default():
    x = pt.random.normal(size=2)
    f, g = lamina.function([], x), lamina.function([], x, no_default_updates=True)
    assert not np.array_equal(f(), f())
    assert np.array_equal(g(), g())
    assert not np.array_equal(f(), g())  # they share the generator
    assert not np.array_equal(x.eval(), x.eval())


def test_states_survive_pickling_and_copies_of_functions():
    rng = pt.random.shared_rng(1, name="rng")
    next_rng, x = rng.normal(size=3)
    f = lamina.function([], x, updates={rng: next_rng})
    f()
    g = pickle.loads(pickle.dumps(f))
    other = pt.random.shared_rng(5)
    h = f.copy(swap={rng: other})
    expected = reference().normal(size=(2, 3))[1]
    assert np.array_equal(g(), expected) and np.array_equal(f(), expected)
    assert np.array_equal(h(), reference(5).normal(size=3))
    assert f.value["rng"].bit_generator.state == rng.get_value().bit_generator.state


def test_a_generator_made_of_a_seed_in_the_graph():
    seed = pt.lscalar("seed")
    _, x = pt.random.default_rng(seed).normal(size=2)
    f = lamina.function([seed], x)
    assert np.array_equal(f(3), reference(3).normal(size=2))


# -- the stream of earlier versions ----------------------------------------------------------------


def test_a_stream_gives_each_draw_a_generator_that_functions_update():
    stream = RandomStream(seed=234)
    u, n = stream.uniform(size=(2, 2)), stream.normal(0, 1, size=(2, 2))
    f = lamina.function([], u)
    g = lamina.function([], n, no_default_updates=True)
    first, second = np.random.SeedSequence(234).spawn(2)
    same = np.random.default_rng(first)
    assert np.array_equal(f(), same.uniform(size=(2, 2)))
    assert np.array_equal(f(), same.uniform(size=(2, 2)))
    expected = np.random.default_rng(second).normal(size=(2, 2))
    assert np.array_equal(g(), expected) and np.array_equal(g(), expected)
    assert np.array_equal(lamina.function([], u + u - 2 * u)(), np.zeros((2, 2)))
    stream.seed(234)
    assert np.array_equal(f(), np.random.default_rng(first).uniform(size=(2, 2)))
    assert [rng for rng, _ in stream.updates()] == [u.owner.inputs[0], n.owner.inputs[0]]
    assert stream.gen(pt.random.gamma, 1.0, 2.0).type.ndim == 0
    with pytest.raises(AttributeError, match="no distribution"):
        stream.nothing  # noqa: B018
    with pytest.raises(TypeError, match="rng"):
        stream.normal(rng=pt.random.shared_rng(1))


# -- shapes ----------------------------------------------------------------------------------------


def test_static_shapes_are_those_of_draws():
    n, size = pt.lscalar("n"), pt.tensor("size", dtype="int64", shape=(2,))
    mean, cov = pt.tensor3("mean", shape=(3, None, 4)), pt.matrix("cov")
    normal, uniform = pt.random.normal, pt.random.uniform
    shapes = {
        (): normal(),
        (3,): normal([1, 2, 3]),
        (2, 3): normal([[1], [2]], [1, 2, 3]),
        (5, 2): uniform(size=(5, 2)),
        (5,): uniform(size=5),
        (None, 4): uniform(size=(n, 4)),
        (None, None): uniform(size=size),
        (3, None, 4): pt.random.multivariate_normal(mean, cov),
        (7, 3): pt.random.multinomial(5, [0.2, 0.3, 0.5], size=(7,)),
        (7,): pt.random.categorical([0.2, 0.3, 0.5], size=(7,)),
        (2, 5, 4): pt.random.choice(np.zeros((2, 3)), size=(5, 4), axis=1),
        (6,): pt.random.permutation(6),
        (2, 2): pt.random.wishart(3, np.eye(2)),
    }
    assert {shape: x.type.shape for shape, x in shapes.items()} == {s: s for s in shapes}
    given = {n: 3, size: [2, 1], mean: np.zeros((3, 2, 4)), cov: np.eye(4)}
    for x in shapes.values():
        used = {v: given[v] for v in given if v in ancestors([x])}
        value = x.eval(used)
        assert all(m in (None, k) for m, k in zip(x.type.shape, value.shape, strict=True))


@pytest.mark.parametrize(
    ("draw", "error", "words"),
    [
        (lambda: pt.random.normal([1, 2, 3], size=(4,)), ValueError, "length 4 that size has"),
        (lambda: pt.random.normal([1, 2, 3], size=()), ValueError, "Size length is incompatible"),
        (lambda: pt.random.normal(size=pt.lvector()), ValueError, "has to be known"),
        (lambda: pt.random.normal(size=2.5), TypeError, "size must be"),
        (lambda: pt.random.normal(size=(2.5,)), TypeError, "integers"),
        (lambda: pt.random.normal(size=pt.vector()), TypeError, "vector of integers"),
        (lambda: pt.random.normal(size=(-1,)), ValueError, "negative length -1"),
        (lambda: pt.random.normal([1, 2], [1, 2, 3]), ValueError, "2 and 3 do not match"),
        (lambda: pt.random.normal(0, 1, 2, 3), TypeError, "got 4 values"),
        (lambda: pt.random.beta(1), TypeError, "misses the parameters beta"),
        (lambda: pt.random.normal(mu=1), TypeError, "no parameter 'mu'"),
        (lambda: pt.random.normal(1, loc=1), TypeError, "two values"),
        (lambda: pt.random.dirichlet(1.0), ValueError, "fewer than 1"),
        (lambda: pt.random.multivariate_normal([1, 2], np.eye(3)), ValueError, "2 and 3"),
        (lambda: pt.random.multivariate_normal(method="qr"), ValueError, "Unknown method qr"),
        (lambda: pt.random.gamma(1.0), ValueError, "needs its scale"),
        (lambda: pt.random.normal(rng=reference()), TypeError, "instance of RandomGeneratorType"),
        (lambda: pt.random.choice(2.5), TypeError, "must be an integer"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_when_the_graph_is_built(draw, error, words):
    with pytest.raises(error, match=words):
        draw()


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_only_lengths_that_are_statically_1_broadcast(mode):
    loc, scale, n = pt.vector("loc"), pt.vector("scale"), pt.lscalar("n")
    f = lamina.function([loc, scale], pt.random.normal(loc, scale), mode=mode)
    g = lamina.function([loc, n], pt.random.normal(loc, size=(n,)), mode=mode)
    assert f([1.0, 2.0], [1.0, 1.0]).shape == g([1.0, 2.0], 2).shape == (2,)
    for call in (lambda: f([1.0, 2.0], [1.0]), lambda: g([1.0], 2)):
        with pytest.raises(ValueError, match="lengths"):
            call()


def test_gamma_takes_a_deprecated_rate():
    with pytest.warns(FutureWarning, match="rate is deprecated"):
        x = pt.random.gamma(2.0, rate=4.0, rng=pt.random.shared_rng(1))
    assert x.eval() == reference().gamma(2.0, 0.25)
    with pytest.raises(ValueError, match="both rate and scale"):
        pt.random.gamma(2.0, 1.0, rate=1.0)


# -- choices and vectors ---------------------------------------------------------------------------


def test_choices_and_orders_are_numpys():
    rows = np.arange(12).reshape(4, 3)
    p = [0.1, 0.2, 0.3, 0.4]
    cases = [
        lambda m, **k: m.choice(10, **k),
        lambda m, **k: m.choice(10, size=(2, 3), **k),
        lambda m, **k: m.choice(10, size=4, replace=False, **k),
        lambda m, **k: m.choice(10, size=4, replace=False, shuffle=False, **k),
        lambda m, **k: m.choice(rows, size=(2, 2), p=p, **k),
        lambda m, **k: m.choice(rows, size=2, replace=False, p=p, axis=0, **k),
        lambda m, **k: m.choice(rows, size=2, replace=False, axis=1, **k),
        lambda m, **k: m.choice(5, size=(0,), **k),
        lambda m, **k: m.permutation(8, **k),
        lambda m, **k: m.permutation(rows, **k),
    ]
    drawn = [draw(pt.random, rng=pt.random.shared_rng(2)) for draw in cases]
    for mode in ("FAST_RUN", "NUMPY"):
        for found, draw in zip(lamina.function([], drawn, mode=mode)(), cases, strict=True):
            expected = draw(reference(2))
            assert np.array_equal(found, expected) and found.shape == np.shape(expected)


@pytest.mark.parametrize("method", ["cholesky", "svd", "eigh"])
def test_normal_vectors_have_the_covariance_asked_for(method):
    cov = np.array([[2.0, 0.5], [0.5, 1.0]])
    x = pt.random.multivariate_normal(
        [1.0, -1.0], cov, size=(40_000,), method=method, rng=pt.random.shared_rng(1)
    )
    found = x.eval()
    assert np.abs(np.cov(found.T) - cov).max() < 0.05
    assert np.abs(found.mean(0) - [1, -1]).max() < 0.03
    if method == "cholesky":
        expected = reference().multivariate_normal([1.0, -1.0], cov, 40_000, method=method)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_wishart_matrices_are_scipys():
    from scipy.stats import wishart

    scale = np.array([[1.0, 0.5], [0.5, 2.0]])
    x = pt.random.wishart(5.0, scale, size=(3,), rng=pt.random.shared_rng(1))
    rng = reference()
    expected = [wishart.rvs(5.0, scale, random_state=rng) for _ in range(3)]
    assert np.array_equal(x.eval(), expected)


# -- ops of the user's own -------------------------------------------------------------------------


class DiceRV(pt.random.RandomVariable):
    name = "dice"
    signature = "()->()"
    dtype = "int64"
    _print_name = ("Dice", r"\operatorname{Dice}")

    @classmethod
    def rng_fn(cls, rng, sides, size):
        return rng.integers(1, np.add(sides, 1), size=size)


@NATIVE
def test_a_random_variable_of_the_users_own(mode):
    rng = pt.random.shared_rng(1)
    next_rng, x = DiceRV()([6, 20], size=(4, 2), rng=rng, return_next_rng=True)
    assert x.type.shape == (4, 2) and str(x.owner.op) == 'dice_rv{"()->()"}'
    f = lamina.function([], x, updates={rng: next_rng}, mode=mode)
    same = reference()
    for _ in range(2):
        assert np.array_equal(f(), same.integers(1, [7, 21], size=(4, 2)))


def test_ranks_may_take_the_place_of_a_signature():
    class Pair(pt.random.RandomVariable):
        name = "pair"
        ndim_supp = 1
        ndims_params = (0, 1)
        dtype = "floatX"

        def rng_fn(self, rng, a, b, size):
            return np.stack([np.asarray(a) + rng.random(size), b[..., 0] + rng.random(size)], -1)

    x = Pair()(1.0, [2.0, 3.0], size=(4,))
    assert x.owner.op.ndim_supp == 1 and x.type.shape == (4, None) and x.eval().shape == (4, 2)

    class Unstated(pt.random.RandomVariable):
        dtype = "floatX"

    with pytest.raises(ValueError, match="must state its signature"):
        Unstated()


def test_a_wrong_result_of_rng_fn_is_told():
    class Wrong(DiceRV):
        @classmethod
        def rng_fn(cls, rng, sides, size):
            return rng.integers(1, 7)

    with pytest.raises(ValueError, match="0 dimensions; expected 1"):
        Wrong()(6, size=(2,)).eval()


def test_a_draw_may_have_its_core_shape_among_its_operands():
    m = pt.vector("m")
    rng = pt.random.shared_rng(1)
    _, x = rng.dirichlet(m, size=(4,))
    node = RandomVariableWithCoreShape.with_core_shape([3], x.owner)
    assert node.op.core_op == x.owner.op and str(node.op) == '[dirichlet_rv{"(a)->(a)"}]'
    assert node.op.rng_param(node) is rng and node.op.batch_ndim(node) == 1
    assert node.op.dist_params(node) == [x.owner.inputs[2]]
    assert node.op.size_param(node).data.tolist() == [4]
    next_rng, y = node.outputs
    f = lamina.function([m], y, updates={rng: next_rng})
    same = reference()
    for _ in range(2):
        assert np.array_equal(f([1.0, 2.0, 3.0]), same.dirichlet([1.0, 2.0, 3.0], 4))


# -- gradients, vectorization, loops ---------------------------------------------------------------


def test_there_is_no_gradient_through_a_draw():
    m = pt.scalar("m")
    with pytest.raises(NullTypeGradError, match="No gradient defined through raw random numbers"):
        lamina.grad(pt.random.normal(m, 1.0), m)
    with pytest.raises(DisconnectedInputError):
        lamina.grad(pt.random.normal(size=(pt.cast(m, "int64"),)).sum(), m)
    rng = pt.random.shared_rng(1)
    g = lamina.grad(rng.normal()[1] * m, m)  # the draw itself is a factor like any other
    assert g.eval({m: 2.0}) == reference().normal()


def test_vectorization_batches_parameters():
    m, batch = pt.scalar("m"), pt.vector("batch")
    cases = [({"size": (2,)}, (3, 2), [[1], [10], [100]]), ({}, (3,), [1, 10, 100])]
    for size, shape, loc in cases:
        x = pt.random.normal(m, 1.0, rng=pt.random.shared_rng(1), **size)
        found = vectorize_graph(x, {m: batch}).eval({batch: [1.0, 10.0, 100.0]})
        assert np.array_equal(found, reference().normal(loc, 1, shape))


def walk(rng):
    def step(x, rng):
        next_rng, e = rng.normal(0, 1)
        return x + e, {rng: next_rng}

    return lamina.scan(step, outputs_info=[pt.constant(0.0)], non_sequences=[rng], n_steps=50)


@pytest.mark.parametrize("kind", ["PCG64", "MT19937"])
@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_a_loop_draws_on_from_call_to_call(mode, kind):
    generator = np.random.Generator(getattr(np.random, kind)(3))
    rng = lamina.shared(generator)
    before = not_native.callbacks.copy(), not_native.interpreted.copy()
    xs, updates = walk(rng)
    f = lamina.function([], xs, updates=updates, mode=mode)
    for _ in range(2):
        assert np.array_equal(f(), np.cumsum(generator.normal(size=50)))
    assert before == (not_native.callbacks, not_native.interpreted)


# -- the reference documents -----------------------------------------------------------------------


def lines(x):
    text = lamina.dprint(x, file="str")
    return [
        re.sub(r"at 0x[0-9A-F]+", "at 0x126CFBA00", line.lstrip(" │├└─"))
        for line in text.splitlines()
    ]


def test_draws_print_as_in_the_documents():
    x = pt.random.normal(loc=0, scale=1, size=(10,))
    y = pt.exp(x)
    assert lines(y) == [
        "Exp [id A]",
        'normal_rv{"(),()->()"}.1 [id B]',
        "RNG(<Generator(PCG64) at 0x126CFBA00>) [id C]",
        "[10] [id D]",
        "ExpandDims{axis=0} [id E]",
        "0 [id F]",
        "ExpandDims{axis=0} [id G]",
        "1 [id H]",
    ]
    x_input = pt.tensor("x_input", shape=(10,))
    assert lines(graph_replace(y, {x: x_input})) == ["Exp [id A]", "x_input [id B]"]
    z = pt.random.normal(np.array([0, 0]), np.array([1, 2]), name="z")
    assert lines(z) == [
        "normal_rv{\"(),()->()\"}.1 [id A] 'z'",
        "RNG(<Generator(PCG64) at 0x126CFBA00>) [id B]",
        "NoneConst{None} [id C]",
        "[0 0] [id D]",
        "[1 2] [id E]",
    ]


def sample_from_pvect(p, rng):
    next_rng, onehot_sample = pt.random.multinomial(n=1, p=p, rng=rng).owner.outputs
    return onehot_sample.argmax(), {rng: next_rng}


def set_p_to_zero(p, i):
    new_p = p[i].set(0.0)
    return new_p / new_p.sum()


def sample(p, rng):
    idx, updates = sample_from_pvect(p, rng)
    return (set_p_to_zero(p, idx), idx), updates


def test_sampling_without_replacement_prints_what_the_tutorial_prints():
    probabilities, nb_samples = pt.dvector(), pt.iscalar()
    rng = lamina.shared(np.random.default_rng(sum(map(ord, "PyTensor Scan"))))
    [_, samples], updates = lamina.scan(
        fn=sample, outputs_info=[probabilities, None], non_sequences=[rng], n_steps=nb_samples
    )
    f = lamina.function([probabilities, nb_samples], samples, updates=updates)
    found = [f(np.array([0.6, 0.3, 0.1]), 2).tolist() for _ in range(10)]
    assert found == [[0, 1], [0, 1], [2, 1], [2, 0], [0, 1]] + 5 * [[0, 1]]
