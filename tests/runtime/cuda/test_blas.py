import ctypes
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lamina.runtime.cuda import nvidia_libraries
from lamina.runtime.cuda.blas import DTYPES as NUMBERS
from lamina.runtime.cuda.blas import Matrix, blas_of, gemm
from lamina.runtime.cuda.cublas import GEMM, Cublas
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.cuda_library import CudaLibrary
from lamina.runtime.cuda.device_array import DeviceArray, to_device
from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.emulated_driver import EmulatedDriver
from tests.runtime.cuda.fake_cuda import FakeCuda

DTYPES = ["float16", "float32", "float64", "complex64", "complex128"]
RNG = np.random.default_rng(7)


class FakeCublas:
    """cuBLAS on host memory, column-major as it is, by NumPy."""

    def __init__(self, *, refuses: int = 0) -> None:
        self.refuses, self.handles, self.stream = refuses, 0, None
        p, i, n = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
        types = [p, i, i, n, n, n, p, p, i, n, n, p, i, n, n, p, p, i, n, n, n, i, i]
        self._kept = [
            ctypes.CFUNCTYPE(i, p)(self._create),
            ctypes.CFUNCTYPE(i, p, p)(self._set_stream),
            ctypes.CFUNCTYPE(i, p)(self._destroy),
            ctypes.CFUNCTYPE(i, *types)(self._gemm),
        ]
        names = ("cublasCreate_v2", "cublasSetStream_v2", "cublasDestroy_v2", GEMM)
        for name, function in zip(names, self._kept, strict=True):
            address = ctypes.cast(function, p).value or 0
            setattr(self, name, ctypes.CFUNCTYPE(i)(address))

    def _create(self, place: int) -> int:
        self.handles += 1
        ctypes.c_void_p.from_address(place).value = 0x7777_7777_7000
        return 0

    def _set_stream(self, handle: int, stream: int) -> int:
        self.stream = stream
        return 0

    def _destroy(self, handle: int) -> int:
        self.handles -= 1
        return 0

    def _gemm(
        self, handle, op_a, op_b, m, n, k, alpha, a, ta, lda, sa, b, tb, ldb, sb, beta, c, tc, ldc,
        sc, batch, compute, algorithm,
    ) -> int:  # fmt: skip
        assert (handle, algorithm, ta, tb) == (0x7777_7777_7000, -1, tc, tc)
        dtype = np.dtype({number: name for name, number in NUMBERS.items()}[tc])
        wide = np.dtype(np.float32) if dtype == np.float16 else dtype
        assert compute == (70 if dtype in (np.float64, np.complex128) else 68)
        if self.refuses:
            return self.refuses
        sizes = [s[::-1] if op else s for s, op in (((m, k), op_a), ((k, n), op_b))]
        assert lda >= max(1, sizes[0][0]) and ldb >= max(1, sizes[1][0]) and ldc >= max(1, m)
        turn: list[Callable[[Any], Any]] = [lambda x: x, np.transpose, lambda x: x.conj().T]
        one, other = (
            np.frombuffer(ctypes.string_at(p, wide.itemsize), wide)[0] for p in (alpha, beta)
        )

        def matrix(place: int, rows: int, columns: int, leading: int) -> np.ndarray:
            size = dtype.itemsize
            raw = (ctypes.c_char * max(leading * columns * size, 1)).from_address(place)
            flat = np.frombuffer(raw, dtype, leading * columns)
            return flat.reshape(columns, leading).T[:rows]

        for i in range(batch):
            size = dtype.itemsize
            x = turn[op_a](matrix(a + i * sa * size, *sizes[0], lda)).astype(wide)
            y = turn[op_b](matrix(b + i * sb * size, *sizes[1], ldb)).astype(wide)
            z = matrix(c + i * sc * size, m, n, ldc)
            z[...] = one * (x @ y) + (other * z if other else 0)
        return 0


@pytest.fixture(params=["emulated", "cublas"])
def device(request: pytest.FixtureRequest) -> SimpleNamespace:
    if request.param == "emulated":
        emulated = EmulatedDriver()
        return SimpleNamespace(driver=emulated, blas=blas_of(emulated))
    driver = CudaDriver(library=CudaLibrary(FakeCuda()))
    return SimpleNamespace(driver=driver, blas=Cublas(driver, FakeCublas()))


def random(dtype: str, *shape: int) -> np.ndarray:
    x = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
    return (x if dtype.startswith("complex") else x.real).astype(dtype)


def matrix(array: DeviceArray, op: str = "N", *, batched: bool = False) -> Matrix:
    step = array.shape[-1] * array.shape[-2] if batched else 0
    return Matrix(array.address, array.shape[-1], op, step)


