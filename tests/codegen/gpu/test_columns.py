"""Reductions of columns: terms divided among the threads of a block and among blocks."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.codegen.gpu.nvvm import lower
from lamina.codegen.gpu.ptx import ptx
from lamina.compile.device_function import driver
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults

# Few columns and many rows, and the converse; fewer than a warp, not a multiple.
SHAPES = [(1, 1), (5, 7), (3000, 8), (700, 33), (40, 300), (1, 600)]

pytestmark = pytest.mark.usefixtures("watched")


def on_device(inputs, outputs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore")


def test_columns_of_all_dtypes_are_reduced():
    rng = np.random.default_rng(0)
    dtypes = ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64"]
    inputs = [pt.matrix(dtype=d) for d in dtypes]

    def reductions(x):
        found = [x.sum(0)]
        return found if x.dtype == "complex64" else [*found, x.max(0), x.argmin(0), x.any(0)]

    function = on_device(inputs, [y for x in inputs for y in reductions(x)])
    for shape in SHAPES:
        # integers, which every order of summation gives
        arrays = [rng.integers(0, 2, shape).astype(d) for d in dtypes]
        expected = [y for a in arrays for y in reductions(a)]
        for found, numpy in zip(map(np.asarray, function(*arrays)), expected, strict=True):
            np.testing.assert_array_equal(found, numpy, f"of {shape}")
    for found in function(*(np.zeros((3, 0), d) for d in dtypes)):
        assert found.shape == (0,)


def test_several_loops_are_reduced_whichever_is_long():
    rng = np.random.default_rng(1)
    x = pt.tensor4("x")
    outputs = [x.sum((0, 2)), x.max((0, 2)), x.argmax(1), x.prod((1, 2)), (x * 2).sum((1, 2)) + 1]
    function, compiled = on_device([x], outputs), lamina.function([x], outputs)
    for shape in [(2, 3, 4, 5), (2, 3, 900, 2), (900, 2, 2, 3), (40, 1, 40, 9), (1, 1, 1, 1)]:
        array = rng.normal(1, 0.01, shape)
        for one, two in zip(map(np.asarray, function(array)), compiled(array), strict=True):
            np.testing.assert_allclose(one, two, 1e-12, err_msg=f"of {shape}")


def test_terms_of_few_columns_are_divided_among_blocks(launches):
    x = pt.matrix("x")
    function = on_device([x], x.sum(0))
    array = np.random.default_rng(2).normal(size=(20_000, 8))
    np.testing.assert_allclose(np.asarray(function(array)), array.sum(0), 1e-12, 1e-12)
    (parts, block), (merged, _) = launches
    assert block == (8, 32, 1) and parts == (1, 20_000 // (32 * 16), 1) and merged == (1, 1, 1)


def test_many_columns_are_taken_by_one_kernel(launches, monkeypatch: pytest.MonkeyPatch):
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "order", 0)
    monkeypatch.setattr(device, "races", False)
    x = pt.matrix("x")
    found = on_device([x], x.sum(0))(np.ones((3, 262_144)))
    np.testing.assert_array_equal(np.asarray(found), 3)
    assert launches == [((1024, 1, 1), (256, 1, 1))]


def test_threads_go_along_the_loop_whose_elements_are_neighbours():
    x, v = pt.matrix("x"), pt.vector("v")
    shuffles = []
    for result in ((x.T * v[:, None]).sum(1), (x.T * v).sum(0), (x * v).sum(1), x.T.argmax(0)):
        function = on_device([x, v], result)
        shuffles.append("gpu.shuffle" in function._executable.ir("gpu"))
        array = np.random.default_rng(3).normal(size=(6, 6))
        found = np.asarray(function(array, array[0]))
        expected = lamina.function([x, v], result, on_unused_input="ignore")(array, array[0])
        np.testing.assert_allclose(found, expected, 1e-12)
    assert shuffles == [False, True, True, True]


def test_sums_are_as_exact_as_with_the_error_of_each_addition_kept():
    rng = np.random.default_rng(4)
    x = pt.fmatrix("x")
    large = rng.normal(size=(9000, 3)) * 1e6
    array = np.concatenate([large, np.ones((99, 3)), -large]).astype("float32")
    np.testing.assert_allclose(np.asarray(on_device([x], x.sum(0))(array)), [99] * 3, rtol=1e-6)


def test_nan_and_the_first_of_equals_are_found_in_whichever_part_they_are():
    x = pt.matrix("x")
    function = on_device([x], [x.argmax(0), x.max(0)])
    array = np.zeros((5000, 3))
    array[[4000, 37], 0] = 2
    array[[4999, 1234, 1300], 1] = np.nan
    array[4999, 2] = 1
    positions, extrema = map(np.asarray, function(array))
    np.testing.assert_array_equal(positions, array.argmax(0))
    np.testing.assert_array_equal(extrema, array.max(0))


def test_many_reductions_at_a_time_take_smaller_blocks(launches):
    x = pt.matrix("x")
    sums = [pt.exp(x * k).sum(0) for k in range(2, 20)]
    array = np.random.default_rng(5).normal(size=(50, 5))
    found = on_device([x], sums)(array)
    assert (8, 16, 1) in [block for _, block in launches]
    for k, one in enumerate(map(np.asarray, found), 2):
        np.testing.assert_allclose(one, np.exp(array * k).sum(0), 1e-12)


@pytest.mark.skipif(assembler() is None, reason="ptxas is not installed")
def test_kernels_of_columns_assemble_without_spills():
    inputs = [pt.matrix(dtype=d) for d in ("float16", "float32", "float64", "complex128", "int8")]
    outputs = [y for x in inputs for y in (x.sum(0), x.prod(0))]
    outputs += [x.argmax(0) for x in inputs[:3]]
    text = on_device(inputs, outputs)._executable.ir("gpu")
    assert "_end(" in text
    for chip in (CHIPS[0], CHIPS[-1]):
        assert faults([("columns", text)], chip) == []
    assert "shfl" not in ptx(lower(text).llvm, "sm_80")
