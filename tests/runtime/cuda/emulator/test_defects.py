"""Defects that a GPU may or may not show: each is reported, with where and what."""

import numpy as np
import pytest

from lamina.runtime.cuda.driver import DeviceError

F32 = np.float32
SHARED = "@shared = internal addrspace(3) global [64 x float] undef, align 16"

# Each thread gives its element to the thread before it; {wait} is between.
ROTATE = """
  %px = getelementptr float, g* %x, i64 %i
  %v = load float, g* %px, align 4
  %mine = getelementptr float, s* @shared, i64 %t
  store float %v, s* %mine, align 4
  {wait}
  %next = add i64 %t, 1
  %j = and i64 %next, 63
  %its = getelementptr float, s* @shared, i64 %j
  %w = load float, s* %its, align 4
  %py = getelementptr float, g* %y, i64 %i
  store float %w, g* %py, align 4
"""
BARRIER = "call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)"


def offset_copy(kernel, load: int = 0, store: int = 0) -> str:
    return kernel(
        "g* %x, g* %y",
        f"""
  %from = add i64 %i, {load}
  %px = getelementptr float, g* %x, i64 %from
  %v = load float, g* %px, align 4
  %to = add i64 %i, {store}
  %py = getelementptr float, g* %y, i64 %to
  store float %v, g* %py, align 4
""",
    )


def test_a_load_after_the_end(device, kernel):
    x = np.arange(64, dtype=F32)
    message = (
        r"k: block \(1, 0, 0\), thread \(31, 0, 0\) loads 4 bytes out of bounds: "
        r"address 0x\w+ is 0 bytes after the end \(offset 256\) of the nearest, the allocation of "
        r"256 bytes"
    )
    with pytest.raises(DeviceError, match=message):
        device.run(offset_copy(kernel, load=1), [x], x, grid=(2,), block=(32,))


def test_a_store_before_the_start(device, kernel):
    x = np.arange(64, dtype=F32)
    message = r"thread \(0, 0, 0\) stores 4 bytes out of bounds: .* is 4 bytes before the start"
    with pytest.raises(DeviceError, match=message):
        device.run(offset_copy(kernel, store=-1), [x], x, grid=(2,), block=(32,))


def test_the_last_bytes_of_a_group_of_eight_are_out_of_bounds(device, kernel):
    copy = kernel("g* %x, g* %y", "%v = load i64, g* %x, align 4\n  store i64 %v, g* %y, align 4")
    with pytest.raises(DeviceError, match="loads 8 bytes out of bounds"):
        device.run(copy, [np.zeros(1, F32)], np.zeros(2, F32))


def test_memory_that_was_freed(device, kernel):
    x = np.zeros(32, F32)
    kept, freed = device.put(x), device.put(x)
    device.driver.free(freed)
    for _ in range(3):  # its addresses are not given again soon
        device.put(x)
    with pytest.raises(DeviceError, match=r"offset 0 of the allocation of 128 .* has been freed"):
        device.launch(offset_copy(kernel), [freed, kept], block=(32,))


@pytest.mark.parametrize(("address", "what"), [(0, "a null pointer"), (None, "memory of the host")])
def test_a_pointer_that_is_not_the_devices(device, kernel, address, what):
    x = np.zeros(32, F32)
    address = x.ctypes.data if address is None else address
    with pytest.raises(DeviceError, match=f"is {what}, not of the device"):
        device.launch(offset_copy(kernel), [address, device.put(x)], block=(32,))


def test_a_vector_that_is_misaligned(device, kernel):
    copy = kernel(
        "g* %x, g* %y, i64 %start",
        """
  %px = getelementptr float, g* %x, i64 %start
  %v = load <4 x float>, g* %px, align 16
  store <4 x float> %v, g* %y, align 16
""",
    )
    x = np.arange(8, dtype=F32)
    assert device.run(copy, [x], np.zeros(4, F32), [4]).tolist() == [4, 5, 6, 7]
    message = r"loads 16 bytes misaligned: address \w+ is offset 4 of the allocation of 32"
    with pytest.raises(DeviceError, match=message):
        device.run(copy, [x], np.zeros(4, F32), [1])


