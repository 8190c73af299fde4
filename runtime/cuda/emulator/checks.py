"""LLVM IR of the checks before each access to memory.

``@check.SPACE.KIND.BYTES.ALIGN(launch, thread, address)`` returns if the access is allowed. The
functions are made as they are asked for, and inlined. Device memory has a byte of shadow for each
8: how many of them, from the first, are allocated.
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.faults import ACCESSES, Fault
from lamina.runtime.cuda.emulator.workgroup import UNINITIALISED, WRITTEN, Layout

SPACES = {0: "generic", 1: "global", 3: "workgroup", 4: "constant", 5: "local"}


def check_name(space: str, kind: str, nbytes: int, align: int) -> str:
    """The name of a check, without ``@``."""
    return f"check.{space}.{kind}.{nbytes}.{align}"


def check_ir(space: str, kind: str, nbytes: int, align: int, layout: Layout, races: bool) -> str:
    """The definition of a check, and of those that it calls."""
    name = check_name(space, kind, nbytes, align)
    access = ACCESSES.index(kind)
    fault = (
        f"  call void @fault(ptr %launch, ptr %thread, i32 {{}}, i64 %a, i64 {nbytes}, "
        f"i32 {access}, i64 0)\n  unreachable"
    )
    head = f"""define internal void @{name}(ptr %launch, ptr %thread, i64 %a) alwaysinline {{
  %low = and i64 %a, {align - 1}
  %odd = icmp ne i64 %low, 0
  br i1 %odd, label %misaligned, label %aligned
misaligned:
{fault.format(int(Fault.MISALIGNED))}
aligned:
"""
    match space:
        case "global":
            return head + _in_arena(fault, kind, nbytes, align, access, races)
        case "workgroup":
            return head + _in_workgroup(fault, kind, nbytes, layout, access, races)
        case "generic":
            return head + _anywhere(kind, nbytes, align, layout)
    elsewhere = f"  call void @elsewhere(ptr %launch, ptr %thread, i64 %a, i64 {nbytes}, "
    return f"{head}{elsewhere}i32 {access})\n  ret void\n}}"


def _in_arena(fault: str, kind: str, nbytes: int, align: int, access: int, races: bool) -> str:
    # A piece never crosses a border between two groups of 8 bytes.
    piece = min(8, align)
    while nbytes % piece:
        piece //= 2
    lines = [
        f"""  %base = call i64 @launch.arena(ptr %launch)
  %size = call i64 @launch.arena_size(ptr %launch)
  %o = sub i64 %a, %base
  %in = icmp ult i64 %o, %size
  br i1 %in, label %inside, label %outside
outside:
  call void @elsewhere(ptr %launch, ptr %thread, i64 %a, i64 {nbytes}, i32 {access})
  ret void
inside:
  %shadow = call i64 @launch.shadow(ptr %launch)
  %ok.0 = icmp eq i64 0, 0"""
    ]
    for k, start in enumerate(range(0, nbytes, piece)):
        lines.append(
            f"""  %o.{k} = add i64 %o, {start}
  %g.{k} = lshr i64 %o.{k}, 3
  %s.{k} = add i64 %shadow, %g.{k}
  %p.{k} = inttoptr i64 %s.{k} to ptr
  %n.{k} = load i8, ptr %p.{k}
  %t.{k} = trunc i64 %o.{k} to i8
  %w.{k} = and i8 %t.{k}, 7
  %e.{k} = add i8 %w.{k}, {piece}
  %fit.{k} = icmp ule i8 %e.{k}, %n.{k}
  %ok.{k + 1} = and i1 %ok.{k}, %fit.{k}"""
        )
    race = f"  call void @race.{kind}(ptr %launch, ptr %thread, i64 %o, i64 {nbytes})\n"
    lines.append(
        f"""  br i1 %ok.{nbytes // piece}, label %allowed, label %refused
refused:
{fault.format(int(Fault.BOUNDS))}
allowed:
{race if races else ""}  ret void
}}"""
    )
    return "\n".join(lines)


def _in_workgroup(
    fault: str, kind: str, nbytes: int, layout: Layout, access: int, races: bool
) -> str:
    bits = 8 * nbytes

    def every(byte: int) -> int:
        return int.from_bytes(bytes([byte] * nbytes), "little")

    # A byte is 0 outside, 1 or 2 inside.
    test = (
        f"""  %half = lshr i{bits} %s, 1
  %either = or i{bits} %s, %half
  %low.bits = and i{bits} %either, {every(1)}
  %ok = icmp eq i{bits} %low.bits, {every(1)}"""
        if kind == "store"
        else f"  %ok = icmp eq i{bits} %s, {every(WRITTEN)}"
    )
    race = ""
    if races:
        race = (
            f"  call void @workgroup.store.before(ptr %launch, i64 %o, i64 {nbytes})"
            if kind == "store"
            else f"  call void @workgroup.{kind}.each(ptr %launch, ptr %thread, i64 %o, "
            f"i64 {nbytes})"
        )
    return f"""  %o = sub i64 %a, ptrtoint (ptr @workgroup to i64)
  %in = icmp ult i64 %o, {max(layout.size - nbytes, 0)}
  br i1 %in, label %inside, label %refused
refused:
  %wild = phi i32 [ {int(Fault.WORKGROUP_BOUNDS)}, %aligned ], [ %why, %states ]
{fault.format("%wild")}
inside:
  %p = getelementptr i8, ptr @workgroup.shadow, i64 %o
  %s = load i{bits}, ptr %p, align 1
{test}
  br i1 %ok, label %allowed, label %states
states:
  %bound = call i1 @workgroup.bound(i64 %o, i64 {nbytes})
  %why = select i1 %bound, i32 {int(Fault.WORKGROUP_UNINITIALISED)}, i32 {
        int(Fault.WORKGROUP_BOUNDS)
    }
  br label %refused
allowed:
{race}
{f"  store i{bits} {every(WRITTEN)}, ptr %p, align 1" if kind == "store" else ""}
  ret void
}}"""


def _anywhere(kind: str, nbytes: int, align: int, layout: Layout) -> str:
    arguments = "(ptr %launch, ptr %thread, i64 %a)"
    return f"""  %o = sub i64 %a, ptrtoint (ptr @workgroup to i64)
  %in = icmp ult i64 %o, {layout.size}
  br i1 %in, label %workgroup, label %global
