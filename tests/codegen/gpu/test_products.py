"""Products of matrices by kernels: by tiles, of stacks of small ones, and maps of products."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.codegen.gpu import product_launches
from lamina.compile import device_function
from lamina.compile.device_function import driver
from lamina.runtime.cuda.driver import DeviceError
from tests.marks import only_fuzz

_WAITS = re.compile(r"@llvm\.nvvm\.(barrier|cp\.async\.wait)")
# rows, summed, columns: empty, single, odd, whole tiles, some more than one or two
LENGTHS = [
    (1, 1, 1), (0, 3, 2), (2, 0, 3), (3, 4, 0), (5, 7, 3), (64, 32, 64), (65, 33, 67),
    (136, 40, 72),
]  # fmt: skip


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the device run each launch in both orders, and look for races."""
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "order", "both")
    monkeypatch.setattr(device, "races", True)


@pytest.fixture
def no_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device without a library of products."""
    monkeypatch.setattr(device_function, "library", lambda device, symbol: None)


def on_device(inputs: Sequence[Any], outputs: Any) -> Any:
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore")


def values(dtype: str, shape: Sequence[int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng([seed, *shape])
    if dtype == "bool":
        return rng.random(shape) > 0.8
    if np.dtype(dtype).kind in "iu":
        return rng.integers(0, 90, shape).astype(dtype)
    x = rng.normal(size=shape)
    return (x + 1j * rng.normal(size=shape) if "complex" in dtype else x).astype(dtype)


def assert_product(found: Any, a: np.ndarray, b: np.ndarray) -> None:
    """Integers are equal; else each term and each sum was rounded once (N. J. Higham, Accuracy and
    Stability of Numerical Algorithms, equation 3.13), of float16 in float32 and then once more.
    """
    found = np.asarray(found)
    assert (found.dtype, found.shape) == (a.dtype, np.matmul(a, b).shape)
    if found.dtype.kind in "biu":
        np.testing.assert_array_equal(found, np.matmul(a, b))
        return
    exact, wide = np.finfo(found.dtype), np.result_type(a.dtype, np.float64)
    expected = np.matmul(a.astype(wide), b.astype(wide))
    size = np.matmul(abs(a.astype(wide)), abs(b.astype(wide)))
    half = found.dtype == np.float16
    each = np.finfo(np.float32).eps if half else exact.eps
    allowed = (2 * a.shape[-1] + 2) * each * size + half * exact.eps * abs(expected)
    assert (abs(found - expected) <= allowed).all()


@cache
def by_tiles(dtype: str) -> Any:
    """a b, and a b of operands that are given transposed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device_function, "library", lambda device, symbol: None)
        a, at, b, bt = (pt.matrix(dtype=dtype) for _ in range(4))
        function = on_device([a, at, b, bt], [a @ b, at.T @ bt.T])
    return lambda x, y: [np.asarray(z) for z in function(x, x.T.copy(), y, y.T.copy())]


FLOATS = ("float16", "float32", "float64")


@pytest.mark.parametrize("dtype", [*FLOATS, "int64", *only_fuzz("bool", "int8", "complex128")])
def test_tiles(dtype: str):
    for m, k, n in LENGTHS:
        x, y = values(dtype, (m, k)), values(dtype, (k, n))
        for found in by_tiles(dtype)(x, y):
            assert_product(found, x, y)


def test_a_stack_and_one_matrix_are_a_product_of_many_rows(no_blas: None):
    a, b = pt.tensor3(dtype="float32"), pt.matrix(dtype="float32")
    function = on_device([a, b], a @ b)
    assert "%width" not in function.ir("gpu")
    x, y = values("float32", (30, 4, 5)), values("float32", (5, 3))
    assert_product(function(x, y), x, y)


@pytest.mark.parametrize("dtype", ["float32", *only_fuzz("float16", "float64")])
def test_sums_have_the_order_of_the_summed_dimension_alone(dtype: str):
    x, y = values(dtype, (130, 75)), values(dtype, (75, 70))
    (whole, _), (rows, _) = by_tiles(dtype)(x, y), by_tiles(dtype)(x[3:9], y)
    np.testing.assert_array_equal(rows, whole[3:9])
    np.testing.assert_array_equal(by_tiles(dtype)(x, y[:, :1].copy())[0], whole[:, :1])


@pytest.mark.parametrize("dtype", ["float16", *only_fuzz("float32", "float64")])
def test_what_is_not_finite_stays_in_its_row_and_column(dtype: str):
    x, y = np.ones((70, 35), dtype), np.ones((35, 70), dtype)
    x[66, 34], y[2, 68] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        expected = x @ y
    for found in by_tiles(dtype)(x, y):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["float16", *only_fuzz("float32", "complex64")])