@pytest.mark.parametrize("order", ["both", 0])
def test_a_barrier_that_is_missing(make_device, kernel, order):
    device = make_device(order=order, races=order == 0)
    x = np.arange(64, dtype=F32)
    text = kernel("g* %x, g* %y", ROTATE.format(wait=BARRIER), SHARED)
    y = device.run(text, [x], np.zeros_like(x), block=(64,))
    np.testing.assert_array_equal(y, np.roll(x, -1))
    with pytest.raises(DeviceError, match="not written|no barrier in between: race"):
        text = kernel("g* %x, g* %y", ROTATE.format(wait=""), SHARED)
        device.run(text, [x], np.zeros_like(x), block=(64,))


def test_a_barrier_that_is_missing_before_memory_is_used_again(make_device, kernel):
    again = f"""
  %mine = getelementptr float, s* @shared, i64 %t
  store float 1.0, s* %mine, align 4
  {BARRIER}
  %back = sub i64 63, %t
  %its = getelementptr float, s* @shared, i64 %back
  %v = load float, s* %its, align 4
  {{wait}}
  store float 2.0, s* %mine, align 4
  %py = getelementptr float, g* %y, i64 %t
  store float %v, g* %py, align 4
"""
    y = np.zeros(64, F32)
    good = kernel("g* %y", again.format(wait=BARRIER), SHARED)
    bad = kernel("g* %y", again.format(wait=""), SHARED)
    for options in ({"races": True}, {"order": "both"}):
        device = make_device(**options)
        assert device.run(good, [], y, block=(64,)).tolist() == [1] * 64
        with pytest.raises(DeviceError, match="race"):
            device.run(bad, [], y, block=(64,))


def test_a_warp_is_in_step_only_where_it_waits(make_device, kernel):
    device = make_device(races=True)
    x = np.arange(64, dtype=F32)
    swap = ROTATE.replace("add i64 %t, 1", "xor i64 %t, 1")
    text = kernel("g* %x, g* %y", swap.format(wait=SYNC), SHARED)
    y = device.run(text, [x], np.zeros_like(x), block=(64,))
    np.testing.assert_array_equal(y, x.reshape(-1, 2)[:, ::-1].ravel())
    # The neighbour of the last lane is in another warp.
    with pytest.raises(DeviceError, match="race|not written"):
        text = kernel("g* %x, g* %y", ROTATE.format(wait=SYNC), SHARED)
        device.run(text, [x], np.zeros_like(x), block=(64,))


CELL = "@cell = internal addrspace(3) global i32 undef, align 4"
BEGIN = f"""
  %first = icmp eq i64 %t, 0
  br i1 %first, label %fill, label %filled
fill:
  store i32 0, s* @cell, align 4
  br label %filled
filled:
  {BARRIER}
"""
SYNC = "call void @llvm.nvvm.bar.warp.sync(i32 -1)"
READ = "%v{} = load i32, s* @cell, align 4"


def only(thread: int, name: str, line: str) -> str:
    """Lines that one thread does."""
    return f"""
  %is.{name} = icmp eq i64 %t, {thread}
  br i1 %is.{name}, label %do.{name}, label %did.{name}
do.{name}:
  {line}
  br label %did.{name}
did.{name}:
"""


# Each half of a warp waits for itself.
HALVES = """%lane = and i64 %t, 31
  %low = icmp ult i64 %lane, 16
  %half = select i1 %low, i32 65535, i32 -65536
  call void @llvm.nvvm.bar.warp.sync(i32 %half)"""
WRITE = "store i32 9, s* @cell, align 4"
LAST = 63


