"""What threads do together, against the definitions of the PTX ISA computed with NumPy."""

import numpy as np
import pytest

LANES = np.arange(32)


def source(mode: str, lane: int, b: int, c: int) -> tuple[int, bool]:
    """The lane that shfl.sync reads, and its predicate: the pseudocode of the PTX ISA."""
    segment, clamp = c >> 8 & 31, c & 31
    most = lane & segment | clamp & ~segment
    least = lane & segment
    j = {
        "up": lane - b,
        "down": lane + b,
        "bfly": lane ^ b,
        "idx": least | b & ~segment & 31,
    }[mode]
    valid = j >= most if mode == "up" else j <= most
    return (j, valid) if valid else (lane, valid)


STORE = """
  %p{k} = getelementptr i32, g* %y, i64 %t
  %q{k} = getelementptr i32, g* %p{k}, i64 {offset}
  store i32 %{value}, g* %q{k}, align 4
"""


def stores(values: list[str], threads: int) -> str:
    """Lines that store each value in a row of the output."""
    return "".join(
        STORE.format(k=f".{k}", offset=k * threads, value=value) for k, value in enumerate(values)
    )


@pytest.mark.parametrize("width", [32, 16, 8])
def test_shuffles_read_the_lane_that_the_isa_says(both_orders, kernel, width):
    lines, values, wanted = [], [], []
    for mode in ("up", "down", "bfly", "idx"):
        for b in (0, 1, 3, width - 1, width):
            c = (32 - width) << 8 | (0 if mode == "up" else width - 1)
            if mode == "up":
                c = (32 - width) << 8
            k = len(values)
            lines.append(
                f"  %s{k} = call {{ i32, i1 }} @llvm.nvvm.shfl.sync.{mode}.i32p(i32 -1, i32 %v, "
                f"i32 {b}, i32 {c})\n"
                f"  %v{k} = extractvalue {{ i32, i1 }} %s{k}, 0\n"
                f"  %i{k} = extractvalue {{ i32, i1 }} %s{k}, 1\n"
                f"  %w{k} = zext i1 %i{k} to i32\n"
                f"  %m{k} = shl i32 %w{k}, 16\n"
                f"  %r{k} = or i32 %v{k}, %m{k}"
            )
            values.append(f"r{k}")
            read = [source(mode, lane, b & 31, c) for lane in LANES]
            wanted.append([100 + j + (valid << 16) for j, valid in read])
    body = "\n".join(["  %v = add i32 %t.32, 100", *lines, stores(values, 32)])
    y = np.zeros((len(values), 32), np.int32)
    y = both_orders.run(kernel("g* %y", body), [], y, block=(32,))
    np.testing.assert_array_equal(y, wanted)


def test_shuffles_of_floats(both_orders, kernel):
    body = """
  %v = uitofp i32 %t.32 to float
  %a = call float @llvm.nvvm.shfl.sync.down.f32(i32 -1, float %v, i32 1, i32 31)
  %b2 = call { float, i1 } @llvm.nvvm.shfl.sync.bfly.f32p(i32 -1, float %a, i32 2, i32 31)
  %c = extractvalue { float, i1 } %b2, 0
  %p = getelementptr float, g* %y, i64 %t
  store float %c, g* %p, align 4
"""
    y = both_orders.run(kernel("g* %y", body), [], np.zeros(64, np.float32), block=(64,))
    warp = np.minimum(np.arange(32) + 1, 31)[np.arange(32) ^ 2]
    np.testing.assert_array_equal(y, np.concatenate([warp, warp + 32]))


