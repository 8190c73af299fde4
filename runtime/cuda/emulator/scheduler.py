"""LLVM IR of what runs the threads of a block, and the blocks of a launch, on one thread of ours.

A thread without barriers and collectives is a call of its kernel. Another is a coroutine, which
gives up control where it waits. Threads that wait for a collective (a shuffle, a vote, ...) go on
as soon as all lanes that their masks name wait at the same instruction; those at a barrier when
the whole block is there. What cannot go on is a fault, for a GPU would hang or give anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.fields import STATES

_RUNNING, _AT_BARRIER, _AT_COLLECTIVE, _DONE = (
    STATES[name] for name in ("running", "at_barrier", "at_collective", "done")
)

_THREADS = f"""
declare void @llvm.coro.resume(ptr)
declare ptr @malloc(i64)
declare ptr @llvm.frameaddress.p0(i32)

; The i-th of n in the launch's order.
define internal i32 @ordered(ptr %launch, i32 %i, i32 %n) alwaysinline {{
  %order = call i32 @launch.order(ptr %launch)
  %last = sub i32 %n, 1
  %back = sub i32 %last, %i
  %forward = icmp eq i32 %order, 0
  %k = select i1 %forward, i32 %i, i32 %back
  ret i32 %k
}}

define internal void @resume(ptr %thread) alwaysinline {{
  call void @thread.set_state(ptr %thread, i32 {_RUNNING})
  %frame = call ptr @thread.frame(ptr %thread)
  call void @llvm.coro.resume(ptr %frame)
  ret void
}}

define internal void @new_epoch(ptr %launch) alwaysinline {{
  %old = call i32 @launch.epoch(ptr %launch)
  %new = add i32 %old, 1
  call void @launch.set_epoch(ptr %launch, i32 %new)
  ret void
}}

; What a thread offered is read by others after this, while it offers the next.
define internal void @publish(ptr %thread) alwaysinline {{
  %old = call i32 @thread.offered(ptr %thread)
  %new = xor i32 %old, 1
  call void @thread.set_offered(ptr %thread, i32 %new)
  ret void
}}

define internal ptr @frame(ptr %launch, ptr %thread, i64 %bytes) {{
  %rounded = add i64 %bytes, 63
  %size = and i64 %rounded, -64
  %frames = call ptr @launch.frames(ptr %launch)
  %none = icmp eq ptr %frames, null
  br i1 %none, label %new, label %found
new:
  %threads = call i32 @launch.threads(ptr %launch)
  %many = zext i32 %threads to i64
  %all = mul i64 %many, %size
  %slack = add i64 %all, 64
  %fresh = call ptr @malloc(i64 %slack)
  call void @launch.set_frames(ptr %launch, ptr %fresh)
  call void @launch.set_frame_size(ptr %launch, i64 %size)
  br label %found
found:
  %start = phi ptr [ %frames, %0 ], [ %fresh, %new ]
  %address = ptrtoint ptr %start to i64
  %up = add i64 %address, 63
  %aligned = and i64 %up, -64
  %number = call i32 @thread.number(ptr %thread)
  %n = zext i32 %number to i64
  %offset = mul i64 %n, %size
  %mine = add i64 %aligned, %offset
  %p = inttoptr i64 %mine to ptr
  ret ptr %p
}}
"""

_WARP = f"""
; The lanes that go on with this one, or 0 while one of them is not there.
define internal i32 @group(ptr %warp, ptr %thread) {{
  %mask = call i32 @thread.mask(ptr %thread)
  %site = call i32 @thread.site(ptr %thread)
  %lanes = call i32 @thread.lanes(ptr %warp)
  br label %loop
loop:
  %lane = phi i32 [ 0, %0 ], [ %lane.next, %next ]
  %found = phi i32 [ 0, %0 ], [ %found.next, %next ]
  %bit = shl i32 1, %lane
  %named = and i32 %mask, %bit
  %skip = icmp eq i32 %named, 0
  br i1 %skip, label %next, label %look
look:
  %other = call ptr @context.after(ptr %warp, i32 %lane)
  %state = call i32 @thread.state(ptr %other)
  switch i32 %state, label %no [ i32 {_DONE}, label %next i32 {_AT_COLLECTIVE}, label %compare ]
compare:
  %its.mask = call i32 @thread.mask(ptr %other)
  %its.site = call i32 @thread.site(ptr %other)
  %same.mask = icmp eq i32 %its.mask, %mask
  %same.site = icmp eq i32 %its.site, %site
  %same = and i1 %same.mask, %same.site
  %with = or i32 %found, %bit
  br i1 %same, label %next, label %no
next:
  %found.next = phi i32 [ %found, %loop ], [ %found, %look ], [ %with, %compare ]
  %lane.next = add i32 %lane, 1
  %more = icmp ult i32 %lane.next, %lanes
  br i1 %more, label %loop, label %finished
finished:
  ret i32 %found.next
no:
  ret i32 0
}}