@pytest.mark.parametrize(
    ("lines", "race"),
    [
        # The last of all threads to read is the one that writes.
        ([READ.format(1), only(LAST, "a", WRITE)], True),
        ([READ.format(1), SYNC, only(LAST, "a", WRITE)], True),
        ([READ.format(1), BARRIER, only(LAST, "a", WRITE)], False),
        ([only(5, "a", READ.format(1)), only(5, "b", WRITE)], False),
        ([only(5, "a", READ.format(1)), only(6, "b", WRITE)], True),
        ([only(5, "a", READ.format(1)), SYNC, only(6, "b", WRITE)], False),
        ([only(5, "a", READ.format(1)), SYNC, only(40, "b", WRITE)], True),
        ([only(5, "a", WRITE), only(6, "b", READ.format(1))], True),
        ([only(5, "a", WRITE), SYNC, only(6, "b", READ.format(1))], False),
        ([only(5, "a", WRITE), SYNC, only(40, "b", READ.format(1))], True),
        ([only(5, "a", WRITE), BARRIER, only(40, "b", READ.format(1))], False),
        ([only(5, "a", WRITE), HALVES, only(20, "b", READ.format(1))], True),
        # Two lanes have read; one reads again after both have waited.
        (
            [
                only(4, "a", READ.format(1)),
                only(5, "b", READ.format(2)),
                SYNC,
                only(5, "c", READ.format(3)),
                only(5, "d", WRITE),
            ],
            False,
        ),
        (
            [only(4, "a", READ.format(1)), only(5, "b", READ.format(2)), only(5, "d", WRITE)],
            True,
        ),
        (
            [
                only(4, "a", READ.format(1)),
                only(5, "b", READ.format(2)),
                only(5, "c", READ.format(3)),
                only(5, "d", WRITE),
            ],
            True,
        ),
        (
            [
                only(4, "a", READ.format(1)),
                only(40, "b", READ.format(2)),
                SYNC,
                only(40, "c", READ.format(3)),
                SYNC,
                only(40, "d", WRITE),
            ],
            True,
        ),
        # All write the same value, or different ones.
        ([WRITE], False),
        (["store i32 %t.32, s* @cell, align 4"], True),
        (["%o = atomicrmw add s* @cell, i32 1 monotonic, align 4"], False),
        (["%o = atomicrmw add s* @cell, i32 1 monotonic, align 4", READ.format(1)], True),
        (["%o = atomicrmw add s* @cell, i32 1 monotonic, align 4", BARRIER, READ.format(1)], False),
        ([READ.format(1), "%o = atomicrmw add s* @cell, i32 1 monotonic, align 4"], True),
    ],
)
def test_races_within_a_block(make_device, kernel, lines, race):
    device = make_device(races=True)
    text = kernel("", BEGIN + "\n".join(f"  {line}" for line in lines), CELL)
    if race:
        with pytest.raises(DeviceError, match="no barrier in between: race; offset 0 of @cell"):
            device.launch(text, [], block=(64,))
    else:
        device.launch(text, [], block=(64,))


def test_a_block_that_writes_what_it_was_the_last_to_read(make_device, kernel):
    body = """
  %v = load i64, g* %y, align 8
  %last = icmp eq i64 %b, 1
  br i1 %last, label %write, label %end
write:
  store i64 %b, g* %y, align 8
  br label %end
end:
"""
    text = kernel("g* %y", body)
    y = np.zeros(1, np.int64)
    with pytest.raises(DeviceError, match="several blocks have written or read in the same launch"):
        make_device(races=True).run(text, [], y, grid=(2,))
    alone = text.replace("%last = icmp eq i64 %b, 1", "%last = icmp eq i64 %b, 0")
    make_device(races=True).run(alone, [], y, grid=(1,))


CONDITION = """
  %few = icmp ult i64 %t, 5
  br i1 %few, label %some, label %others
some:
  {wait}
  br label %{join}
others:
  {other}
  br label %{join}
{join}:
"""


