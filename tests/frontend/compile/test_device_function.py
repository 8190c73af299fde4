"""Functions whose arrays are on a device, emulated."""

import io

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import cuda
from lamina.codegen.gpu.unsupported import NotOnDevice
from lamina.compile.profiling import ProfileStats

EMULATED = "cuda-emu"


def on_device(inputs, outputs, **kwargs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore", **kwargs)


def assert_agree(inputs, outputs, arrays, rtol=1e-12):
    found = on_device(inputs, outputs)(*arrays)
    expected = lamina.function(inputs, outputs, on_unused_input="ignore")(*arrays)
    for one, two in zip(map(np.asarray, found), expected, strict=True):
        assert (one.dtype, one.shape) == (two.dtype, two.shape)
        np.testing.assert_allclose(one, two, rtol, rtol)


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def test_maps_reductions_and_products_agree_with_the_processor(rng):
    x, v = pt.matrix("x"), pt.vector("v")
    outputs = [
        pt.exp(v) * 2 + 1, x * v + x.T.sum(), x.sum(1), x.max(0), x.argmax(1), x.argmin(0),
        x.prod(), v.mean(), (v > 0).all(), v.argmax(), pt.special.softmax(x, axis=-1),
        x @ x.T, x @ v, v * 2 - 0.5 * (x.T @ (x @ v)), v[2] * x[0, 1], x[:, 1:] * 2,
        pt.concatenate([v, v * 2]), pt.set_subtensor(v[::2], 0.0), v + np.arange(7.0),
    ]  # fmt: skip
    assert_agree([x, v], outputs, [rng.normal(size=(5, 7)), rng.normal(size=7)])


def test_one_function_takes_all_lengths(rng):
    x = pt.fmatrix("x")
    outputs = [x.sum(), x.sum(0), x.sum(1), pt.tanh(x), x.max(1, keepdims=True) - x]
    function = on_device([x], outputs)
    compiled = lamina.function([x], outputs)
    for shape in [(1, 1), (3, 1), (1, 5), (2, 700), (700, 2), (65, 33)]:
        array = rng.normal(size=shape).astype("float32")
        for one, two in zip(map(np.asarray, function(array)), compiled(array), strict=True):
            assert one.dtype == two.dtype == "float32"
            np.testing.assert_allclose(one, two, 2e-6, 2e-6)
    empty = np.zeros((0, 4), "float32")
    assert np.asarray(function(empty)[0]) == 0
    with pytest.raises(ValueError, match="no identity"):
        compiled(np.zeros((4, 0), "float32"))


def test_dtypes_other_than_floats(rng):
    b, c, h, i = (pt.vector(dtype=d) for d in ("bool", "complex128", "float16", "int64"))
    outputs = [~b, b.any(), b.sum(), c * 2 + 1, c.sum(), h * 2, i // 3, i.prod(), i.argmax()]
    arrays = [
        rng.random(11) > 0.5, rng.normal(size=5) + 1j * rng.normal(size=5),
        rng.normal(size=6).astype("float16"), rng.integers(-9, 9, 8),
    ]  # fmt: skip
    assert_agree([b, c, h, i], outputs, arrays)


def test_routines_loops_and_gradients(rng):
    x, v, i = pt.matrix("x"), pt.vector("v"), pt.lvector("i")
    steps = lamina.scan(
        lambda row, a: pt.tanh(a) + row, [x], outputs_info=[v], return_updates=False
    )
    outputs = [
        v[i], v[i].inc(1.5), pt.cumsum(x, axis=1), pt.cumprod(x, axis=0), v[v > 0],
        pt.searchsorted(pt.cumsum(pt.abs(v)), v), pt.bincount(i), steps,
        lamina.grad(pt.sum(pt.sigmoid(x @ v)), v),
    ]  # fmt: skip
    arrays = [rng.normal(size=(5, 7)), rng.normal(size=7), np.array([3, 1, 1, 6, -2])]
    assert_agree([x, v, i], outputs[:6] + outputs[7:], arrays)
    arrays[2] = abs(arrays[2])
    assert_agree([x, v, i], outputs[6:7], arrays)


def test_numbers_that_a_loop_carries_stay_on_the_device(rng):
    x, a, n = pt.dvector("x"), pt.dscalar("a"), pt.lscalar("n")

    def step(row, a, b, k):
        return row + a * b, a, k + 1

    values, swapped, counts = lamina.scan(
        step, [x], outputs_info=[a, pt.constant(2.0), pt.constant(0)], return_updates=False
    )
    powers = lamina.scan(lambda a: a * 1.5, outputs_info=[a], n_steps=n, return_updates=False)
    outputs = [values, swapped[-1], counts, powers[-1], powers]
    function, compiled = on_device([x, a, n], outputs), lamina.function([x, a, n], outputs)
    for length, steps in ((7, 3), (1, 1), (4, 2)):
        arrays = rng.normal(size=length), 0.3, steps
        expected = compiled(*arrays)
        found = function(*arrays)
        for one, two in zip(map(np.asarray, found), expected, strict=True):
            np.testing.assert_allclose(one, two, 1e-13)
    text = function.ir("linalg")
    assert "call @cuStreamSynchronize" not in text


def test_arrays_stay_on_the_device():
    x = pt.vector("x")
    w = lamina.shared(np.ones(3), "w", device=EMULATED)
    step = on_device([x], (w * x).sum(), updates={w: w + x})
    given = cuda.to_device(np.arange(3.0), EMULATED)
    for total in (3.0, 8.0):
        result = step(given)
        assert isinstance(result, cuda.DeviceArray)
        assert np.asarray(result) == total
    assert step(x=given).shape == ()
    assert step.transfers == {"to device": 0, "from device": 0}
    np.testing.assert_array_equal(w.get_value(), [1, 4, 7])
    np.testing.assert_array_equal(given.copy_to_host(), [0, 1, 2])
    assert isinstance(w.get_value(return_internal_type=True), cuda.DeviceArray)
    w.set_value(np.zeros(3))
    assert np.asarray(step(np.ones(3))) == 0
    assert step.transfers["to device"] == 1


def test_a_profile_counts_what_was_copied():
    x = pt.vector("x")
    function = on_device([x], x * 2, profile=ProfileStats(atexit_print=False))
    assert function.device == EMULATED and lamina.function([x], x * 2).device == "cpu"
    np.asarray(function(np.ones(3)))
    function(cuda.to_device(np.ones(3), EMULATED))
    text = io.StringIO()
    function.profile.summary(text)
    assert "Arrays copied: 1 to the device, 0 from it" in text.getvalue()


def test_errors_of_calls_are_those_of_the_processor():
    v, i, w = pt.vector("v"), pt.lvector("i"), pt.vector("w")
    function = on_device([v, i, w], [v[i], v + w])
    with pytest.raises(IndexError, match="index 7 is out of bounds for axis 0 with size 3 of v"):
        function(np.zeros(3), [7], np.zeros(3))
    with pytest.raises(ValueError, match="lengths 3 and 4 differ on axis 0"):
        function(np.zeros(3), [0], np.zeros(4))
    with pytest.raises(TypeError, match="would have to be converted"):
        function(cuda.to_device(np.zeros(3, "float32"), EMULATED), [0], np.zeros(3))
    np.testing.assert_array_equal(function(np.ones(3), [0], np.ones(3))[1], [2, 2, 2])


def test_what_a_device_cannot_is_refused_by_name_or_left_to_the_processor(rng):
    x = pt.matrix("x")
    matrix = rng.normal(size=(4, 4))
    outputs = [pt.linalg.eig(x @ x.T + pt.eye(4))[0].real, pt.jv(2.0, x) + 1, pt.linalg.expm(x)]
    for y, title in zip(outputs, ("Eig", "Jv", "Expm"), strict=True):
        with pytest.raises(NotOnDevice, match=rf"^.*{title}.*cannot be computed on a device"):
            on_device([x], y)
    with lamina.config.change_flags(cuda_fallback=True):
        function = on_device([x], outputs)
    assert len(function._executable.artefact.kernels.on_host) == 3
    expected = lamina.function([x], outputs)(matrix)
    for one, two in zip(map(np.asarray, function(matrix)), expected, strict=True):
        np.testing.assert_allclose(one, two, 1e-12)


def test_the_stages_of_the_kernels_are_shown():
    x = pt.vector("x")
    function = on_device([x], pt.exp(x))
    assert "gpu.func @kernel_0" in function._executable.ir("gpu")
    assert "define ptx_kernel void @kernel_0" in function._executable.ir("nvptx-llvm")
    assert "@lamina_main" in function._executable.ir("linalg")


def test_a_machine_without_a_gpu_says_so():
    if cuda.is_available():
        assert cuda.memory_info().total > 0
    else:
        with pytest.raises(cuda.DeviceError, match="driver"):
            cuda.to_device(np.ones(3))


def test_functions_of_numbers_that_no_device_has_are_the_processors_if_it_may(rng):
    x = pt.dvector("x")
    y = pt.gammaincc(2.0, pt.abs(x).sum())
    with pytest.raises(NotOnDevice, match="gammaincc"):
        on_device([x], y)
    with lamina.config.change_flags(cuda_fallback=True):
        assert_agree([x], [y, y * x.max()], [rng.normal(size=4)])
