import ctypes
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lamina.runtime.cuda.driver import HOST_FUNCTIONS, DeviceError, Driver
from lamina.runtime.cuda.emulated_driver import EmulatedDriver

SQUARE = """
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.nctaid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
define ptx_kernel void @k(ptr addrspace(1) noalias %0, ptr addrspace(1) noalias %1, i64 %2) {
  %4 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %5 = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %6 = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %7 = mul i32 %4, %5
  %8 = add i32 %7, %6
  %9 = sext i32 %8 to i64
  %10 = call i32 @llvm.nvvm.read.ptx.sreg.nctaid.x()
  %11 = mul i32 %10, %5
  %12 = sext i32 %11 to i64
  br label %13
13:
  %14 = phi i64 [ %9, %3 ], [ %20, %16 ]
  %15 = icmp slt i64 %14, %2
  br i1 %15, label %16, label %21
16:
  %17 = getelementptr float, ptr addrspace(1) %0, i64 %14
  %18 = load float, ptr addrspace(1) %17, align 4
  %19 = fmul float %18, %18
  %at = getelementptr float, ptr addrspace(1) %1, i64 %14
  store float %19, ptr addrspace(1) %at, align 4
  %20 = add i64 %14, %12
  br label %13
21:
  ret void
}
"""

# Each thread of a block of 64 takes what the next one has written.
ROTATE = """
@shared = internal addrspace(3) global [64 x float] undef
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
define ptx_kernel void @k(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %i = zext i32 %t to i64
  %px = getelementptr float, ptr addrspace(1) %x, i64 %i
  %v = load float, ptr addrspace(1) %px, align 4
  %mine = getelementptr float, ptr addrspace(3) @shared, i64 %i
  store float %v, ptr addrspace(3) %mine, align 4
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %next = add i64 %i, 1
  %j = and i64 %next, 63
  %its = getelementptr float, ptr addrspace(3) @shared, i64 %j
  %w = load float, ptr addrspace(3) %its, align 4
  %py = getelementptr float, ptr addrspace(1) %y, i64 %i
  store float %w, ptr addrspace(1) %py, align 4
  ret void
}
"""


def test_it_is_a_driver(device):
    assert isinstance(device.driver, Driver)
    assert (device.driver.takes, device.driver.chip) == ("llvm", "sm_80")


@pytest.mark.parametrize(("n", "grid", "block"), [(0, 1, 32), (1, 3, 32), (1000, 3, 96)])
def test_threads_of_all_blocks_run(both_orders, n, grid, block):
    x = np.arange(n, dtype=np.float32)
    y = both_orders.run(SQUARE, [x], np.full(n, -1, np.float32), [n], grid=(grid,), block=(block,))
    np.testing.assert_array_equal(y, x**2)


def test_threads_wait_at_a_barrier(both_orders):
    x = np.arange(64, dtype=np.float32)
    y = both_orders.run(ROTATE, [x], np.zeros_like(x), block=(64,))
    np.testing.assert_array_equal(y, np.roll(x, -1))


def test_an_access_after_the_end_is_an_error(device):
    x = np.ones(100, np.float32)
    with pytest.raises(
        DeviceError, match=r"k: block \(1, 0, 0\), thread \(36, 0, 0\) loads 4 byte"
    ):
        device.run(SQUARE, [x], np.zeros(101, np.float32), [101], grid=(2,), block=(64,))


class HostCode:
    """The driver API as compiled host code calls it."""

    def __init__(self, device):
        self.symbols = device.driver.symbols()
        self.stream = device.driver.stream

    def call(self, name, *arguments) -> int:
        types = [ctypes.c_void_p if a is None else type(a) for a in arguments]
        function = ctypes.CFUNCTYPE(ctypes.c_int, *types, ctypes.c_void_p)(self.symbols[name])
        return function(*arguments, self.stream)

    def allocate(self, nbytes: int) -> tuple[int, int]:
        address = ctypes.c_uint64()
        place = ctypes.c_void_p(ctypes.addressof(address))
        return self.call("cuMemAllocAsync", place, ctypes.c_size_t(nbytes)), address.value


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def test_host_code_allocates_copies_and_frees(device):
    host = HostCode(device)
    assert set(host.symbols) == set(HOST_FUNCTIONS)
    x, y = np.arange(10.0), np.zeros(10)
    size = ctypes.c_size_t(x.nbytes)
    (status, a), (_, b) = host.allocate(x.nbytes), host.allocate(x.nbytes)
    assert status == 0
    a, b = ctypes.c_uint64(a), ctypes.c_uint64(b)
    assert host.call("cuMemcpyHtoDAsync_v2", a, pointer(x), size) == 0
    assert host.call("cuMemcpyDtoDAsync_v2", b, a, size) == 0
    assert host.call("cuMemcpyDtoHAsync_v2", pointer(y), b, size) == 0
    assert host.call("cuStreamSynchronize") == 0
    np.testing.assert_array_equal(x, y)
    assert host.call("cuMemFreeAsync", a) == host.call("cuMemFreeAsync", b) == 0
    device.driver.synchronize()
    free, total = device.driver.memory_info()
    assert free == total