def test_a_barrier_that_some_threads_do_not_reach(device, kernel):
    text = kernel("", CONDITION.format(wait=BARRIER, other="", join="end"))
    message = r"k: block \(0, 0, 0\), .* waits at a barrier .* that 27 of 32 threads have ended"
    with pytest.raises(DeviceError, match=message):
        device.launch(text, [], block=(32,))


def test_threads_at_two_barriers(device, kernel):
    text = kernel("", CONDITION.format(wait=BARRIER, other=BARRIER, join="end"))
    with pytest.raises(DeviceError, match="waits at another barrier than thread"):
        device.launch(text, [], block=(32,))


SHUFFLE = "%{v} = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 {mask}, i32 %t.32, i32 1, i32 31)"


def test_a_shuffle_that_some_lanes_do_not_reach(device, kernel):
    wait = SHUFFLE.format(v="v", mask=-1)
    text = kernel("", CONDITION.format(wait=wait, other=BARRIER, join="end"))
    with pytest.raises(DeviceError, match="waits .*shfl.* for lanes 0xffffffff .* divergent warp"):
        device.launch(text, [], block=(32,))


def test_lanes_at_two_shuffles(device, kernel):
    wait, other = SHUFFLE.format(v="v", mask=-1), SHUFFLE.format(v="w", mask=-1)
    text = kernel("", CONDITION.format(wait=wait, other=other, join="end"))
    with pytest.raises(DeviceError, match="divergent warp"):
        device.launch(text, [], block=(32,))


def test_lanes_with_different_masks(device, kernel):
    body = """
  %low = icmp ult i64 %t, 16
  %mask = select i1 %low, i32 -1, i32 -65536
"""
    wait = SHUFFLE.format(v="v", mask="%mask")
    with pytest.raises(DeviceError, match="for lanes 0xffffffff .* with the same mask: divergent"):
        device.launch(kernel("", f"{body}  {wait}\n  {BARRIER}"), [], block=(32,))


def test_lanes_of_two_shuffles_with_masks_of_their_own(both_orders, kernel):
    text = CONDITION.replace("%few = icmp ult i64 %t, 5", "%few = icmp ult i64 %t, 16").format(
        wait=SHUFFLE.format(v="v", mask=0xFFFF),
        other=SHUFFLE.format(v="w", mask=0xFFFF0000 - (1 << 32)),
        join="end",
    )
    text += """
  %r = phi i32 [ %v, %some ], [ %w, %others ]
  %p = getelementptr i32, g* %y, i64 %t
  store i32 %r, g* %p, align 4
"""
    y = both_orders.run(kernel("g* %y", text), [], np.zeros(32, np.int32), block=(32,))
    np.testing.assert_array_equal(y, np.arange(32) ^ 1)


def test_a_shuffle_from_a_lane_that_the_mask_leaves_out(device, kernel):
    text = CONDITION.format(wait=SHUFFLE.format(v="v", mask=31), other="", join="end")
    with pytest.raises(DeviceError, match="reads lane 5, which does not take part"):
        device.launch(kernel("", text), [], block=(32,))


def test_a_store_after_the_end_of_workgroup_memory(device, kernel):
    body = "%p = getelementptr float, s* @shared, i64 %t\n  store float 0.0, s* %p, align 4"
    text = kernel("", body, SHARED)
    device.launch(text, [], block=(64,))
    message = r"thread \(64, 0, 0\) stores 4 bytes outside of .*: offset 256 of @shared, of 256"
    with pytest.raises(DeviceError, match=message):
        device.launch(text, [], block=(65,))


def test_dynamic_workgroup_memory_has_the_length_of_the_launch(device, kernel):
    before = "@dynamic = external addrspace(3) global [0 x i8], align 16"
    body = "%p = getelementptr i32, s* @dynamic, i64 %t\n  store i32 0, s* %p, align 4"
    text = kernel("", body, before)
    device.launch(text, [], block=(64,), shared=256)
    with pytest.raises(DeviceError, match="outside of workgroup variables"):
        device.launch(text, [], block=(64,), shared=252)