def test_votes_matches_and_reductions(both_orders, kernel):
    kinds = ["add", "and", "or", "xor", "min", "max", "umin", "umax"]
    reductions = "\n".join(
        f"  %r{kind} = call i32 @llvm.nvvm.redux.sync.{kind}(i32 %v, i32 -1)" for kind in kinds
    )
    body = f"""
  %three = urem i32 %t.32, 3
  %odd = trunc i32 %t.32 to i1
  %small = icmp ult i32 %t.32, 64
  %v.0 = mul i32 %t.32, 1103515245
  %v = sub i32 %v.0, 77777
  %ballot = call i32 @llvm.nvvm.vote.ballot.sync(i32 -1, i1 %odd)
  %all.1 = call i1 @llvm.nvvm.vote.all.sync(i32 -1, i1 %odd)
  %any.1 = call i1 @llvm.nvvm.vote.any.sync(i32 -1, i1 %odd)
  %uni.1 = call i1 @llvm.nvvm.vote.uni.sync(i32 -1, i1 %small)
  %match = call i32 @llvm.nvvm.match.any.sync.i32(i32 -1, i32 %three)
  %same = call {{ i32, i1 }} @llvm.nvvm.match.all.sync.i32p(i32 -1, i32 7)
  %every = extractvalue {{ i32, i1 }} %same, 0
  %all = zext i1 %all.1 to i32
  %any = zext i1 %any.1 to i32
  %uni = zext i1 %uni.1 to i32
{reductions}
"""
    values = ["ballot", "all", "any", "uni", "match", "every", *(f"r{kind}" for kind in kinds)]
    y = np.zeros((len(values), 32), np.uint32)
    y = both_orders.run(kernel("g* %y", body + stores(values, 32)), [], y, block=(32,))
    v = LANES.astype(np.uint32) * np.uint32(1103515245) - np.uint32(77777)
    signed = v.view(np.int32)
    match = [sum(1 << j for j in LANES if j % 3 == i % 3) for i in LANES]
    rows = [0xAAAAAAAA, 0, 1, 1, match, 0xFFFFFFFF]
    rows += [v.sum(dtype=np.uint32), np.bitwise_and.reduce(v), np.bitwise_or.reduce(v)]
    rows += [np.bitwise_xor.reduce(v), signed.min(), signed.max(), v.min(), v.max()]
    for name, row, wanted in zip(values, y, rows, strict=True):
        wanted = np.broadcast_to(np.asarray(wanted).astype(np.uint32), 32)
        np.testing.assert_array_equal(row, wanted, name)


def test_barriers_with_a_reduction_over_the_block(both_orders, kernel):
    body = """
  %odd = and i32 %t.32, 1
  %count = call i32 @llvm.nvvm.barrier0.popc(i32 %odd)
  %all = call i32 @llvm.nvvm.barrier0.and(i32 %odd)
  %any = call i32 @llvm.nvvm.barrier0.or(i32 %odd)
  %third.0 = urem i32 %t.32, 3
  %third = icmp eq i32 %third.0, 0
  %few = call i32 @llvm.nvvm.barrier.cta.red.popc.aligned.all(i32 0, i1 %third)
  %some.1 = call i1 @llvm.nvvm.barrier.cta.red.or.aligned.all(i32 0, i1 %third)
  %some = zext i1 %some.1 to i32
"""
    text = kernel("g* %y", body + stores(["count", "all", "any", "few", "some"], 96))
    y = both_orders.run(text, [], np.zeros((5, 96), np.int32), block=(96,))
    np.testing.assert_array_equal(y, np.broadcast_to([[48], [0], [1], [32], [1]], (5, 96)))


