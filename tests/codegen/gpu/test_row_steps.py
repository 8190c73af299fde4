"""Rows that are read once: several kernels in one, for rows of all lengths."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults
from tests.marks import only_fuzz

# In registers by a warp, two, eight; in more registers; too long for them; more rows than the teams
# of a block.
SHAPES = [(5, 3), (1, 1), (0, 4), (9, 130), (2, 700), (2, 1500), (1, 4200), (17, 33)]

pytestmark = pytest.mark.usefixtures("watched")


def layer_norm(x):
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) / pt.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + 1e-5)


def compare(function, reference, *arrays, rtol):
    with np.errstate(all="ignore"):
        for found, expected in zip(function(*arrays), reference(*arrays), strict=True):
            found = np.asarray(found)
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)


def test_rows_of_all_lengths_are_those_of_numpy():
    x, v = pt.dmatrix("x"), pt.dvector("v")
    shares = x / pt.abs(x).sum(axis=1, keepdims=True)
    outputs = [
        pt.special.softmax(x, axis=-1), layer_norm(x) * v, pt.logsumexp(x, axis=1),
        shares.argmax(axis=1), shares, (shares > pt.arange(x.shape[1])).any(axis=1),
        x * (x.shape[1] - pt.arange(x.shape[1])) - x.prod(axis=1, keepdims=True),
    ]  # fmt: skip
    function = lamina.function([x, v], outputs, mode="CUDA-EMU")
    reference = lamina.function([x, v], outputs, mode="NUMPY")
    rng = np.random.default_rng(0)
    for rows, n in SHAPES:
        compare(function, reference, rng.normal(size=(rows, n)), rng.normal(size=n), rtol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "int64", *only_fuzz("float16", "bool", "complex128")])
def test_rows_of_all_dtypes_are_those_of_numpy(dtype):
    x = pt.tensor3("x", dtype=dtype)
    total = x.sum(axis=2, keepdims=True)
    outputs = [x * total, total[:, :, 0]] if dtype != "bool" else [x & x.any(axis=2, keepdims=True)]
    if dtype.startswith("float"):
        outputs += [pt.special.softmax(x, axis=-1), (x - x.max(axis=2, keepdims=True)).argmin(2)]
    function = lamina.function([x], outputs, mode="CUDA-EMU")
    reference = lamina.function([x], outputs, mode="NUMPY")
    rng = np.random.default_rng(1)
    rtol = {"float16": 2e-3, "float32": 1e-5}.get(dtype, 1e-12)
    for shape in ((3, 2, 40), (1, 4, 300), (2, 1, 5000), (2, 0, 3)):
        numbers = rng.integers(-3, 4, shape) if dtype == "int64" else rng.uniform(0, 0.1, shape)
        compare(function, reference, numbers.astype(dtype), rtol=rtol)


def test_no_elements_and_no_rows_are_no_fault():
    x = pt.dmatrix("x")
    y = x - x.sum(axis=1, keepdims=True)
    function = lamina.function([x], [y, y.sum(axis=1)], mode="CUDA-EMU")
    for shape in ((3, 0), (0, 3), (0, 0)):
        found, sums = function(np.zeros(shape))
        assert found.shape == shape
        np.testing.assert_array_equal(np.asarray(sums), np.zeros(shape[0]))


def test_a_softmax_is_one_launch_that_needs_no_memory_but_its_result(launches):
    x = pt.dmatrix("x")
    function = lamina.function([x], pt.special.softmax(x, axis=-1), mode="CUDA-EMU")
    teams = []
    for n in (8, 200, 400, 1024, 3000, 9000):
        launches.clear()
        function(np.ones((2, n)))
        ((_, (across, beside, _)),) = launches
        assert across * beside == 256
        teams.append(across)
    assert teams == [32, 64, 128, 256, 256, 256]
    assert "lamina_device_workspace(" not in function.ir("linalg").partition("@lamina_main")[2]


def test_a_result_in_the_place_of_what_stays_in_registers_is_in_memory():
    x = pt.dmatrix("x")
    function = lamina.function([x], pt.concatenate([x.std(axis=1), x[0]]), mode="CUDA-EMU")
    array = np.random.default_rng(3).normal(size=(4, 6))
    expected = np.concatenate([array.std(axis=1), array[0]])
    np.testing.assert_allclose(np.asarray(function(array)), expected, rtol=1e-12)


def test_functions_that_no_device_has_keep_kernels_apart():
    x = pt.dmatrix("x")
    y = pt.gammaincc(2.0, abs(x) / abs(x).sum(axis=1, keepdims=True))
    with lamina.config.change_flags(cuda_fallback=True):
        function = lamina.function([x], y, mode="CUDA-EMU")
    array = np.random.default_rng(2).normal(size=(3, 5))
    np.testing.assert_allclose(np.asarray(function(array)), y.eval({x: array}), rtol=1e-12)


@pytest.mark.skipif(assembler() is None, reason="ptxas is not installed")
@pytest.mark.parametrize("chip", [CHIPS[0], *only_fuzz(*CHIPS[1:])])
def test_rows_in_registers_do_not_spill(chip):
    texts = []
    for dtype in ("float32", "float64"):
        x, v, w = pt.matrix("x", dtype=dtype), pt.vector(dtype=dtype), pt.matrix(dtype=dtype)
        outputs = [
            pt.special.softmax(x, axis=-1), layer_norm(x) * v, pt.logsumexp(x, axis=1),
            lamina.grad((pt.special.log_softmax(x, axis=-1) * w).sum(), x),
        ]  # fmt: skip
        function = lamina.function([x, v, w], outputs, mode="CUDA-EMU")
        texts.append((dtype, function.ir("gpu")))
    assert faults(texts, chip) == []
