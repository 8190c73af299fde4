"""Products of matrices in machine code, for this processor and for lesser ones."""

import ctypes
import itertools

import llvmlite.binding as llvm
import numpy as np
import pytest

from lamina.codegen import matrix_products
from lamina.codegen.target import Target, host
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.linker import link, link_once, undefined
from lamina.runtime.symbols import resolve

INT, P, B = ctypes.c_int64, ctypes.c_void_p, ctypes.c_bool
NUMBERS = {"f64": (np.float64, ctypes.c_double, 1e-13), "f32": (np.float32, ctypes.c_float, 1e-5)}
LESSER = {
    "avx2": ("x86-64-v3", "+avx,+avx2,+fma"),
    "sse2": ("x86-64", ""),
}


def names(dtype):
    return [f"lamina_product_{name}_{dtype}" for name in ("gemm", "gemv")]


class Products:
    """The functions of a library, on arrays."""

    def __init__(self, addresses, dtype):
        self.dtype, number, self.tolerance = NUMBERS[dtype]
        gemm = ctypes.CFUNCTYPE(None, B, B, INT, INT, INT, number, P, INT, P, INT, number, P, INT)
        gemv = ctypes.CFUNCTYPE(None, B, INT, INT, number, P, INT, P, INT, number, P)
        self._gemm = gemm(addresses[f"lamina_product_gemm_{dtype}"])
        self._gemv = gemv(addresses[f"lamina_product_gemv_{dtype}"])

    def gemm(self, ta, tb, sizes, alpha, a, b, beta, c):
        data = [(x.ctypes.data, max(1, x.shape[1])) for x in (a, b, c)]
        self._gemm(ta, tb, *sizes, alpha, *data[0], *data[1], beta, *data[2])

    def gemv(self, ta, sizes, alpha, a, x, step, beta, y):
        row = max(1, a.shape[1])
        self._gemv(ta, *sizes, alpha, a.ctypes.data, row, x.ctypes.data, step, beta, y.ctypes.data)


def linked(image, dtype):
    known = resolve(undefined([image]), DiskCache(None))
    return Products(link_once(image, known), dtype)


@pytest.fixture(scope="module", params=["f64", "f32"])
def products(request):
    image = matrix_products.library_object(host(), request.param)
    return linked(image, request.param)


def padded(rng, shape, padding, dtype):
    """A matrix that is a part of one whose other elements are NaN."""
    whole = np.full((shape[0], shape[1] + padding), np.nan, dtype)
    whole[:, : shape[1]] = rng.normal(size=shape)
    return whole, whole[:, : shape[1]].astype("float64")


def check_gemm(products, rng, sizes, ta, tb, beta):
    m, n, k = sizes
    paddings = rng.integers(0, 3, 3)
    a, a_part = padded(rng, (k, m) if ta else (m, k), paddings[0], products.dtype)
    b, b_part = padded(rng, (n, k) if tb else (k, n), paddings[1], products.dtype)
    c, c_part = padded(rng, (m, n), paddings[2], products.dtype)
    expected = 1.5 * (a_part.T if ta else a_part) @ (b_part.T if tb else b_part)
    if beta:
        expected += beta * c_part
    else:
        c[:, :n] = np.nan
    products.gemm(ta, tb, sizes, 1.5, a, b, beta, c)
    tolerance = products.tolerance * max(k, 1)
    np.testing.assert_allclose(c[:, :n], expected, rtol=tolerance, atol=tolerance)
    assert np.isnan(c[:, n:]).all()


def check_gemv(products, rng, sizes, ta, step, beta):
    m, k = sizes
    a, part = padded(rng, (k, m) if ta else (m, k), int(rng.integers(0, 3)), products.dtype)
    x, y = rng.normal(size=k * step).astype(products.dtype), np.full(m + 3, 7, products.dtype)
    y[:m] = rng.normal(size=m) if beta else np.nan
    expected = 1.5 * (part.T if ta else part) @ x[::step].astype("float64")
    if beta:
        expected += beta * y[:m].astype("float64")
    products.gemv(ta, sizes, 1.5, a, x, step, beta, y)
    tolerance = products.tolerance * max(k, 1)
    np.testing.assert_allclose(y[:m], expected, rtol=tolerance, atol=tolerance)
    assert (y[m:] == 7).all()


