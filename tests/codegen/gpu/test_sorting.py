"""Sorting on a device."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.device_function import driver
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults
from tests.marks import only_fuzz

DTYPES = ["bool", "int8", "uint16", "int64", "uint64", "float16", "float32", "float64"]
DTYPES += ["complex64", "complex128"]
# Rows that share a tile, that are one, of several tiles; an odd and an even number of merges.
SHAPES = [(1, 1), (40, 3), (3, 5), (7, 64), (2, 1024), (3, 1025), (2, 2500), (1, 5000)]


def on_device(inputs, outputs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore")


def elements(dtype, shape, seed=0):
    """Few values, so that many tie; zeros of both signs, infinities and NaN."""
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) > 0.5
    if not dtype.startswith(("float", "complex")):
        return rng.integers(0 if dtype[0] == "u" else -9, 9, shape).astype(dtype)
    special = np.array([-3, -1, -0.0, 0.0, 2, 5, -np.inf, np.inf, np.nan])
    found = rng.choice(special, shape).astype(dtype)
    if dtype.startswith("complex"):
        found.imag = rng.choice(special, shape)
    return found


def assert_same_bits(found, expected, what):
    found = np.asarray(found)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape), what
    if found.dtype.kind not in "fc":
        np.testing.assert_array_equal(found, expected, what)
        return
    part = {"c": found.real.dtype}.get(found.dtype.kind, found.dtype)
    one, two = (np.ascontiguousarray(x).view(part) for x in (found, expected))
    np.testing.assert_array_equal(one, two, what)
    np.testing.assert_array_equal(np.signbit(one[one == 0]), np.signbit(two[two == 0]), what)


@pytest.mark.parametrize("dtype", [*DTYPES[::3], *only_fuzz(*DTYPES[1::3], *DTYPES[2::3])])
def test_rows_are_sorted_as_by_numpy_and_ties_keep_their_order(dtype):
    x = pt.matrix("x", dtype=dtype)
    function = on_device(
        [x], [pt.sort(x, kind="stable"), pt.argsort(x, kind="stable"), pt.lexsort(x)]
    )
    assert not function._executable.artefact.kernels.on_host
    for shape in SHAPES:
        array = elements(dtype, shape)
        found = function(array)
        expected = np.sort(array, kind="stable"), np.argsort(array, kind="stable")
        for ours, numpy in zip(found, (*expected, np.lexsort(array)), strict=True):
            assert_same_bits(ours, numpy, f"of {shape}")


def test_arrays_in_any_layout_along_any_axis():
    x = pt.tensor3("x", dtype="float32")
    outputs = [
        pt.sort(x, axis=0), pt.argsort(x, axis=1, kind="stable"), pt.sort(x, axis=None),
        pt.sort(x[:, ::-2]), pt.sort(x.T), pt.sort(x * 2, axis=-1) + 1,
        pt.argsort(x[1], kind="stable"), pt.sort(x[0, 0]), pt.lexsort(x, axis=0),
    ]  # fmt: skip
    function, compiled = on_device([x], outputs), lamina.function([x], outputs)
    for shape in [(4, 5, 6), (2, 1, 1100), (3, 40, 1)]:
        array = elements("float32", shape)
        for number, (one, two) in enumerate(zip(function(array), compiled(array), strict=True)):
            np.testing.assert_array_equal(np.asarray(one), two, f"output {number} of {shape}")


def test_arrays_without_elements_are_sorted():
    x = pt.matrix("x")
    function = on_device([x], [pt.sort(x), pt.argsort(x), pt.lexsort(x), pt.sort(x, axis=0)])
    for shape in [(0, 5), (3, 0), (0, 0), (0, 3000)]:
        found = list(map(np.asarray, function(np.zeros(shape))))
        assert [y.shape for y in found] == [shape, shape, shape[1:], shape]
        np.testing.assert_array_equal(found[2], np.arange(shape[1]))


@pytest.mark.parametrize("order", [0, 1])
def test_sorts_have_no_races(monkeypatch, order):
    monkeypatch.setattr(driver("cuda-emu"), "races", True)
    monkeypatch.setattr(driver("cuda-emu"), "order", order)
    x = pt.matrix("x", dtype="float32")
    function = on_device([x], [pt.sort(x), pt.argsort(x, kind="stable"), pt.lexsort(x)])
    for shape in [(7, 20), (2, 2500)]:
        array = elements("float32", shape)
        found = list(map(np.asarray, function(array)))
        np.testing.assert_array_equal(found[0], np.sort(array))
        np.testing.assert_array_equal(found[1], np.argsort(array, kind="stable"))
        np.testing.assert_array_equal(found[2], np.lexsort(array))


def test_what_stands_on_sorting_agrees_with_the_processor():
    x, i, k = pt.matrix("x"), pt.lvector("i"), pt.lscalar("k")
    outputs = [
        *pt.topk_and_argtopk(x, k), pt.argtopk(x, -2, axis=0), pt.argtopk(i, k),
        pt.median(x, axis=1), pt.quantile(x, 0.3, axis=0), pt.percentile(x, [10, 50]),
        *pt.unique(i, return_index=True, return_inverse=True, return_counts=True),
        pt.unique(x), pt.searchsorted(pt.sort(x[0]), x[1]),
        lamina.grad((pt.sort(x, axis=1) ** 2 * pt.arange(x.shape[1])).sum(), x),
    ]  # fmt: skip
    function, compiled = on_device([x, i, k], outputs), lamina.function([x, i, k], outputs)
    assert not function._executable.artefact.kernels.on_host
    rng = np.random.default_rng(2)
    for n in (6, 1500):
        arrays = rng.normal(size=(3, n)), rng.integers(-4, 4, n), np.int64(3)
        for one, two in zip(map(np.asarray, function(*arrays)), compiled(*arrays), strict=True):
            assert (one.dtype, one.shape) == (two.dtype, two.shape)
            np.testing.assert_allclose(one, two, 1e-12)
    with pytest.raises(ValueError, match="kth is more than the axis has elements"):
        function(np.zeros((3, 2)), [1], 3)


def test_the_largest_of_ties_are_the_first_and_nan_is_largest():
    x, k = pt.matrix("x"), pt.lscalar("k")
    function = on_device([x, k], [pt.argtopk(x, k), pt.argtopk(x, -k)])
    compiled = lamina.function([x, k], [pt.argtopk(x, k), pt.argtopk(x, -k)])
    for n in (7, 1300):
        array = elements("float64", (2, n))
        for count in (1, 5, n):
            for one, two in zip(function(array, count), compiled(array, count), strict=True):
                np.testing.assert_array_equal(np.asarray(one), two)


def test_steps_of_loops_sort():
    x = pt.matrix("x")
    states = lamina.scan(
        lambda row, last: pt.sort(row + last[::-1]),
        [x], outputs_info=[pt.zeros_like(x[0])], return_updates=False,
    )  # fmt: skip
    array = np.random.default_rng(4).normal(size=(5, 1100))
    function, compiled = on_device([x], states), lamina.function([x], states)
    np.testing.assert_array_equal(np.asarray(function(array)), compiled(array))


@pytest.mark.skipif(assembler() is None, reason="ptxas is not installed")
def test_sorts_assemble_without_spills():
    inputs = [pt.matrix(dtype=d) for d in ("bool", "float16", "float64", "complex128")]
    outputs = [*map(pt.argsort, inputs), pt.sort(inputs[2]), pt.lexsort(inputs[2])]
    assert faults([("sorts", on_device(inputs, outputs)._executable.ir("gpu"))], CHIPS[0]) == []
