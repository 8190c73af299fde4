"""What kernels consist of besides arithmetic: variables, functions, ranges, local memory."""

import numpy as np
import pytest

from lamina.runtime.cuda.driver import DeviceError

F32 = np.float32
BARRIER = "call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)"


def test_constants_and_variables_of_the_module(device, kernel):
    before = """
@table = internal addrspace(4) constant [4 x float] [float 1.0, float 2.0, float 4.0, float 8.0]
@more = internal addrspace(1) constant [4 x float] zeroinitializer, align 16
"""
    body = """
  %p = getelementptr float, ptr addrspace(4) @table, i64 %t
  %v = load float, ptr addrspace(4) %p, align 4
  %q = getelementptr float, g* @more, i64 %t
  %w = load float, g* %q, align 4
  %s = fadd float %v, %w
  %o = getelementptr float, g* %y, i64 %t
  store float %s, g* %o, align 4
"""
    text = kernel("g* %y", body, before)
    assert device.run(text, [], np.zeros(4, F32), block=(4,)).tolist() == [1, 2, 4, 8]
    with pytest.raises(DeviceError, match="thread .4, 0, 0. loads 4 bytes out of bounds"):
        device.run(text, [], np.zeros(5, F32), block=(5,))


def test_functions_that_wait_are_inlined_even_against_their_will(both_orders, kernel):
    before = """
@shared = internal addrspace(3) global [32 x float] undef
define float @swapped(i64 %t, float %v) noinline {
  %p = getelementptr float, ptr addrspace(3) @shared, i64 %t
  store float %v, ptr addrspace(3) %p, align 4
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %other = xor i64 %t, 1
  %q = getelementptr float, ptr addrspace(3) @shared, i64 %other
  %w = load float, ptr addrspace(3) %q, align 4
  ret float %w
}
"""
    body = """
  %v = uitofp i64 %t to float
  %w = call float @swapped(i64 %t, float %v)
  %o = getelementptr float, g* %y, i64 %t
  store float %w, g* %o, align 4
"""
    y = both_orders.run(kernel("g* %y", body, before), [], np.zeros(32, F32), block=(32,))
    np.testing.assert_array_equal(y, np.arange(32) ^ 1)


def test_local_memory_survives_a_barrier(both_orders, kernel):
    body = f"""
  br label %on
on:
  %a = alloca [4 x i32], align 16
  %p = getelementptr i32, ptr %a, i64 1
  store i32 %t.32, ptr %p, align 4
  {BARRIER}
  %v = load i32, ptr %p, align 4
  %o = getelementptr i32, g* %y, i64 %t
  store i32 %v, g* %o, align 4
"""
    y = both_orders.run(kernel("g* %y", body), [], np.zeros(64, np.int32), block=(64,))
    np.testing.assert_array_equal(y, np.arange(64))
    without = kernel("g* %y", body.replace(BARRIER, ""))
    y = both_orders.run(without, [], np.zeros(64, np.int32), block=(64,))
    np.testing.assert_array_equal(y, np.arange(64))


def test_generic_pointers_to_each_memory(device, kernel):
    body = """
  %px = getelementptr i32, g* %x, i64 %t
  %gx = addrspacecast g* %px to ptr
  %ps = getelementptr i32, s* @shared, i64 %t
  %gs = addrspacecast s* %ps to ptr
  %v = load i32, ptr %gx, align 4
  store i32 %v, ptr %gs, align 4
  %w = load i32, ptr %gs, align 4
  %po = getelementptr i32, g* %y, i64 %t
  %go = addrspacecast g* %po to ptr
  store i32 %w, ptr %go, align 4
"""
    before = "@shared = internal addrspace(3) global [32 x i32] undef"
    text = kernel("g* %x, g* %y", body, before)
    x = np.arange(32, dtype=np.int32)
    np.testing.assert_array_equal(device.run(text, [x], np.zeros_like(x), block=(32,)), x)
    with pytest.raises(DeviceError, match="stores 4 bytes outside of workgroup variables"):
        long = np.arange(33, dtype=np.int32)
        device.run(text, [long], np.zeros_like(long), block=(33,))
    with pytest.raises(DeviceError, match="loads 4 bytes out of bounds"):
        device.run(text, [x[:31]], np.zeros_like(x), block=(32,))


def test_copies_and_fills_of_many_bytes(device, kernel):
    body = """
  call void @llvm.memset.p1.i64(g* %y, i8 1, i64 %n.bytes, i1 false)
  %h = getelementptr i8, g* %y, i64 4
  call void @llvm.memcpy.p1.p1.i64(g* %h, g* %x, i64 8, i1 false)
"""
    text = kernel("g* %x, g* %y, i64 %n.bytes", body)
    x = np.arange(8, dtype=np.uint8)
    y = device.run(text, [x], np.zeros(16, np.uint8), [16])
    np.testing.assert_array_equal(y, [1] * 4 + list(range(8)) + [1] * 4)
    with pytest.raises(DeviceError, match="0 bytes after the end .offset 16."):
        device.run(text, [x], np.zeros(16, np.uint8), [17])
    with pytest.raises(DeviceError, match="loads 1 byte out of bounds"):
        device.run(text, [x[:7]], np.zeros(16, np.uint8), [16])


