import ctypes
import gc
import threading

import numpy as np
import pytest

from lamina.runtime.cuda import cuda_library
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.cuda_library import SIGNATURES, CudaLibrary
from lamina.runtime.cuda.driver import HOST_FUNCTIONS, DeviceError, Driver
from tests.runtime.cuda.fake_cuda import FakeCuda

PTX = ".visible .entry kernel_0() { ret; }"


@pytest.fixture
def fake() -> FakeCuda:
    return FakeCuda(log="line 1: what is wrong")


@pytest.fixture
def driver(fake: FakeCuda) -> CudaDriver:
    return CudaDriver(library=CudaLibrary(fake))


def opened(fake: FakeCuda, device: int = 0) -> CudaDriver:
    return CudaDriver(device, CudaLibrary(fake))


def test_a_device_says_what_it_is(driver: CudaDriver):
    assert isinstance(driver, Driver)
    assert (driver.name, driver.chip, driver.takes) == ("Fake", "sm_90", "ptx")
    assert driver.capability == (9, 0) and driver.processors == 132
    assert driver.memory_info() == (1 << 20, 1 << 20)


def test_arrays_go_in_along_and_out(driver: CudaDriver, fake: FakeCuda):
    x = np.arange(6.0)
    first, second = driver.allocate(x.nbytes), driver.allocate(x.nbytes)
    driver.copy_in(first, x)
    driver.copy(second, first, x.nbytes)
    y = np.empty(6)
    driver.copy_out(y, second)
    np.testing.assert_array_equal(y, x)
    driver.free(first)
    driver.free(second)
    assert fake.alive == {"context": 1, "stream": 1, "memory": 0}
    with pytest.raises(ValueError, match="C order"):
        driver.copy_in(first, x[::2])


def test_an_empty_array_has_an_address(driver: CudaDriver):
    assert driver.allocate(0)


def test_nothing_is_left_when_it_is_closed(driver: CudaDriver, fake: FakeCuda):
    module = driver.load(PTX)
    assert module.function("kernel_0") == 0x5000
    module.close()
    module.close()
    with pytest.raises(DeviceError, match="closed"):
        module.function("kernel_0")
    driver.wait_for(7)
    driver.let_wait(7)
    driver.free(driver.allocate(8))
    driver.close()
    assert not +fake.alive
    assert not fake._contexts()


def test_a_module_that_nobody_holds_is_unloaded(driver: CudaDriver, fake: FakeCuda):
    module = driver.load(PTX)
    assert fake.alive["module"] == 1
    del module
    gc.collect()
    assert fake.alive["module"] == 0


def test_threads_have_the_context_only_while_they_use_it(driver: CudaDriver, fake: FakeCuda):
    found: list[object] = []

    def work() -> None:
        address = driver.allocate(16)
        found.append(list(fake._contexts()))
        with driver.current():
            found.append(list(fake._contexts()))
        driver.free(address)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [[], [0x1000]]


def test_compiled_code_calls_the_same_functions(driver: CudaDriver, fake: FakeCuda):
    symbols = driver.symbols()
    assert set(symbols) == set(HOST_FUNCTIONS)
    launch = ctypes.CFUNCTYPE(ctypes.c_int, *SIGNATURES["cuLaunchKernel"])(
        symbols["cuLaunchKernel"]
    )
    with driver.current():
        assert launch(0x5000, 1, 2, 3, 256, 1, 1, 0, driver.stream, None, None) == 0
    assert fake.launches == [(0x5000, 1, 2, 3, 256, 1, 1, 0)]


def test_without_a_driver_the_error_says_so(monkeypatch):
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(cuda_library.ctypes, "CDLL", missing)
    with pytest.raises(DeviceError, match="no NVIDIA driver on this machine: libcuda.so.1"):
        CudaDriver()


def test_a_driver_that_is_too_old_is_named_with_both_versions():
    with pytest.raises(DeviceError, match="supports CUDA 11.1, and Lamina needs 11.2"):
        opened(FakeCuda(version=11010))
    fake = FakeCuda()
    del fake.cuMemAllocAsync
    with pytest.raises(DeviceError, match="no cuMemAllocAsync: it is too old"):
        opened(fake)


