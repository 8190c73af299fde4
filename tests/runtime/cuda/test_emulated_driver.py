import numpy as np
import pytest

from lamina.runtime.cuda.driver import DeviceError, Driver

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