def test_workgroup_memory_of_the_block_before_is_not_initialised(device, kernel):
    body = """
  %first = icmp eq i64 %b, 0
  %p = getelementptr float, s* @shared, i64 %t
  br i1 %first, label %write, label %read
write:
  store float 1.0, s* %p, align 4
  br label %read
read:
  %v = load float, s* %p, align 4
  %py = getelementptr float, g* %y, i64 %i
  store float %v, g* %py, align 4
"""
    text = kernel("g* %y", body, SHARED)
    device.run(text, [], np.zeros(32, F32), block=(32,))
    message = r"block \(1, 0, 0\).* loads 4 bytes of workgroup memory that this block has not wri"
    with pytest.raises(DeviceError, match=message):
        device.run(text, [], np.zeros(64, F32), block=(32,), grid=(2,))


SUM = """
  %px = getelementptr i32, g* %x, i64 %i
  %v = load i32, g* %px, align 4
  {add}
"""
ADD = """%old = load i32, g* %y, align 4
  %new = add i32 %old, %v
  store i32 %new, g* %y, align 4"""


def test_a_sum_over_blocks_without_atomics(make_device, kernel):
    x = np.arange(96, dtype=np.int32)
    zero = np.zeros(1, np.int32)
    good = kernel("g* %x, g* %y", SUM.format(add="atomicrmw add g* %y, i32 %v monotonic, align 4"))
    device = make_device(order="both", races=True)
    assert device.run(good, [x], zero, grid=(3,), block=(32,)) == x.sum()
    bad = kernel("g* %x, g* %y", SUM.format(add=ADD))
    with pytest.raises(DeviceError, match=r"which block \(\d, 0, 0\) has .* race between blocks"):
        make_device(races=True).run(bad, [x], zero, grid=(3,), block=(32,))


def test_blocks_that_write_the_same_place(make_device, kernel):
    text = kernel("g* %y", "  store i64 %b, g* %y, align 8")
    y = np.zeros(1, np.int64)
    with pytest.raises(DeviceError, match="written with another value in the same launch"):
        make_device(races=True).run(text, [], y, grid=(2,))
    with pytest.raises(DeviceError, match="1 bytes depend on the order .* offset 0 of the alloc"):
        make_device(order="both").run(text, [], y, grid=(2,))
    same = kernel("g* %y", "  store i64 7, g* %y, align 8")
    assert make_device(races=True, order="both").run(same, [], y, grid=(2,)) == 7


def test_a_block_that_reads_what_another_writes(make_device, kernel):
    body = """
  %next = add i64 %b, 1
  %p = getelementptr i32, g* %y, i64 %next
  %v = load i32, g* %p, align 4
  %q = getelementptr i32, g* %y, i64 %b
  store i32 %v, g* %q, align 4
"""
    y = np.arange(4, dtype=np.int32)
    for order in (0, 1):
        with pytest.raises(DeviceError, match="written or read in the same launch: race"):
            device = make_device(races=True, order=order)
            device.run(kernel("g* %y", body), [], y, grid=(3,))


COPY = """
  %from = getelementptr <4 x float>, g* %x, i64 %t
  %to = getelementptr <4 x float>, s* @shared, i64 %t
  call void @llvm.nvvm.cp.async.cg.shared.global.16(s* %to, g* %from)
  call void @llvm.nvvm.cp.async.commit.group()
  {wait}
  %v = load <4 x float>, s* %to, align 16
  %py = getelementptr <4 x float>, g* %y, i64 %t
  store <4 x float> %v, g* %py, align 16
"""


