"""Running sums and products of lines that are cut into chunks."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults


def test_lines_along_every_axis_are_those_of_the_processor(watched):
    v, x, i, t = pt.dvector("v"), pt.dmatrix("x"), pt.lmatrix("i"), pt.dtensor3("t")
    inputs = [v, x, i, t]
    outputs = [
        pt.cumsum(v), pt.cumprod(x, axis=0), pt.cumsum(x, axis=1), pt.cumsum(i, axis=0),
        pt.cumsum(t, axis=1), pt.cumsum(x.T, axis=1), pt.cumprod(i, axis=1),
        pt.cumsum(x[::2, ::-1]),
    ]  # fmt: skip
    function, expected = (
        lamina.function(inputs, outputs, mode=mode) for mode in ("CUDA-EMU", "FAST_RUN")
    )
    rng = np.random.default_rng(0)
    for shape in [(3, 5), (200, 3), (1, 1), (0, 4), (4, 0), (2, 1000)]:
        arrays = [
            rng.normal(size=shape[0] * 40), rng.uniform(0.9, 1.1, shape),
            rng.integers(-5, 6, shape), rng.normal(size=(2, *shape)),
        ]  # fmt: skip
        for k, (one, two) in enumerate(zip(function(*arrays), expected(*arrays), strict=True)):
            one = np.asarray(one)
            assert (one.dtype, one.shape) == (two.dtype, two.shape)
            np.testing.assert_allclose(one, two, 1e-11, 1e-11, err_msg=f"{k} of {shape}")


def test_dtypes_keep_their_arithmetic():
    dtypes = ["bool", "int8", "uint64", "float16", "float32", "complex64"]
    inputs = [pt.vector(dtype=d) for d in dtypes]
    function = lamina.function(inputs, [pt.cumsum(x) for x in inputs], mode="CUDA-EMU")
    arrays = [np.random.default_rng(1).integers(0, 2, 300).astype(d) for d in dtypes]
    for found, array in zip(function(*arrays), arrays, strict=True):
        found, expected = np.asarray(found), np.cumsum(array)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)  # integers below 2048


def test_only_long_lines_are_cut(launches, watched):
    x = pt.dmatrix("x")
    function = lamina.function([x], pt.cumsum(x, axis=1), mode="CUDA-EMU")
    for shape, count in (((50, 60), 1), ((1, 4000), 3)):
        launches.clear()
        np.testing.assert_array_equal(
            np.asarray(function(np.ones(shape))), np.cumsum(np.ones(shape), 1)
        )
        assert len(launches) == count


@pytest.mark.skipif(assembler() is None, reason="ptxas is not installed")
def test_running_totals_assemble_without_spills():
    texts = []
    for dtype in ("float32", "float64", "int64", "complex128"):
        x = pt.vector(dtype=dtype)
        outputs = [pt.cumsum(x), pt.cumprod(x)]
        texts.append((dtype, lamina.function([x], outputs, mode="CUDA-EMU").ir("gpu")))
    assert faults(texts, CHIPS[0]) == []