def test_masked_vectors_access_the_lanes_of_the_mask(device, kernel):
    body = """
  %on = icmp ult <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %limit
  %v = call <4 x float> @llvm.masked.load.v4f32.p1(g* %x, i32 4, <4 x i1> %on, <4 x float> %none)
  call void @llvm.masked.store.v4f32.p1(<4 x float> %v, g* %y, i32 4, <4 x i1> %on)
"""
    head = """
  %l.0 = insertelement <4 x i64> poison, i64 %m, i32 0
  %limit = shufflevector <4 x i64> %l.0, <4 x i64> poison, <4 x i32> zeroinitializer
  %none = fadd <4 x float> zeroinitializer, zeroinitializer
"""
    text = kernel("g* %x, g* %y, i64 %m", head + body)
    x = np.arange(1, 4, dtype=F32)
    assert device.run(text, [x], np.zeros(3, F32), [3]).tolist() == [1, 2, 3]
    with pytest.raises(DeviceError, match="loads 4 bytes out of bounds"):
        device.run(text, [x], np.zeros(3, F32), [4])


def test_values_may_have_the_names_that_the_emulator_uses(both_orders, kernel):
    body = f"""
  %thread = add i64 %t, 1
  %launch = add i64 %thread, 1
  br label %finished
finished:
  %address.1 = phi i64 [ %launch, %0 ]
  {BARRIER}
  br label %suspended
suspended:
  %o = getelementptr i64, g* %y, i64 %t
  store i64 %address.1, g* %o, align 8
"""
    y = both_orders.run(kernel("g* %y", body), [], np.zeros(32, np.int64), block=(32,))
    np.testing.assert_array_equal(y, np.arange(32) + 2)


def test_values_meet_behind_a_barrier_in_a_branch_of_all_threads(both_orders, kernel):
    body = f"""
  %big = icmp ugt i64 %n, 16
  br i1 %big, label %yes, label %no
yes:
  {BARRIER}
  %a = add i64 %t, 1
  {BARRIER}
  br label %loop
no:
  br label %loop
loop:
  %k = phi i64 [ 0, %yes ], [ 0, %no ], [ %k.next, %loop ]
  %s = phi i64 [ %a, %yes ], [ 5, %no ], [ %s.next, %loop ]
  %s.next = add i64 %s, %k
  {BARRIER}
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, 4
  br i1 %more, label %loop, label %end
end:
  %o = getelementptr i64, g* %y, i64 %t
  store i64 %s.next, g* %o, align 8
"""
    text = kernel("g* %y", body)
    y = both_orders.run(text, [], np.zeros(32, np.int64), block=(32,))
    np.testing.assert_array_equal(y, np.arange(32) + 1 + 6)
    y = both_orders.run(text, [], np.zeros(16, np.int64), block=(16,))
    np.testing.assert_array_equal(y, [11] * 16)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("call void @llvm.nvvm.cp.async.bulk.commit.group()", "cp.async.bulk.commit.group"),
        (
            "call void @llvm.nvvm.barrier.cta.sync.aligned.count(i32 0, i32 64)",
            "barrier.cta.sync.aligned.count",
        ),
        ("%r = call float @llvm.nvvm.fma.rz.f(float 1.0, float 1.0, float 1.0)", "fma.rz.f"),
        ('call void asm sideeffect "trap;", ""()', "inline PTX"),
        ("call void @elsewhere()", "elsewhere"),
    ],
)
def test_what_cannot_be_emulated_is_named(device, kernel, line, named):
    before = "declare void @elsewhere()" if named == "elsewhere" else ""
    with pytest.raises(NotImplementedError, match=named):
        device.driver.load(kernel("", line, before))


def test_text_that_is_no_module_is_an_error(device):
    with pytest.raises(DeviceError, match="no LLVM IR that can be read"):
        device.driver.load("define void @k( {")


def test_a_module_has_many_kernels(device, kernel):
    one = kernel("g* %y", "  store i64 1, g* %y, align 8")
    two = one.replace("@k(", "@second(").replace("i64 1,", "i64 2,")
    text = one + two[two.index("define") :]
    module = device.driver.load(text)
    y = device.put(np.zeros(1, np.int64))
    for name, wanted in (("k", 1), ("second", 2)):
        device.driver.check(device.start(module.function(name), [y]))
        assert device.get(y, np.zeros(1, np.int64)) == wanted
    with pytest.raises(DeviceError, match="no kernel third; its kernels are: k, second"):
        module.function("third")