def close(dtype: str) -> dict[str, float]:
    eps = np.finfo(dtype).eps
    return {"rtol": 20 * eps, "atol": 20 * eps}


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_are_numpys_in_every_dtype_and_layout(device: SimpleNamespace, dtype: str):
    m, n, k = 3, 4, 5
    for op_a in "NTC":
        for op_b in "NTC":
            a = random(dtype, *((m, k) if op_a == "N" else (k, m)))
            b = random(dtype, *((k, n) if op_b == "N" else (n, k)))
            c = random(dtype, m, n)
            x, y, z = (to_device(v, device.driver) for v in (a, b, c))
            gemm(
                device.blas, device.driver, dtype, (m, n, k), matrix(x, op_a), matrix(y, op_b),
                matrix(z), alpha=2.0, beta=-0.5,
            )  # fmt: skip
            left, right = (
                v if op == "N" else v.T if op == "T" else v.conj().T
                for v, op in ((a, op_a), (b, op_b))
            )
            wide = np.result_type(dtype, np.float32)
            want = (2 * (left.astype(wide) @ right.astype(wide)) - c.astype(wide) / 2).astype(dtype)
            np.testing.assert_allclose(z.copy_to_host(), want, **close(dtype))


def test_a_batch_steps_from_matrix_to_matrix_or_stays(device: SimpleNamespace):
    a, b = random("float64", 6, 2, 3), random("float64", 3, 4)
    x, y = to_device(a, device.driver), to_device(b, device.driver)
    z = to_device(np.zeros((6, 2, 4)), device.driver)
    gemm(
        device.blas, device.driver, "float64", (2, 4, 3), matrix(x, batched=True), matrix(y),
        matrix(z, batched=True), batch=6,
    )  # fmt: skip
    np.testing.assert_allclose(z.copy_to_host(), a @ b, rtol=1e-14)


def test_parts_of_matrices_leave_what_is_between_their_rows(device: SimpleNamespace):
    a = random("float32", 4, 8)
    x, z = to_device(a, device.driver), to_device(np.ones((4, 6), np.float32), device.driver)
    part = Matrix(z.address + 4, 6)
    gemm(
        device.blas, device.driver, "float32", (3, 2, 3), Matrix(x.address, 8),
        Matrix(x.address + 12, 8), part,
    )  # fmt: skip
    want = np.ones((4, 6), np.float32)
    want[:3, 1:3] = a[:3, :3] @ a[:3, 3:5]
    np.testing.assert_allclose(z.copy_to_host(), want, rtol=1e-6)


def test_a_beta_of_zero_does_not_read_and_an_empty_sum_is_zero(device: SimpleNamespace):
    x = to_device(np.ones((2, 2)), device.driver)
    z = to_device(np.full((2, 2), np.nan), device.driver)
    gemm(device.blas, device.driver, "float64", (2, 2, 2), matrix(x), matrix(x), matrix(z))
    np.testing.assert_array_equal(z.copy_to_host(), np.full((2, 2), 2.0))
    empty = Matrix(x.address, 0)
    gemm(device.blas, device.driver, "float64", (2, 2, 0), empty, matrix(x), matrix(z))
    np.testing.assert_array_equal(z.copy_to_host(), np.zeros((2, 2)))
    gemm(device.blas, device.driver, "float64", (0, 2, 2), empty, matrix(x), matrix(z))


def test_what_cublas_refuses_is_an_error_with_its_name():
    driver = CudaDriver(library=CudaLibrary(FakeCuda()))
    refused = Cublas(driver, FakeCublas(refuses=15))
    x = to_device(np.ones((2, 2)), driver)
    with pytest.raises(DeviceError, match="Fake: a call of cuBLAS: CUBLAS_STATUS_NOT_SUPP"):
        gemm(refused, driver, "float64", (2, 2, 2), matrix(x), matrix(x), matrix(x))


def test_an_address_outside_of_memory_is_found_by_the_emulated_device():
    driver = EmulatedDriver()
    x = to_device(np.ones((2, 2)), driver)
    with pytest.raises(DeviceError):
        gemm(
            blas_of(driver),
            driver,
            "float64",
            (2, 3, 2),
            matrix(x),
            Matrix(x.address, 3),
            matrix(x),
        )


def test_cublas_works_in_the_drivers_stream_and_its_handle_is_given_back():
    fake = FakeCuda()
    driver, library = CudaDriver(library=CudaLibrary(fake)), FakeCublas()
    made = Cublas(driver, library)
    assert (library.handles, library.stream) == (1, driver.stream)
    made.close()
    made.close()
    assert library.handles == 0 and not fake._contexts()


def test_without_cublas_the_error_names_the_extra(monkeypatch):
    driver = CudaDriver(library=CudaLibrary(FakeCuda()))
    monkeypatch.setattr(
        nvidia_libraries, "_candidates", lambda *_: iter(["libcublas-not-there.so"])
    )
    with pytest.raises(DeviceError, match=r"need cuBLAS.*pip install lamina\[cuda\]"):
        blas_of(driver)
    old = FakeCublas()
    delattr(old, GEMM)
    with pytest.raises(DeviceError, match="older than version 12"):
        Cublas(driver, old)