define internal void @release(ptr %launch, ptr %warp, i32 %group) {{
  %lanes = call i32 @thread.lanes(ptr %warp)
  %absent = sub i32 32, %lanes
  %all = lshr i32 -1, %absent
  %everyone = icmp eq i32 %group, %all
  %whole = zext i1 %everyone to i32
  br label %publish
publish:
  %i = phi i32 [ 0, %0 ], [ %i.next, %publish.next ]
  %bit = shl i32 1, %i
  %in = and i32 %group, %bit
  %out = icmp eq i32 %in, 0
  br i1 %out, label %publish.next, label %publish.one
publish.one:
  %member = call ptr @context.after(ptr %warp, i32 %i)
  call void @publish(ptr %member)
  call void @thread.set_group(ptr %member, i32 %group)
  %syncs = call i32 @thread.syncs(ptr %member)
  %synced = add i32 %syncs, %whole
  call void @thread.set_syncs(ptr %member, i32 %synced)
  br label %publish.next
publish.next:
  %i.next = add i32 %i, 1
  %i.more = icmp ult i32 %i.next, %lanes
  br i1 %i.more, label %publish, label %run
run:
  %j = phi i32 [ 0, %publish.next ], [ %j.next, %run.next ]
  %lane = call i32 @ordered(ptr %launch, i32 %j, i32 %lanes)
  %its.bit = shl i32 1, %lane
  %its = and i32 %group, %its.bit
  %not = icmp eq i32 %its, 0
  br i1 %not, label %run.next, label %run.one
run.one:
  %thread = call ptr @context.after(ptr %warp, i32 %lane)
  call void @resume(ptr %thread)
  br label %run.next
run.next:
  %j.next = add i32 %j, 1
  %j.more = icmp ult i32 %j.next, %lanes
  br i1 %j.more, label %run, label %end
end:
  ret void
}}

