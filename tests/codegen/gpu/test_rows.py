"""Reductions of rows: where there are few long ones, blocks take parts of them."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt

# Few rows and long, of 32 threads or of 256 each, and many.
SHAPES = [(1, 1), (3, 20_000), (2, 4096), (2, 8192), (7, 511), (700, 33)]

pytestmark = pytest.mark.usefixtures("watched")


def on_device(inputs, outputs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore")


def test_rows_of_all_lengths_are_reduced():
    rng = np.random.default_rng(0)
    dtypes = ["int8", "float16", "float64", "complex64"]
    inputs = [pt.matrix(dtype=d) for d in dtypes]

    def reductions(x):
        found = [x.sum(1)]
        return found if x.dtype == "complex64" else [*found, x.max(1), x.argmin(1), x.any(1)]

    function = on_device(inputs, [y for x in inputs for y in reductions(x)])
    for shape in SHAPES:
        # integers, which every order of summation gives
        arrays = [rng.integers(0, 2, shape).astype(d) for d in dtypes]
        expected = [y for a in arrays for y in reductions(a)]
        for found, numpy in zip(map(np.asarray, function(*arrays)), expected, strict=True):
            np.testing.assert_array_equal(found, numpy, f"of {shape}")
    for found in function(*(np.zeros((0, 3), d) for d in dtypes)):
        assert found.shape == (0,)


def test_terms_of_few_rows_are_divided_among_blocks(launches):
    x = pt.matrix("x")
    function = on_device([x], x.sum(1))
    array = np.random.default_rng(1).normal(size=(3, 20_000))
    np.testing.assert_allclose(np.asarray(function(array)), array.sum(1), 1e-12)
    assert launches == [((3, 20_000 // (256 * 16), 1), (256, 1, 1)), ((1, 1, 1), (4, 64, 1))]
    launches.clear()
    function(np.ones((300, 40)))
    assert launches == [((300 // 8 + 1, 1, 1), (32, 8, 1))]


def test_several_loops_are_divided_whichever_is_long():
    x = pt.tensor4("x")
    outputs = [x.sum((1, 3)), x.max((1, 3)), x.transpose(0, 2, 1, 3).argmax((2, 3)), x.sum((0, 3))]
    function, compiled = on_device([x], outputs), lamina.function([x], outputs)
    for shape in [(2, 3, 4, 5), (2, 900, 2, 3), (2, 2, 3, 9000), (1, 1, 1, 1)]:
        array = np.random.default_rng(2).normal(1, 0.1, shape)
        for one, two in zip(map(np.asarray, function(array)), compiled(array), strict=True):
            np.testing.assert_allclose(one, two, 1e-12, err_msg=f"of {shape}")


def test_nan_and_the_first_of_equals_are_found_in_whichever_part_they_are():
    x = pt.matrix("x")
    function = on_device([x], [x.argmax(1), x.max(1)])
    array = np.zeros((3, 30_000))
    array[0, [29_000, 137]] = 2
    array[1, [29_999, 12_345, 13_000]] = np.nan
    array[2, 29_999] = 1
    positions, extrema = map(np.asarray, function(array))
    np.testing.assert_array_equal(positions, array.argmax(1))
    np.testing.assert_array_equal(extrema, array.max(1))


def test_sums_are_as_exact_as_with_the_error_of_each_addition_kept():
    large = np.random.default_rng(3).normal(size=(2, 9000)) * 1e6
    array = np.concatenate([large, np.ones((2, 99)), -large], axis=1).astype("float32")
    x = pt.fmatrix("x")
    np.testing.assert_allclose(np.asarray(on_device([x], x.sum(1))(array)), [99] * 2, rtol=1e-6)