FLAGS = list(itertools.product((False, True), repeat=2))


@pytest.mark.parametrize(("ta", "tb"), FLAGS)
def test_products_of_all_sizes_touch_their_result_alone(products, ta, tb):
    rng = np.random.default_rng(0)
    for trial in range(250):
        sizes = tuple(int(x) for x in rng.integers(0, 6 if trial % 3 else 45, 3))
        check_gemm(products, rng, sizes, ta, tb, rng.choice([0.0, 1.0, -0.5]))


@pytest.mark.parametrize(("ta", "tb"), FLAGS)
def test_long_products_are_summed_in_panels(products, ta, tb):
    rng = np.random.default_rng(1)
    for sizes in ((9, 17, 600), (40, 130, 300), (33, 3, 257), (1, 50, 513)):
        check_gemm(products, rng, sizes, ta, tb, 1.0)


@pytest.mark.parametrize("ta", [False, True])
def test_products_with_vectors_of_any_step(products, ta):
    rng = np.random.default_rng(2)
    for trial in range(200):
        sizes = tuple(int(x) for x in rng.integers(0, 6 if trial % 3 else 150, 2))
        step = int(rng.integers(1, 4))
        check_gemv(products, rng, sizes, ta, step, rng.choice([0.0, 1.0, -0.5]))
    check_gemv(products, rng, (5, 2000), ta, 3, 0.0)


def test_blas_computes_what_is_large(products, monkeypatch):
    monkeypatch.setattr(matrix_products, "matrix_bound", lambda: 0)
    monkeypatch.setattr(matrix_products, "VECTOR_BOUND", 0)
    dtype = "f64" if products.dtype is np.float64 else "f32"
    by_blas = linked(matrix_products.library_object(host(), dtype), dtype)
    rng = np.random.default_rng(3)
    for ta, tb in FLAGS:
        check_gemm(by_blas, rng, (5, 6, 7), ta, tb, 0.5)
        check_gemv(by_blas, rng, (5, 7), ta, 2, 0.5)
        check_gemv(by_blas, rng, (5, 0), ta, 1, 0.5)


def test_infinities_times_zero_are_nan(products):
    a, c = np.full((2, 2), np.inf, products.dtype), np.zeros((2, 2), products.dtype)
    products.gemm(False, False, (2, 2, 2), 1.0, a, np.zeros_like(a), 0.0, c)
    assert np.isnan(c).all()


@pytest.mark.skipif(host().architecture != "x86_64", reason="for x86-64")
@pytest.mark.parametrize("name", LESSER)
@pytest.mark.parametrize("dtype", ["f64", "f32"])
def test_lesser_processors_compute_the_same(name, dtype):
    features = LESSER[name][1]
    if not all(host().has(f[1:]) for f in features.split(",") if f):
        pytest.skip("this processor is less than that")
    target = Target(host().triple, LESSER[name][0], features)
    image = matrix_products.library_object(target, dtype)
    code = link([image], resolve(undefined([image]), DiskCache(None)), names(dtype))
    lesser, rng = Products(code, dtype), np.random.default_rng(4)
    for ta, tb in FLAGS:
        for _ in range(40):
            check_gemm(lesser, rng, tuple(map(int, rng.integers(0, 30, 3))), ta, tb, 0.5)
            check_gemv(lesser, rng, tuple(map(int, rng.integers(0, 30, 2))), ta, 2, 0.0)


def test_a_library_for_arm_compiles():
    target = Target("aarch64-unknown-linux-gnu", "generic", "+neon")
    llvm.initialize_all_targets()
    assert matrix_products.library_object(target, "f64").startswith(b"\x7fELF")


def test_names_tell_the_libraries_that_are_needed():
    lacking = ["memcpy", matrix_products.symbol("gemv", "float32"), "lm_exp_f64", *names("f64")]
    assert matrix_products.required(lacking) == ("f32", "f64")