def test_blocks_that_take_tiles_in_turn(dtype: str, monkeypatch: pytest.MonkeyPatch, no_blas: None):
    monkeypatch.setattr(product_launches, "_MOST_BLOCKS", 2)
    a, b = (pt.tensor(dtype=dtype, shape=n) for n in ((2, 130, 20), (2, 20, 70)))
    function = on_device([a, b], a @ b)
    x, y = values(dtype, (2, 130, 20)), values(dtype, (2, 20, 70))
    assert_product(function(x, y), x, y)


def test_large_tiles_of_tensor_cores(monkeypatch: pytest.MonkeyPatch, no_blas: None):
    monkeypatch.setattr(product_launches, "TILES_FOR_LARGE", 2)
    shapes = [(130, 72), (72, 264), (128, 33), (33, 257)]
    a, b, c, d = (pt.matrix(dtype="float16", shape=n) for n in shapes)
    function = on_device([a, b, c, d], [a @ b, c @ d])
    assert "256, 1, 1" in function.ir("gpu") and "128, 1, 1" not in function.ir("gpu")
    x, y, z, w = (values("float16", n) for n in shapes)
    one, two = function(x, y, z, w)
    assert_product(one, x, y)
    assert_product(two, z, w)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_operands_that_are_not_aligned(dtype: str, no_blas: None):
    a, b = pt.matrix(dtype=dtype), pt.matrix(dtype=dtype)
    function = on_device([a, b], [a[1:, 1:] @ b[1:, :-1], a[:, ::2] @ b[::2, ::3]])
    x, y = values(dtype, (67, 48)), values(dtype, (48, 72))
    expected = [(x[1:, 1:], y[1:, :-1]), (x[:, ::2], y[::2, ::3])]
    for found, operands in zip(function(x, y), expected, strict=True):
        assert_product(found, *operands)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_stacks(dtype: str, no_blas: None):
    a, b, c = pt.tensor3(dtype=dtype), pt.tensor3(dtype=dtype), pt.matrix(dtype=dtype)
    d = pt.tensor(dtype=dtype, shape=(None, 1, None, None))
    function = on_device([a, b, c, d], [a @ b.transpose(0, 2, 1), a @ c, d @ a])
    for count, n in [(3, 5), (4, 1), (37, 4), (2, 32), (2, 33), (0, 3), (3, 0)]:
        x, y = values(dtype, (count, n, n)), values(dtype, (count, n, n), seed=1)
        z, w = values(dtype, (n, n)), values(dtype, (2, 1, n, n))
        expected = [(x, y.transpose(0, 2, 1)), (x, z), (w, x[None])]
        for found, operands in zip(function(x, y, z, w), expected, strict=True):
            assert_product(found, *operands)


@pytest.mark.parametrize("dtype", ["float16", "complex64", *only_fuzz("float64", "bool")])
def test_stacks_of_small_matrices(dtype: str):
    a, b = (pt.tensor(dtype=dtype, shape=(None, *n)) for n in ((9, 7), (7, 11)))
    function = on_device([a, b], a @ b)
    x, y = values(dtype, (21, 9, 7)), values(dtype, (21, 7, 11))
    assert_product(function(x, y), x, y)


@pytest.mark.parametrize("with_blas", [False, True])
def test_small_matrices_of_unequal_lengths(with_blas: bool, monkeypatch: pytest.MonkeyPatch):
    if not with_blas:
        monkeypatch.setattr(device_function, "library", lambda device, symbol: None)
    a, b = pt.tensor3(dtype="float32"), pt.tensor3(dtype="float32")
    function = on_device([a, b], pt.tanh(a @ b.transpose(0, 2, 1)))
    for count, m, k, n in [(7, 1, 32, 9), (5, 31, 2, 32), (3, 32, 7, 1), (2, 40, 33, 5)]:
        x, y = values("float32", (count, m, k)), values("float32", (count, n, k))
        np.testing.assert_allclose(
            function(x, y), np.tanh(np.matmul(x, y.transpose(0, 2, 1))), atol=1e-5
        )


def test_maps_of_products():
    a, b, c = (pt.matrix(dtype="float32", shape=n) for n in ((70, 40), (40, 66), (70, 66)))
    row, column = (pt.vector(dtype="float32", shape=(n,)) for n in (66, 70))
    s = pt.scalar(dtype="float32")
    p = a @ b
    outputs = [
        pt.maximum(p + row, 0), pt.sigmoid(2 * p + column[:, None]), pt.tanh(s - p) + c,
    ]  # fmt: skip
    function = on_device([a, b, c, row, column, s], outputs)
    text = function.ir("buffers")
    assert text.count("nd.product_kernel") == 1 and "= nd.gemm" not in text
    x, y, z = values("float32", (70, 40)), values("float32", (40, 66)), values("float32", (70, 66))
    u, v = values("float32", (66,)), values("float32", (70,))
    q = x @ y
    expected = [
        np.maximum(q + u, 0), 1 / (1 + np.exp(-(2 * q + v[:, None]))), np.tanh(0.5 - q) + z,
    ]  # fmt: skip
    for found, value in zip(function(x, y, z, u, v, np.float32(0.5)), expected, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-5)