def test_an_error_of_host_code_is_kept_until_it_is_asked_for(device):
    host = HostCode(device)
    assert host.call("cuMemFreeAsync", ctypes.c_uint64(16)) == 719
    assert host.allocate(0)[0] == 1
    with pytest.raises(DeviceError, match="0x10 is a null pointer, not of the device cannot be fr"):
        device.driver.check(719)
    device.driver.synchronize()
    device.driver.check(0)
    with pytest.raises(DeviceError, match="CUDA error 400"):
        device.driver.check(400)


def test_memory_has_a_limit(make_device):
    device = make_device(memory=1000)
    host = HostCode(device)
    status, address = host.allocate(800)
    assert status == 0
    assert host.allocate(201)[0] == 2
    with pytest.raises(DeviceError, match="out of device memory: 201 bytes .* 200 of 1000 are fr"):
        device.driver.check(2)
    device.driver.free(address)
    assert device.driver.allocate(1000)


@pytest.mark.parametrize(
    ("grid", "block", "shared", "message"),
    [
        ((0,), (1,), 0, "grid.x is 0"),
        ((1, 65536), (1,), 0, "grid.y is 65536"),
        ((1, 1, 65536), (1,), 0, "grid.z is 65536"),
        ((1,), (1025,), 0, "block.x is 1025"),
        ((1,), (32, 33), 0, "a block of 1056 threads; 1024 are allowed"),
        ((1,), (1, 1, 65), 0, "block.z is 65"),
        ((1,), (1,), 49153, "49153 of dynamic workgroup memory; 49152 are allowed"),
    ],
)
def test_a_launch_that_no_device_does_is_refused(device, kernel, grid, block, shared, message):
    handle = device.driver.load(kernel("", "")).function("k")
    assert device.start(handle, [], grid, block, shared) == 1
    with pytest.raises(DeviceError, match=message):
        device.driver.check(1)


def test_a_kernel_says_how_many_threads_it_is_for(device, kernel):
    text = kernel("", "").replace("@k() {", "@k() #7 {")
    most = text + 'attributes #7 = { "nvvm.maxntid"="32,2,1" }\n'
    device.launch(most, [], block=(64,))
    with pytest.raises(DeviceError, match="a block of 65 threads; .* compiled for at most 64"):
        device.launch(most, [], block=(65,))
    exactly = text + 'attributes #7 = { "nvvm.reqntid"="32" }\n'
    device.launch(exactly, [], block=(32,))
    with pytest.raises(DeviceError, match=r"a block of \(16, 1, 1\); .* compiled for \(32,\)"):
        device.launch(exactly, [], block=(16,))


def test_too_much_static_workgroup_memory_is_refused(device, kernel):
    before = "@shared = internal addrspace(3) global [12289 x float] undef"
    body = "store float 0.0, s* @shared, align 4"
    with pytest.raises(DeviceError, match="49156 bytes of static .* 49152 are allowed"):
        device.launch(kernel("", body, before), [])


def test_a_module_that_is_closed_launches_nothing(device, kernel):
    module = device.driver.load(kernel("", ""))
    handle = module.function("k")
    assert device.start(handle, []) == 0
    module.close()
    assert device.start(handle, []) == 1
    with pytest.raises(DeviceError, match="is no kernel that is loaded"):
        device.driver.check(1)
    with pytest.raises(DeviceError, match="a module that has been closed"):
        module.function("k")


def test_arguments_have_the_sizes_of_parameters(both_orders, kernel):
    body = """
  %h = fpext half %c to float
  %f = fadd float %h, %b0
  %j = sitofp i8 %d to float
  %s = fadd float %f, %j
  store float %s, g* %y, align 4
"""
    text = kernel("i8 %d, float %b0, g* %y, half %c", body)
    y = both_orders.put(np.zeros(1, np.float32))
    half = ctypes.c_uint16(int(np.float16(0.5).view(np.uint16)))
    both_orders.launch(text, [ctypes.c_int8(-3), ctypes.c_float(10), y, half])
    assert both_orders.get(y, np.zeros(1, np.float32)) == 7.5


def test_copies_are_checked(device):
    address = device.driver.allocate(16)
    with pytest.raises(DeviceError, match="24 bytes cannot be copied: .* offset 0 of the alloc"):
        device.driver.copy_in(address, np.zeros(3))
    with pytest.raises(DeviceError, match="8 bytes cannot be copied: .* 8 bytes after the end"):
        device.driver.copy_out(np.zeros(1), address + 24)
    with pytest.raises(DeviceError, match="is memory of the host"):
        device.driver.copy(address, np.zeros(1).ctypes.data, 8)
    with pytest.raises(ValueError, match="make it C-contiguous"):
        device.driver.copy_in(address, np.zeros(4)[::2])


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("LAMINA_EMULATOR_ORDER", "both")
    monkeypatch.setenv("LAMINA_EMULATOR_RACES", "1")
    driver = EmulatedDriver()
    assert (driver.order, driver.races) == ("both", True)
    assert EmulatedDriver(order=1).order == 1
    monkeypatch.setenv("LAMINA_EMULATOR_ORDER", "2")
    with pytest.raises(ValueError, match="0, 1 or both, not '2'"):
        EmulatedDriver()


def test_threads_of_the_host_launch_at_the_same_time(device):
    x = np.arange(64, dtype=np.float32)

    def work(k: int) -> bool:
        y = device.run(ROTATE, [x + k], np.zeros_like(x), block=(64,))
        return np.array_equal(y, np.roll(x + k, -1))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(40)))