; Until no lane waits for a collective.
define internal void @run_warp(ptr %launch, ptr %warp) {{
  %lanes = call i32 @thread.lanes(ptr %warp)
  br label %again
again:
  br label %loop
loop:
  %i = phi i32 [ 0, %again ], [ %i.next, %next ]
  %stuck = phi ptr [ null, %again ], [ %stuck.next, %next ]
  %thread = call ptr @context.after(ptr %warp, i32 %i)
  %state = call i32 @thread.state(ptr %thread)
  %waits = icmp eq i32 %state, {_AT_COLLECTIVE}
  br i1 %waits, label %look, label %next
look:
  %group = call i32 @group(ptr %warp, ptr %thread)
  %ready = icmp ne i32 %group, 0
  br i1 %ready, label %go, label %next
go:
  call void @release(ptr %launch, ptr %warp, i32 %group)
  br label %again
next:
  %stuck.next = phi ptr [ %stuck, %loop ], [ %thread, %look ]
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %lanes
  br i1 %more, label %loop, label %finished
finished:
  %none = icmp eq ptr %stuck.next, null
  br i1 %none, label %end, label %failed
failed:
  %mask = call i32 @thread.mask(ptr %stuck.next)
  %wide = zext i32 %mask to i64
  call void @fault(ptr %launch, ptr %stuck.next, i32 {int(Fault.COLLECTIVE)}, i64 %wide, i64 0,
                   i32 0, i64 0)
  unreachable
end:
  ret void
}}
"""

_BLOCK = f"""
; Threads have been started; returns when all are done.
define internal void @run_block(ptr %launch) {{
  %n = call i32 @launch.threads(ptr %launch)
  %contexts = call ptr @launch.contexts(ptr %launch)
  br label %again
again:
  br label %warps
warps:
  %w = phi i32 [ 0, %again ], [ %w.next, %warps ]
  %warp = call ptr @context.after(ptr %contexts, i32 %w)
  call void @run_warp(ptr %launch, ptr %warp)
  %w.next = add i32 %w, 32
  %w.more = icmp ult i32 %w.next, %n
  br i1 %w.more, label %warps, label %count
count:
  %i = phi i32 [ 0, %warps ], [ %i.next, %counted ]
  %waiting = phi ptr [ null, %warps ], [ %waiting.next, %counted ]
  %done = phi i32 [ 0, %warps ], [ %done.next, %counted ]
  %thread = call ptr @context.after(ptr %contexts, i32 %i)
  %state = call i32 @thread.state(ptr %thread)
  %ended = icmp eq i32 %state, {_DONE}
  br i1 %ended, label %one.done, label %compare
one.done:
  %done.one = add i32 %done, 1
  br label %counted
compare:
  %first = icmp eq ptr %waiting, null
  %like = select i1 %first, ptr %thread, ptr %waiting
  %its = call i32 @thread.site(ptr %thread)
  %site = call i32 @thread.site(ptr %like)
  %same = icmp eq i32 %its, %site
  br i1 %same, label %counted, label %sites
sites:
  %other = call i32 @thread.number(ptr %waiting)
  %wide = zext i32 %other to i64
  call void @fault(ptr %launch, ptr %thread, i32 {int(Fault.BARRIER_SITE)}, i64 0, i64 0, i32 0,
                   i64 %wide)
  unreachable
counted:
  %waiting.next = phi ptr [ %waiting, %one.done ], [ %like, %compare ]
  %done.next = phi i32 [ %done.one, %one.done ], [ %done, %compare ]
  %i.next = add i32 %i, 1
  %i.more = icmp ult i32 %i.next, %n
  br i1 %i.more, label %count, label %counts
counts:
  %all = icmp eq i32 %done.next, %n
  br i1 %all, label %end, label %some
some:
  %none = icmp eq i32 %done.next, 0
  br i1 %none, label %publish, label %left
left:
  %gone = zext i32 %done.next to i64
  call void @fault(ptr %launch, ptr %waiting.next, i32 {int(Fault.BARRIER_EXIT)}, i64 0, i64 0,
                   i32 0, i64 %gone)
  unreachable
publish:
  %p = phi i32 [ 0, %some ], [ %p.next, %publish ]
  %member = call ptr @context.after(ptr %contexts, i32 %p)
  call void @publish(ptr %member)
  %p.next = add i32 %p, 1
  %p.more = icmp ult i32 %p.next, %n
  br i1 %p.more, label %publish, label %go
go:
  call void @new_epoch(ptr %launch)
  br label %run
run:
  %r = phi i32 [ 0, %go ], [ %r.next, %run ]
  %k = call i32 @ordered(ptr %launch, i32 %r, i32 %n)
  %next = call ptr @context.after(ptr %contexts, i32 %k)
  call void @resume(ptr %next)
  %r.next = add i32 %r, 1
  %r.more = icmp ult i32 %r.next, %n
  br i1 %r.more, label %run, label %again
end:
  ret void
}}

; Stores the index of the b-th block to run.
define internal void @begin_block(ptr %launch, i64 %b) {{
  call void @new_epoch(ptr %launch)
  %order = call i32 @launch.block_order(ptr %launch)
  %blocks = call i64 @launch.blocks(ptr %launch)
  %last = sub i64 %blocks, 1
  %back = sub i64 %last, %b
  %forward = icmp eq i32 %order, 0
  %block = select i1 %forward, i64 %b, i64 %back
  call void @launch.set_block(ptr %launch, i64 %block)
  %gx32 = call i32 @launch.grid.x(ptr %launch)
  %gx = zext i32 %gx32 to i64
  %gy32 = call i32 @launch.grid.y(ptr %launch)
  %gy = zext i32 %gy32 to i64
  %x = urem i64 %block, %gx
  %rest = udiv i64 %block, %gx
  %y = urem i64 %rest, %gy
  %z = udiv i64 %rest, %gy
  %x32 = trunc i64 %x to i32
  %y32 = trunc i64 %y to i32
  %z32 = trunc i64 %z to i32
  call void @launch.set_index.x(ptr %launch, i32 %x32)
  call void @launch.set_index.y(ptr %launch, i32 %y32)
  call void @launch.set_index.z(ptr %launch, i32 %z32)
  ret void
}}