def test_a_machine_without_devices_and_a_number_that_is_none():
    with pytest.raises(DeviceError, match="CUDA_ERROR_NO_DEVICE .100.*CUDA_VISIBLE_DEVICES"):
        opened(FakeCuda(devices=0))
    with pytest.raises(DeviceError, match="device 2 of 1: CUDA_ERROR_INVALID_DEVICE"):
        opened(FakeCuda(), 2)


@pytest.mark.parametrize(
    "name", ["cuDevicePrimaryCtxRetain", "cuStreamCreate", "cuDeviceGetDefaultMemPool",
             "cuMemPoolSetAttribute", "cuDeviceGetName"],
)  # fmt: skip
def test_a_failure_on_the_way_leaves_nothing_behind(name: str):
    fake = FakeCuda()
    fake.fails[name] = 201
    with pytest.raises(DeviceError, match=f"{name}: CUDA_ERROR_INVALID_CONTEXT"):
        opened(fake)
    assert not +fake.alive and not fake._contexts()
    del fake.fails[name]
    assert opened(fake).name == "Fake"


def test_a_device_without_memory_pools_is_refused(fake: FakeCuda):
    fake.attributes[115] = 0
    with pytest.raises(DeviceError, match="no memory pools"):
        opened(fake)
    assert not +fake.alive


def test_code_that_the_driver_refuses_is_shown_with_its_complaints(
    driver: CudaDriver, fake: FakeCuda
):
    with pytest.raises(DeviceError, match=r"sm_90.*CUDA_ERROR_INVALID_PTX \(218\)") as caught:
        driver.load("nonsense")
    assert "line 1: what is wrong" in str(caught.value)
    fake.fails["cuModuleLoadDataEx"] = 209
    with pytest.raises(DeviceError, match="another architecture"):
        driver.load(PTX)
    fake.fails.clear()
    with pytest.raises(DeviceError, match="no kernel other: CUDA_ERROR_NOT_FOUND"):
        driver.load(PTX).function("other")
    assert driver.load(PTX).function("kernel_0")


def test_a_full_memory_is_trimmed_and_tried_again(driver: CudaDriver, fake: FakeCuda):
    fake.memory, fake.freed_late = 0, 4096
    address = driver.allocate(4096)
    assert (fake.calls["cuMemPoolTrimTo"], fake.calls["cuMemAllocAsync"]) == (1, 2)
    with pytest.raises(DeviceError, match="8 bytes were asked for, of 1048576 bytes 0 are free"):
        driver.allocate(8)
    driver.free(address)
    assert driver.allocate(8)


def test_a_failed_launch_is_raised_by_the_next_synchronisation(driver: CudaDriver, fake: FakeCuda):
    fake.fails["cuStreamSynchronize"] = 701
    with pytest.raises(DeviceError, match="OUT_OF_RESOURCES .*more registers"):
        driver.synchronize()
    with pytest.raises(DeviceError, match="OUT_OF_RESOURCES"):
        driver.copy_out(np.empty(1), driver.allocate(8))
    fake.fails.clear()
    driver.synchronize()
    assert not fake._contexts()


def test_what_is_freed_after_the_context_is_lost_raises_nothing(driver: CudaDriver, fake: FakeCuda):
    address, module = driver.allocate(8), driver.load(PTX)
    for name in ("cuStreamSynchronize", "cuMemFreeAsync", "cuModuleUnload", "cuMemAllocAsync"):
        fake.fails[name] = 700
    with pytest.raises(DeviceError, match="ILLEGAL_ADDRESS .*are lost, restart the process"):
        driver.synchronize()
    driver.free(address)
    module.close()
    with pytest.raises(DeviceError, match="ILLEGAL_ADDRESS"):
        driver.allocate(8)
    driver.close()


def test_a_status_without_a_name_keeps_its_number(driver: CudaDriver):
    driver.check(0)
    with pytest.raises(DeviceError, match=r"Fake: CUDA error 4242 \(4242\): what it is in words"):
        driver.check(4242)


def test_the_device_of_an_address_is_found(driver: CudaDriver):
    assert driver.device_of(driver.allocate(8)) == 0
    assert driver.device_of(np.empty(1).ctypes.data) is None
