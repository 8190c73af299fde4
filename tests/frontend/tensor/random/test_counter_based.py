"""Counter-based generators in functions, loops, streams, files and on a device."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph.replace import vectorize_graph
from lamina.tensor.random import CounterBasedGenerator, RandomStream, counter_based_rng

MODES = pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY", "CUDA-EMU"])
ON_PROCESSORS = pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-13, atol=1e-15)
    return True


@MODES
def test_an_update_lets_each_call_draw_new_numbers(mode):
    rng = pt.random.shared_rng(1, counter_based=True)
    next_rng, x = rng.normal(size=3)
    f = lamina.function([], x, updates={rng: next_rng}, mode=mode)
    same = counter_based_rng(1)
    for _ in range(3):
        assert close(f(), same.normal(size=3))
    assert np.array_equal(rng.get_value().counter, same.counter)
    rng.set_value(counter_based_rng(5))
    assert close(f(), counter_based_rng(5).normal(size=3))


@MODES
def test_an_argument_is_not_advanced_and_must_be_counter_based(mode):
    rng = pt.random.rng("rng", counter_based=True)
    next_rng, x = rng.uniform(size=3)
    f = lamina.function([rng], [next_rng, x], mode=mode)
    given, same = counter_based_rng(1), counter_based_rng(1)
    after, found = f(given)
    assert np.array_equal(np.asarray(found), same.uniform(size=3))
    assert type(after) is CounterBasedGenerator
    assert np.array_equal(after.counter, same.counter) and not given.counter.any()
    with pytest.raises(TypeError, match="counter-based, got Generator"):
        f(np.random.default_rng(1))


def test_the_two_kinds_of_shared_generators_do_not_mix():
    counted, numpys = pt.random.shared_rng(1, counter_based=True), pt.random.shared_rng(1)
    assert isinstance(counted.get_value(), CounterBasedGenerator)
    assert str(counted).startswith("RNG(<CounterBasedGenerator(Philox)")
    with pytest.raises(TypeError, match="that is counter-based, got Generator"):
        counted.set_value(np.random.Generator(np.random.Philox(1)))
    with pytest.raises(TypeError, match="that is not counter-based"):
        numpys.set_value(counter_based_rng(1))
    next_rng, _ = counted.normal()
    with pytest.raises(TypeError):
        lamina.function([], [], updates={numpys: next_rng})


@MODES
def test_a_loop_draws_on_from_call_to_call(mode):
    rng = lamina.shared(counter_based_rng(3))

    def step(x, rng):
        next_rng, move = rng.normal()
        next_rng, u = next_rng.uniform()
        return pt.switch(u < 0.5, x + move, x), {rng: next_rng}

    xs, updates = lamina.scan(step, outputs_info=[pt.constant(0.0)], non_sequences=[rng], n_steps=6)
    f = lamina.function([], xs, updates=updates, mode=mode)
    same = counter_based_rng(3)
    for _ in range(2):
        x, expected = 0.0, []
        for _ in range(6):
            move, u = same.normal(), same.uniform()
            x = x + move if u < 0.5 else x
            expected.append(x)
        assert close(f(), expected)
    assert np.array_equal(rng.get_value().counter, same.counter)


@MODES
def test_a_stream_has_generators_of_its_own(mode):
    stream = RandomStream(5, rng_ctor=counter_based_rng)
    f = lamina.function([], [stream.normal(size=2), stream.uniform(size=2)], mode=mode)
    children = np.random.SeedSequence(5).spawn(2)
    normal, uniform = map(counter_based_rng, children)
    for _ in range(2):
        x, u = f()
        assert close(x, normal.normal(size=2)) and close(u, uniform.uniform(size=2))


@MODES
def test_vectorization_batches_parameters(mode):
    mean, means = pt.dvector("mean"), pt.dmatrix("means")
    rng = pt.random.shared_rng(3, counter_based=True)
    _, x = rng.normal(mean, 1.0)
    f = lamina.function([means], vectorize_graph(x, {mean: means}), mode=mode)
    values = np.arange(6.0).reshape(2, 3)
    assert close(f(values), counter_based_rng(3).normal(values))


@MODES
def test_a_constant_generator_draws_the_same_each_time(mode):
    constant = lamina.as_symbolic(counter_based_rng(4))
    _, x = constant.uniform(size=2)
    f = lamina.function([], x, mode=mode)
    for _ in range(2):
        assert np.array_equal(np.asarray(f()), counter_based_rng(4).uniform(size=2))


@MODES
def test_only_lengths_that_are_statically_1_broadcast(mode):
    loc, n = pt.dvector("loc"), pt.lscalar("n")
    _, x = pt.random.shared_rng(1, counter_based=True).normal(loc, 1.0, size=(n,))
    f = lamina.function([loc, n], x, mode=mode)
    assert np.asarray(f([1.0], 1)).shape == (1,)
    with pytest.raises(ValueError, match="Only a dimension that is statically 1 broadcasts"):
        f([1.0], 3)


@ON_PROCESSORS
def test_states_survive_pickling_and_copies(mode):
    rng = pt.random.shared_rng(1, counter_based=True)
    next_rng, x = rng.normal(size=3)
    f = lamina.function([], x, updates={rng: next_rng}, mode=mode)
    f()
    again = pickle.loads(pickle.dumps(f))
    shared_state = f.copy()
    expected = f()
    assert np.array_equal(again(), expected) and not np.array_equal(shared_state(), expected)
    assert rng.get_value().counter[0] == 3


def test_draws_gradients_pass_by():
    mean = pt.dscalar("mean")
    _, z = pt.random.shared_rng(1, counter_based=True).normal(size=100)
    f = lamina.function([mean], lamina.grad(((mean + z) ** 2).sum(), mean))
    np.testing.assert_allclose(f(2.0), 2 * (2.0 + counter_based_rng(1).normal(size=100)).sum())


SAVED = """
import sys, numpy as np, lamina
f = lamina.load(sys.argv[1])
print([float(x) for _ in range(2) for x in np.asarray(f())])
"""


@pytest.mark.parametrize("mode", ["FAST_RUN", "CUDA-EMU"])
def test_a_saved_function_draws_on_in_another_process(mode, tmp_path):
    rng = pt.random.shared_rng(7, counter_based=True)
    next_rng, x = rng.uniform(size=3)
    f = lamina.function([], x, updates={rng: next_rng}, mode=mode)
    f()
    path = tmp_path / "draws.lam"
    f.save(path)
    options = {} if mode == "FAST_RUN" else {"device": "cuda-emu"}
    loaded = lamina.load(path, **options)
    same = counter_based_rng(7)
    same.uniform(size=3)
    assert np.array_equal(np.asarray(loaded()), same.uniform(size=3))
    if mode == "FAST_RUN":
        run = subprocess.run(
            [sys.executable, "-c", SAVED, str(path)], capture_output=True, text=True, check=True
        )
        same = counter_based_rng(7)
        same.uniform(size=3)
        assert eval(run.stdout) == [*same.uniform(size=3), *same.uniform(size=3)]


def test_a_saved_function_takes_and_gives_counter_based_generators(tmp_path):
    rng = pt.random.rng("rng", counter_based=True)
    lamina.function([rng], list(rng.uniform(size=3))).save(tmp_path / "draws.lam")
    f = lamina.load(tmp_path / "draws.lam")
    after, found = f(counter_based_rng(1))
    assert type(after) is CounterBasedGenerator
    assert np.array_equal(found, counter_based_rng(1).uniform(size=3))


def test_the_cache_tells_the_two_kinds_apart_and_keeps_functions(tmp_path):
    with lamina.config.change_flags(compiledir=str(tmp_path)):
        for _ in range(2):
            for counter_based in (True, False):
                rng = pt.random.shared_rng(1, counter_based=counter_based)
                f = lamina.function([], rng.uniform(size=3)[1])
                assert np.array_equal(f(), rng.get_value().uniform(size=3))


def test_a_state_may_stay_on_a_device():
    rng = lamina.shared(counter_based_rng(3), name="rng", device="cuda-emu")
    next_rng, x = rng.normal(size=5)
    f = lamina.function([], x.sum(), updates={rng: next_rng}, mode="CUDA-EMU")
    same = counter_based_rng(3)
    for _ in range(2):
        assert close(f(), same.normal(size=5).sum())
    assert set(f.transfers.values()) == {0}
    assert np.array_equal(rng.get_value().counter, same.counter)
    twin = rng.clone("twin")
    rng.set_value(counter_based_rng(4))
    assert not twin.get_value().counter.any() and twin.name == "twin"
    assert close(f(), counter_based_rng(4).normal(size=5).sum())
    with pytest.raises(TypeError, match="no device draws from Generator"):
        lamina.shared(np.random.default_rng(1), device="cuda-emu")


def test_a_device_refuses_what_only_a_processor_computes():
    _, x = pt.random.shared_rng(1, counter_based=True).gamma(2.0, 1.0, size=3)
    with pytest.raises(Exception, match="gammaincinv"):
        lamina.function([], x, mode="CUDA-EMU")
