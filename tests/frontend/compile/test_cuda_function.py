"""Functions of mode CUDA on a stand-in for the driver, whose kernels do nothing: what is called,
what fails, what is given back.
"""

import gc
import re

import numpy as np
import pytest

import lamina
import lamina.cuda  # before a test replaces what it takes from others
import lamina.tensor as pt
from lamina import function, shared
from lamina.compile import device_function, loaded_function
from lamina.runtime.cuda import cuda_library
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.cuda_library import CudaLibrary
from lamina.runtime.cuda.device_array import to_device
from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.function_file import read
from tests.runtime.cuda.fake_cuda import FakeCuda
from tests.runtime.cuda.test_exchange import Interface, Other


@pytest.fixture
def fake() -> FakeCuda:
    return FakeCuda()


@pytest.fixture
def cuda(fake: FakeCuda, monkeypatch) -> CudaDriver:
    driver = CudaDriver(library=CudaLibrary(fake))
    monkeypatch.setattr(device_function, "driver", lambda device: driver)
    monkeypatch.setattr(lamina.cuda, "driver", lambda device: driver)
    return driver


X = pt.vector("x", dtype="float32")
ONES = np.ones(1000, np.float32)


def doubled(**options):
    return function([X], 2 * X, mode="CUDA", **options)


def test_a_call_copies_launches_and_returns_what_is_on_the_device(cuda, fake: FakeCuda):
    f = doubled()
    assert ".target sm_90" in f.ir("ptx")
    y = f(ONES)
    (launch,) = fake.launches
    function_, grid, *_, block = launch[0], *launch[1:4], launch[4]
    assert function_ == 0x5000 and grid >= 1 and block % 32 == 0
    assert (y.dtype, y.shape) == (np.float32, (1000,)) and y.driver is cuda
    assert fake.calls["cuMemcpyHtoDAsync_v2"] == 1 and not fake.calls["cuMemcpyDtoHAsync_v2"]
    assert not fake._contexts()
    del y
    gc.collect()
    assert fake.alive["memory"] == 0


def test_arrays_of_other_libraries_are_taken_where_they_are(cuda, fake: FakeCuda):
    f = doubled()
    array = to_device(ONES, cuda)
    copies = fake.calls["cuMemcpyHtoDAsync_v2"]
    for other in (Other(array), Interface(array)):
        f(other), f(x=other)
    assert fake.calls["cuMemcpyHtoDAsync_v2"] == copies and len(fake.launches) == 4
    with pytest.raises(DeviceError, match="on CUDA device 1, and this is Fake"):
        f(Other(array, device=(2, 1)))
    with pytest.raises(ValueError, match="not row-major"):
        f(Interface(array, strides=(8,)))
    with pytest.raises(TypeError):
        f(Other(to_device(np.ones((2, 2), np.float32), cuda)))


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("cuLaunchKernel", 701, "LAUNCH_OUT_OF_RESOURCES.*more registers"),
        ("cuMemAllocAsync", 2, "of 1048576 bytes .* are free: CUDA_ERROR_OUT_OF_MEMORY"),
        ("cuMemcpyHtoDAsync_v2", 700, "ILLEGAL_ADDRESS.*restart the process"),
        ("cuCtxPushCurrent_v2", 201, "INVALID_CONTEXT"),
    ],
)
def test_a_failure_is_an_error_leaves_nothing_and_the_next_call_works(
    cuda, fake: FakeCuda, name: str, status: int, says: str
):
    f = doubled()
    fake.fails[name] = status
    with pytest.raises(DeviceError, match=says):
        f(ONES)
    fake.fails.clear()
    gc.collect()
    assert fake.alive["memory"] == 0 and not fake._contexts()
    assert f(ONES).shape == (1000,)


def test_an_update_is_not_made_where_a_call_fails(cuda, fake: FakeCuda):
    w = shared(ONES, "w")
    f = doubled(updates={w: w + X})
    fake.fails["cuLaunchKernel"] = 701
    with pytest.raises(DeviceError):
        f(ONES)
    np.testing.assert_array_equal(np.asarray(w.get_value()), ONES)


def test_from_dlpack_takes_what_is_on_the_device_and_copies_what_is_on_the_host(cuda):
    array = to_device(ONES, cuda)
    assert lamina.cuda.from_dlpack(Other(array)).address == array.address
    assert lamina.cuda.from_dlpack(array) is array
    copied = lamina.cuda.from_dlpack(ONES)
    np.testing.assert_array_equal(np.asarray(copied), ONES)


def test_code_that_the_driver_refuses_is_an_error_when_the_function_is_made(cuda, fake: FakeCuda):
    fake.fails["cuModuleLoadDataEx"] = 222
    with pytest.raises(DeviceError, match="the driver is older than this version of PTX"):
        doubled()


def test_a_machine_without_a_driver_says_so(monkeypatch):
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(cuda_library.ctypes, "CDLL", missing)
    device_function.driver.cache_clear()
    with pytest.raises(DeviceError, match="no NVIDIA driver on this machine"):
        doubled()
    assert not lamina.cuda.is_available()


def test_a_function_of_the_emulated_device_is_loaded_for_a_real_one(monkeypatch, tmp_path):
    path = tmp_path / "model.lam"
    function([X], pt.exp(X), mode="CUDA-EMU").save(path)
    saved = loaded_function._text(read(path), "ptx")
    assert ".target sm_80" in saved
    fake = FakeCuda()
    driver = CudaDriver(library=CudaLibrary(fake))
    monkeypatch.setattr(device_function, "driver", lambda device: driver)
    loaded: list[str] = []
    load = driver.load
    monkeypatch.setattr(driver, "load", lambda code: loaded.append(code) or load(code))
    g = lamina.load(path, device="cuda")
    assert loaded == [saved] and g(ONES).driver is driver and len(fake.launches) == 1
    driver.chip = "sm_75"  # older than what it was saved for
    lamina.load(path, device="cuda")
    assert re.search(r"\.target (\w+)", loaded[1])[1] == "sm_75"  # type: ignore[index]


def test_a_product_that_was_saved_needs_cublas(monkeypatch, tmp_path):
    path, x = tmp_path / "model.lam", pt.matrix("x")
    function([x], x @ x, mode="CUDA-EMU").save(path)
    driver = CudaDriver(library=CudaLibrary(FakeCuda()))
    monkeypatch.setattr(device_function, "driver", lambda device: driver)
    monkeypatch.setattr("lamina.runtime.cuda.nvidia_libraries._candidates", lambda *_: iter(()))
    device_function.needs.cache_clear()
    with pytest.raises(DeviceError, match="need cuBLAS, which is not installed"):
        lamina.load(path, device="cuda")
    device_function.needs.cache_clear()