def test_a_map_with_several_results_of_several_dtypes(no_blas: None):
    a, b = pt.tensor3(dtype="float64"), pt.tensor3(dtype="float64")
    p = a @ b
    function = on_device([a, b], [p * 0.5, pt.cast(p * 10, "int32"), p > 0])
    text = function.ir("buffers")
    assert text.count("nd.product_kernel") == 1 and "= nd.dot" not in text
    for shape in [(2, 3, 5), (2, 66, 5), (1, 40, 40)]:
        x, y = values("float64", shape), values("float64", (shape[0], shape[2], 68))
        q = np.matmul(x, y)
        one, two, three = map(np.asarray, function(x, y))
        np.testing.assert_allclose(one, q * 0.5, rtol=1e-12)
        np.testing.assert_array_equal(two, (q * 10).astype("int32"))
        np.testing.assert_array_equal(three, q > 0)


def test_a_map_is_of_the_rounded_product():
    a, b = pt.matrix(dtype="float16"), pt.matrix(dtype="float16")
    function = on_device([a, b], pt.cast(a @ b, "float32") - 2048)
    assert "nd.product_kernel" in function.ir("buffers")
    x, y = np.array([[1, 2048]], "float16"), np.ones((2, 1), "float16")
    assert np.asarray(function(x, y)).tolist() == [[0]]  # 2049 has a bit too many


def test_a_map_may_write_where_it_reads():
    a, b = pt.matrix(dtype="float64"), pt.matrix(dtype="float64")
    function = on_device([a, b], pt.sqrt(abs(a @ b + a @ a)) @ b)
    assert '"operand 2"' in function.ir("buffers")
    x, y = values("float64", (66, 66)), values("float64", (66, 66))
    expected = np.sqrt(abs(x @ y + x @ x)) @ y
    np.testing.assert_allclose(function(x, y), expected, rtol=1e-10)


@pytest.mark.parametrize("accumulate", [False, True])
def test_products_that_are_scaled_and_added_to(accumulate: bool, no_blas: None):
    a, b, c, s = *(pt.matrix(dtype="float32") for _ in range(3)), pt.scalar(dtype="float32")
    output = c - s * (a @ b) if accumulate else s * (a @ b)
    function = on_device([a, b, c, s], output)
    x, y, z = (values("float32", (40, 40), seed) for seed in range(3))
    q = np.float32(0.3) * (x @ y)
    expected = z - q if accumulate else q
    np.testing.assert_allclose(function(x, y, z, np.float32(0.3)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("summed", "by_kernel", "by_blas"), [(40, True, False), (400, False, True), (None, True, True)]
)
def test_few_terms_are_summed_by_the_kernel_of_the_map(summed, by_kernel, by_blas):
    a = pt.tensor(dtype="float32", shape=(None, summed))
    b = pt.tensor(dtype="float32", shape=(summed, None))
    function = on_device([a, b], pt.tanh(a @ b))
    assert ("%a_slab" in function.ir("gpu")) == by_kernel
    assert ("call @lamina_cuda_gemm" in function.ir("linalg")) == by_blas
    for k in [40, 400] if summed is None else [summed]:
        x, y = values("float32", (70, k)), values("float32", (k, 9))
        np.testing.assert_allclose(function(x, y), np.tanh(x @ y), atol=1e-4)


def test_kernels_of_products_are_saved(tmp_path: Path):
    a, b, c = (pt.tensor(dtype="float16", shape=n) for n in ((9, 40), (40, 70), (70,)))
    function = on_device([a, b, c], pt.maximum(a @ b + c, 0))
    function.save(tmp_path / "product.lam")
    x, y, z = (values("float16", n) for n in ((9, 40), (40, 70), (70,)))
    loaded = lamina.load(tmp_path / "product.lam", device="cuda-emu")
    np.testing.assert_array_equal(np.asarray(loaded(x, y, z)), np.asarray(function(x, y, z)))


@pytest.mark.parametrize("number", range(5))
def test_threads_wait_no_more_than_they_have_to(number: int, monkeypatch: pytest.MonkeyPatch):
    device = driver("cuda-emu")
    load, a = type(device).load, pt.matrix(dtype="float64", shape=(70, 70))

    def without_a_wait(self: Any, code: str) -> Any:
        lines = code.split("\n")
        waits = [i for i, line in enumerate(lines) if "call" in line and _WAITS.search(line)]
        assert len(waits) == 5
        del lines[waits[number]]
        return load(self, "\n".join(lines))

    monkeypatch.setattr(type(device), "load", without_a_wait)
    monkeypatch.setattr(device_function, "library", lambda device, symbol: None)
    function = on_device([a], a @ a)
    with pytest.raises(DeviceError, match="race|not written"):
        function(values("float64", (70, 70)))