def test_an_asynchronous_copy_that_is_not_waited_for(device, kernel):
    x = np.arange(64, dtype=F32)
    wait = "call void @llvm.nvvm.cp.async.wait.group(i32 {})"
    text = kernel("g* %x, g* %y", COPY.format(wait=wait.format(0)), SHARED)
    np.testing.assert_array_equal(device.run(text, [x], np.zeros_like(x), block=(16,)), x)
    for late in ("", wait.format(1)):
        text = kernel("g* %x, g* %y", COPY.format(wait=late), SHARED)
        with pytest.raises(DeviceError, match="that this block has not written"):
            device.run(text, [x], np.zeros_like(x), block=(16,))


def test_a_fault_leaves_the_device_as_it_was(device, kernel):
    x = np.arange(64, dtype=F32)
    text = kernel("g* %x, g* %y", ROTATE.format(wait=BARRIER), SHARED)
    before = device.driver.memory_info()
    for _ in range(3):
        with pytest.raises(DeviceError, match="out of bounds"):
            device.run(text, [x[:40]], np.zeros_like(x), block=(64,))
        y = device.run(text, [x], np.zeros_like(x), block=(64,))
        np.testing.assert_array_equal(y, np.roll(x, -1))
    assert device.driver.memory_info() == before


def test_a_division_by_zero(device, kernel):
    body = """
  %p = getelementptr i32, g* %x, i64 %t
  %v = load i32, g* %p, align 4
  %r = {operation} i32 -2147483648, %v
  %o = getelementptr i32, g* %y, i64 %t
  store i32 %r, g* %o, align 4
"""
    y = np.zeros(2, np.int32)
    for operation, bad in (("sdiv", 0), ("srem", -1), ("udiv", 0), ("urem", 0)):
        text = kernel("g* %x, g* %y", body.format(operation=operation))
        device.run(text, [np.array([3, 5], np.int32)], y, block=(2,))
        with pytest.raises(DeviceError, match=r"thread \(1, 0, 0\) divides an integer by zero"):
            device.run(text, [np.array([3, bad], np.int32)], y, block=(2,))


def test_a_division_by_zero_in_a_vector(device, kernel):
    body = """
  %v = load <2 x i64>, g* %x, align 16
  %r = udiv <2 x i64> <i64 7, i64 8>, %v
  store <2 x i64> %r, g* %y, align 16
"""
    text = kernel("g* %x, g* %y", body)
    y = np.zeros(2, np.int64)
    assert device.run(text, [np.array([2, 4])], y).tolist() == [3, 2]
    with pytest.raises(DeviceError, match="divides an integer by zero"):
        device.run(text, [np.array([2, 0])], y)


def test_a_trap(device, kernel):
    with pytest.raises(DeviceError, match="thread .0, 0, 0. traps"):
        device.launch(kernel("", "call void @llvm.trap()"), [])


def test_blocks_that_fill_the_same_place(make_device, kernel):
    body = """
  %at = getelementptr i8, g* %y, i64 %b
  call void @llvm.memset.p1.i64(g* %at, i8 1, i64 2, i1 false)
  %v = load i8, g* %y, align 1
"""
    with pytest.raises(DeviceError, match="block .0, 0, 0. has written or read .* race between"):
        make_device(races=True).run(kernel("g* %y", body), [], np.zeros(3, np.int8), grid=(2,))


def test_what_a_launch_did_with_workgroup_memory_is_no_race_of_the_next(make_device, kernel):
    body = """
  %sum = add i64 %t, %shift
  %j = and i64 %sum, 63
  %mine = getelementptr float, s* @shared, i64 %j
  %value = uitofp i64 %t to float
  store float %value, s* %mine, align 4
  %v = load float, s* %mine, align 4
  %py = getelementptr float, g* %y, i64 %t
  store float %v, g* %py, align 4
"""
    device = make_device(races=True)
    y = np.zeros(64, F32)
    address = device.put(y)
    handle = device.driver.load(kernel("g* %y, i64 %shift", body, SHARED)).function("k")
    for shift in (0, 1):
        device.driver.check(device.start(handle, [address, shift], block=(64,)))
        np.testing.assert_array_equal(device.get(address, y), np.arange(64))