def test_special_registers(both_orders, kernel):
    names = ["tid.y", "tid.z", "ctaid.y", "ctaid.z", "ntid.y", "ntid.z", "nctaid.y", "nctaid.z"]
    names += ["laneid", "warpid", "nwarpid", "warpsize"]
    names += [f"lanemask.{kind}" for kind in ("eq", "lt", "le", "ge", "gt")]
    lines = [
        f"  %r{k} = call i32 @llvm.nvvm.read.ptx.sreg.{name}()" for k, name in enumerate(names)
    ]
    number = """
  %nx = mul i32 %r1, %r4
  %ny = add i32 %nx, %r0
  %nz = mul i32 %ny, %n.32
  %thread = add i32 %nz, %t.32
  %bz = mul i32 %r3, %r6
  %by = add i32 %bz, %r2
  %bx = mul i32 %by, %g.32
  %block = add i32 %bx, %b.32
  %before = mul i32 %block, 60
  %at.32 = add i32 %before, %thread
  %at = zext i32 %at.32 to i64
"""
    each = "".join(
        f"  %p{k} = getelementptr [17 x i32], g* %y, i64 %at, i64 {k}\n"
        f"  store i32 %r{k}, g* %p{k}, align 4\n"
        for k in range(len(names))
    )
    text = kernel("g* %y", "\n".join(lines) + number + each)
    y = np.zeros((3, 2, 4, 3, 5, 4, 17), np.uint32)
    y = both_orders.run(text, [], y, block=(4, 5, 3), grid=(4, 2, 3))
    bz, by, _, tz, ty, tx = np.indices(y.shape[:-1])
    number = (tz * 5 + ty) * 4 + tx
    bit = 1 << (number % 32).astype(np.uint64)
    full = 2**32 - 1
    wanted = [ty, tz, by, bz, 5, 3, 2, 3, number % 32, number // 32, 2, 32]
    wanted += [bit, bit - 1, 2 * bit - 1, full - (bit - 1), full - (2 * bit - 1)]
    for k, (name, value) in enumerate(zip(names, wanted, strict=True)):
        np.testing.assert_array_equal(y[..., k], value, name)


@pytest.mark.parametrize(
    ("operation", "type_", "wanted"),
    [
        ("add", "i32", 4560),
        ("max", "i32", 95),
        ("min", "i32", -5),
        ("umax", "i64", 2**64 - 5),
        ("xchg", "i32", None),
        ("fadd", "float", 4555.0),
        ("fadd", "double", 4555.0),
        ("fmax", "float", 95.0),
        ("fmin", "double", -5.0),
    ],
)
@pytest.mark.parametrize("space", [1, 3])
def test_atomic_operations(both_orders, kernel, operation, type_, wanted, space):
    dtype = {"i32": "i4", "i64": "u8", "float": "f4", "double": "f8"}[type_]
    cast = {"i32": "trunc i64 %t to i32", "i64": "add i64 %t, 0"}.get(
        type_, f"uitofp i64 %t to {type_}"
    )
    size = np.dtype(dtype).itemsize
    cell = "g* %y" if space == 1 else "s* @cell"
    body = f"""
  %first = icmp eq i64 %t, 0
  br i1 %first, label %begin.one, label %go
begin.one:
  %v0 = load {type_}, g* %y, align {size}
  store {type_} %v0, s* @cell, align {size}
  br label %go
go:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %v = {cast}
  %old = atomicrmw {operation} {cell}, {type_} %v syncscope("device") monotonic, align {size}
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br i1 %first, label %end.one, label %done
end.one:
  %w = load {type_}, {cell}, align {size}
  store {type_} %w, g* %y, align {size}
  br label %done
done:
"""
    before = f"@cell = internal addrspace(3) global {type_} undef, align 8"
    start = np.array([-5]).astype(dtype)
    y = both_orders.run(kernel("g* %y", body, before), [], start, block=(96,))
    if operation == "add":
        wanted = 4560 - 5
    if operation == "xchg":
        wanted = 95 if both_orders.driver.order == 0 else 0
    assert y[0] == np.array(wanted).astype(dtype)


def test_compare_and_exchange(both_orders, kernel):
    body = """
  %mine = add i32 %t.32, 1
  %pair = cmpxchg g* %y, i32 0, i32 %mine acq_rel monotonic, align 4
"""
    y = both_orders.run(kernel("g* %y", body), [], np.zeros(1, np.int32), block=(32,))
    assert y[0] == (1 if both_orders.driver.order == 0 else 32)
