"""Reductions that threads make together: by a warp, by a block, by many blocks."""

import re

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.codegen.gpu.nvvm import lower
from lamina.codegen.gpu.ptx import ptx
from lamina.compile.device_function import driver

# How many columns: fewer than a warp, as many, not a multiple; from 512 on a block takes a row.
LENGTHS = [1, 31, 32, 511, 512, 1000]


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the device run each launch in both orders, and look for races."""
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "order", "both")
    monkeypatch.setattr(device, "races", True)


def on_device(inputs, outputs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore")


def reductions(x):
    """Of an array or a variable: integers, which every order of summation gives."""
    found = [x.sum(1), x.sum()]
    if x.dtype != "complex64":
        found += [x.max(1), x.argmin(1), x.any(), x.argmax()]
    return found


def test_warps_and_blocks_take_rows_of_all_dtypes():
    rng = np.random.default_rng(0)
    dtypes = ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64"]
    inputs = [pt.matrix(dtype=d) for d in dtypes]
    function = on_device(inputs, [y for x in inputs for y in reductions(x)])
    for length in LENGTHS:
        arrays = [rng.integers(0, 9, (5, length)).astype(d) for d in dtypes]
        expected = [y for a in arrays for y in reductions(a)]
        for found, numpy in zip(map(np.asarray, function(*arrays)), expected, strict=True):
            np.testing.assert_array_equal(found, numpy, f"of {length} columns")


def test_nan_and_the_first_of_equals_are_found_in_whichever_warp_they_are():
    x = pt.matrix("x")
    function = on_device([x], [x.argmax(1), x.max(1), x.argmax(), x.argmin()])
    for length in (40, 600):
        array = np.zeros((3, length))
        array[0, [37, 5]] = 2
        array[1, [length - 1, 33, 34]] = np.nan
        array[2, length - 1] = -1
        found = list(map(np.asarray, function(array)))
        np.testing.assert_array_equal(found[0], array.argmax(1))
        np.testing.assert_array_equal(found[1], array.max(1))
        np.testing.assert_array_equal(found[2:], [array.argmax(), array.argmin()])


def test_sums_are_as_exact_as_with_the_error_of_each_addition_kept():
    rng = np.random.default_rng(1)
    x = pt.fmatrix("x")
    function = on_device([x], [x.sum(1), x.sum()])
    array = np.concatenate([rng.normal(size=(3, 900)) * 1e6, np.ones((3, 99))], axis=1)
    array = np.concatenate([array, -array[:, :900]], axis=1).astype("float32")
    rows, total = map(np.asarray, function(array))
    np.testing.assert_allclose(rows, [99] * 3, rtol=1e-6)
    np.testing.assert_allclose(total, 297, rtol=1e-6)


def test_threads_of_a_warp_merge_by_shuffles():
    x = pt.fmatrix("x")
    text = ptx(lower(on_device([x], x.sum(1)).ir("gpu")).llvm, "sm_80")
    text, _, _ = text.partition(".globl\tkernel_0_end")
    # the sum and its error, over distances 16, 8, 4, 2, 1; warps in a loop
    for distance in (16, 8, 4, 2, 1):
        assert len(re.findall(rf"shfl\.sync\.bfly\.b32\s.*, {distance}, 31, -1;", text)) == 2
    assert len(re.findall(r"\bbar(?:rier)?\.sync", text)) == 2