; What ctypes calls: 0, or 1 after a fault.
define i32 @emulator.enter(ptr %launch, ptr %arguments, ptr %kernel) {{
  %top = call ptr @llvm.frameaddress.p0(i32 0)
  %stack = ptrtoint ptr %top to i64
  call void @launch.set_stack(ptr %launch, i64 %stack)
  %buffer = call ptr @launch.jump(ptr %launch)
  %jumped = call i32 @_setjmp(ptr %buffer) returns_twice
  %faulted = icmp ne i32 %jumped, 0
  br i1 %faulted, label %end, label %run
run:
  call void %kernel(ptr %launch, ptr %arguments)
  br label %end
end:
  ret i32 %jumped
}}
"""


def ir() -> str:
    """The scheduler."""
    return _THREADS + _WARP + _BLOCK


def launcher(name: str, parameters: Sequence[str], coroutine: bool, reset: str) -> str:
    """``@launch_NAME(launch, arguments)``, which runs a kernel in all blocks.

    Parameters
    ----------
    name : str
        The kernel's, without ``@``.
    parameters : sequence of str
        Their types; arguments are the addresses of values.
    coroutine : bool
        Its threads wait for each other.
    reset : str
        Lines for the beginning of each block.
    """
    loads = "\n".join(
        f"  %p{i} = getelementptr ptr, ptr %arguments, i64 {i}\n"
        f"  %q{i} = load ptr, ptr %p{i}\n  %a{i} = load {type_}, ptr %q{i}"
        for i, type_ in enumerate(parameters)
    )
    given = "".join(f", {type_} %a{i}" for i, type_ in enumerate(parameters))
    if coroutine:
        start = (
            f"  %frame = call ptr @kernel.{name}(ptr %launch, ptr %thread{given})\n"
            "  call void @thread.set_frame(ptr %thread, ptr %frame)"
        )
    else:
        start = f"  call void @kernel.{name}(ptr %launch, ptr %thread{given})"
    return f"""
define void @"launch_{name}"(ptr %launch, ptr %arguments) {{
{loads}
  %n = call i32 @launch.threads(ptr %launch)
  %blocks = call i64 @launch.blocks(ptr %launch)
  %contexts = call ptr @launch.contexts(ptr %launch)
  br label %block
block:
  %b = phi i64 [ 0, %0 ], [ %b.next, %block.end ]
  call void @begin_block(ptr %launch, i64 %b)
{reset}
  br label %thread.begin
thread.begin:
  %t = phi i32 [ 0, %block ], [ %t.next, %thread.begin ]
  %k = call i32 @ordered(ptr %launch, i32 %t, i32 %n)
  %thread = call ptr @context.after(ptr %contexts, i32 %k)
{"  call void @thread.set_state(ptr %thread, i32 0)" if coroutine else ""}
{start}
  %t.next = add i32 %t, 1
  %t.more = icmp ult i32 %t.next, %n
  br i1 %t.more, label %thread.begin, label %block.end
block.end:
{"  call void @run_block(ptr %launch)" if coroutine else ""}
  %b.next = add i64 %b, 1
  %b.more = icmp ult i64 %b.next, %blocks
  br i1 %b.more, label %block, label %end
end:
  ret void
}}"""


SUSPENSION = """  %suspend.{n} = call i8 @llvm.coro.suspend(token none, i1 false)
  switch i8 %suspend.{n}, label %suspended [ i8 0, label %resumed.{n} i8 1, label %destroyed ]
resumed.{n}:"""

COROUTINE_BEGIN = """  %coro.id = call token @llvm.coro.id(i32 0, ptr null, ptr null, ptr null)
  %coro.bytes = call i64 @llvm.coro.size.i64()
  %coro.memory = call ptr @frame(ptr %launch, ptr %thread, i64 %coro.bytes)
  %coro.frame = call noalias ptr @llvm.coro.begin(token %coro.id, ptr %coro.memory)"""

COROUTINE_END = f"""finished:
  call void @thread.set_state(ptr %thread, i32 {_DONE})
  %suspend.last = call i8 @llvm.coro.suspend(token none, i1 true)
  switch i8 %suspend.last, label %suspended [ i8 0, label %never i8 1, label %destroyed ]
never:
  unreachable
destroyed:
  %coro.freed = call ptr @llvm.coro.free(token %coro.id, ptr %coro.frame)
  br label %suspended
suspended:
  call void @llvm.coro.end(ptr %coro.frame, i1 false, token none)
  ret ptr %coro.frame
}}"""
