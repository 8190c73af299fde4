"""Memory of a device that calls ask for, and that they give back."""

import gc

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import cuda
from lamina.compile.device_function import driver
from lamina.runtime.cuda.emulated_driver import EmulatedDriver

EMULATED = "cuda-emu"


@pytest.fixture
def device() -> EmulatedDriver:
    found = driver(EMULATED)
    assert isinstance(found, EmulatedDriver)
    gc.collect()
    return found


def on_device(inputs, outputs, **kwargs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore", **kwargs)


def loop():
    """A function that needs scratch memory, outside and inside a loop, and has several outputs."""
    x, v, i = pt.matrix("x"), pt.vector("v"), pt.lvector("i")
    steps = lamina.scan(
        lambda row, a: pt.tanh((a * row).sum() + pt.cumsum(a)[::-1]) + row,
        [x],
        outputs_info=[v],
        return_updates=False,
    )
    return on_device([x, v, i], [steps, (x @ x.T).sum(), v[i], x.sum()])


def arrays(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


def test_calls_give_back_all_but_their_results(device):
    function = loop()
    given = [*arrays((9, 7), 7), np.arange(3)]
    function(*given)
    before = device.memory_info().free
    results = function(*given)
    assert before - device.memory_info().free == sum(r.nbytes for r in results)
    del results
    assert device.memory_info().free == before


def test_calls_that_fail_give_back_everything(device, monkeypatch):
    function = loop()
    function(*arrays((9, 7), 7), np.arange(3))
    gc.collect()
    before = device.memory_info().free
    for wrong in (7, -8):
        with pytest.raises(IndexError, match="out of bounds"):
            function(*arrays((9, 7), 7), [wrong])
        assert device.memory_info().free == before
    # however much there is, until it is enough
    failed = 0
    for more in (2**k + 2**j for k in range(5, 21) for j in (0, k - 1)):
        monkeypatch.setattr(device._memory, "limit", device._memory.used + more)
        before = device.memory_info().free
        try:
            function(*arrays((9, 7), 7), np.arange(3))
        except cuda.DeviceError as error:
            assert "bytes were asked for" in str(error)
            failed += 1
        gc.collect()
        assert device.memory_info().free == before
    assert 8 < failed < 32


def test_the_host_is_asked_for_memory_where_the_processor_computes(device):
    x, v = pt.matrix("x"), pt.vector("v")
    with lamina.config.change_flags(cuda_fallback=True):
        function = on_device([x, v], [pt.jv(1.0, x.T) * 2, pt.kv(2.0, v).sum()])
    given = arrays((5, 3), 4)
    function(*given)
    before = device.memory_info().free
    for _ in range(3):
        function(*given)
    assert device.memory_info().free == before


def test_a_number_that_is_only_returned_is_not_waited_for(device, monkeypatch):
    x = pt.matrix("x")
    w = lamina.shared(np.ones(3), "w", device=EMULATED)
    function = on_device([x], [x.sum(), (x * w).max() * 2 + x.min()], updates={w: w + x.sum()})
    (array,) = arrays((4, 3))
    given = cuda.to_device(array, EMULATED)

    def refuse(*arguments):
        raise AssertionError("an element is copied to the host")

    with monkeypatch.context() as patched:
        patched.setattr(device, "copy_to_host", refuse)
        patched.setattr(device, "copy_out", refuse)
        found = function(given)
    np.testing.assert_allclose(list(map(np.asarray, found)), [
        array.sum(), array.max() * 2 + array.min()
    ])  # fmt: skip
    np.testing.assert_allclose(w.get_value(), 1 + array.sum())


def test_a_shared_number_is_not_waited_for(device, monkeypatch):
    x = pt.matrix("x")
    rate, total, count = (
        lamina.shared(np.array(value), name, device=EMULATED)
        for value, name in ((0.5, "rate"), (1.0, "total"), (3, "count"))
    )
    step = on_device(
        [x], [(x * rate).sum() + total, total * 2], updates={total: total + rate * x.sum()}
    )
    array = arrays((4, 3))[0]
    given = cuda.to_device(array, EMULATED)

    def refuse(*arguments):
        raise AssertionError("an element is copied to the host")

    expected = 1.0
    for _ in range(3):
        with monkeypatch.context() as patched:
            patched.setattr(device, "copy_to_host", refuse)
            patched.setattr(device, "copy_out", refuse)
            found = step(given)
        np.testing.assert_allclose(
            list(map(np.asarray, found)), [array.sum() / 2 + expected, expected * 2]
        )
        expected += array.sum() / 2
    np.testing.assert_allclose(total.get_value(), expected)
    # what the host needs is fetched: a length, a branch, a value that it computes with
    more = on_device(
        [x],
        [x[:count].sum(), lamina.ifelse(rate > 1, x.sum(), x.max()), rate**2],
        updates={count: count - 1, rate: rate * 4},
    )
    for n, factor in ((3, 0.5), (2, 2.0)):
        found = list(map(np.asarray, more(array)))
        np.testing.assert_allclose(
            found, [array[:n].sum(), array.sum() if factor > 1 else array.max(), factor**2]
        )
    assert isinstance(rate.get_value(return_internal_type=True), cuda.DeviceArray)
    rate.set_value(0.25)
    np.testing.assert_allclose(np.asarray(step(array)[0]), array.sum() / 4 + expected)


def test_functions_with_shared_numbers_are_saved(device, tmp_path):
    x = pt.vector("x")
    rate = lamina.shared(np.array(0.5), "rate", device=EMULATED)
    on_device([x], x * rate, updates={rate: rate + 1}).save(tmp_path / "f.lam")
    loaded = lamina.load(tmp_path / "f.lam")
    for factor in (0.5, 1.5):
        np.testing.assert_allclose(np.asarray(loaded(np.ones(2))), [factor] * 2)


def test_lengths_that_no_array_has_are_refused(device):
    n, m = pt.lscalars("n", "m")
    function = on_device([n, m], pt.zeros((n, m, m)) + 1)
    before = device.memory_info().free
    with pytest.raises(ValueError, match="negative dimensions"):
        function(-1, 2)
    with pytest.raises(cuda.DeviceError, match="bytes were asked for"):
        function(3, 1 << 40)
    assert function(0, 1 << 40).shape == (0, 1 << 40, 1 << 40)
    gc.collect()
    assert device.memory_info().free == before