workgroup:
  call void @{check_name("workgroup", kind, nbytes, align)}{arguments}
  ret void
global:
  call void @{check_name("global", kind, nbytes, align)}{arguments}
  ret void
}}"""


def support(variables: list[tuple[str, str, int]]) -> str:
    """``@elsewhere``, for what is not device memory, and ``@workgroup.bound``.

    Parameters
    ----------
    variables : list of (str, str, int)
        The module's variables in global and constant memory: address space, name, bytes.
    """
    tests = []
    for k, (space, name, nbytes) in enumerate(variables):
        tests.append(
            f"""  %o.{k} = sub i64 %a, ptrtoint (ptr addrspace({space}) @{name} to i64)
  %e.{k} = add i64 %o.{k}, %n
  %begins.{k} = icmp ult i64 %o.{k}, {nbytes}
  %ends.{k} = icmp ule i64 %e.{k}, {nbytes}
  %ok.{k} = and i1 %begins.{k}, %ends.{k}
  br i1 %ok.{k}, label %allowed, label %next.{k}
next.{k}:"""
        )
    checks = "\n".join(tests)
    # A local variable is in the coroutine's frame or, without a coroutine, on the stack.
    return f"""
define internal void @elsewhere(ptr %launch, ptr %thread, i64 %a, i64 %n, i32 %kind) noinline {{
{checks}
  %frames = call ptr @launch.frames(ptr %launch)
  %first = ptrtoint ptr %frames to i64
  %f = sub i64 %a, %first
  %each = call i64 @launch.frame_size(ptr %launch)
  %threads = call i32 @launch.threads(ptr %launch)
  %many = zext i32 %threads to i64
  %bytes = mul i64 %each, %many
  %all = add i64 %bytes, 64
  %below.end = icmp ult i64 %f, %all
  %are = icmp ne ptr %frames, null
  %framed = and i1 %below.end, %are
  br i1 %framed, label %allowed, label %stack
stack:
  %top = call i64 @launch.stack(ptr %launch)
  %below = sub i64 %top, %a
  %near = icmp ult i64 %below, 1048576
  br i1 %near, label %allowed, label %refused
allowed:
  ret void
refused:
  call void @fault(ptr %launch, ptr %thread, i32 {int(Fault.BOUNDS)}, i64 %a, i64 %n, i32 %kind,
                   i64 0)
  unreachable
}}
define internal i1 @workgroup.bound(i64 %o, i64 %n) noinline {{
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %i.next, %more ]
  %at = add i64 %o, %i
  %p = getelementptr i8, ptr @workgroup.shadow, i64 %at
  %s = load i8, ptr %p
  %out = icmp ult i8 %s, {UNINITIALISED}
  br i1 %out, label %no, label %more
more:
  %i.next = add i64 %i, 1
  %again = icmp ult i64 %i.next, %n
  br i1 %again, label %loop, label %yes
yes:
  ret i1 true
no:
  ret i1 false
}}"""
