"""LLVM IR of what runs the threads of a block, and the blocks of a launch, on one thread of ours.

A thread without barriers and collectives is a call of its kernel. Another is a coroutine, which
gives up control where it waits. Those at a barrier go on when the whole block is there; if some
have ended, or are at another barrier, that is a fault.
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.fields import STATES
from lamina.runtime.cuda.emulator.kernel import Kernel

_DONE = STATES["done"]

_IR = f"""
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
    """``@run_block``, ``@begin_block``, and ``@emulator.enter(launch, arguments, kernel)``."""
    return _IR


def launcher(kernel: Kernel, reset: str) -> str:
    """``@launch_NAME(launch, arguments)``, which runs a kernel in all blocks.

    Parameters
    ----------
    kernel : Kernel
        What `lamina.runtime.cuda.emulator.kernel.rewrite` says of it.
    reset : str
        Lines for the beginning of each block.
    """
    loads = "\n".join(
        f"  %p{i} = getelementptr ptr, ptr %arguments, i64 {i}\n"
        f"  %q{i} = load ptr, ptr %p{i}\n  %a{i} = load {type_}, ptr %q{i}"
        for i, type_ in enumerate(kernel.parameters)
    )
    given = "".join(f", {type_} %a{i}" for i, type_ in enumerate(kernel.parameters))
    if kernel.coroutine:
        start = (
            f"  %frame = call ptr @kernel.{kernel.name}(ptr %launch, ptr %thread{given})\n"
            "  call void @thread.set_frame(ptr %thread, ptr %frame)"
        )
    else:
        start = f"  call void @kernel.{kernel.name}(ptr %launch, ptr %thread{given})"
    copies = ""
    if kernel.copies:
        copies = (
            "  call void @thread.set_copies(ptr %thread, i32 0)\n"
            "  call void @thread.set_copy_groups(ptr %thread, i32 0)\n"
        )
    return f"""
define void @"launch_{kernel.name}"(ptr %launch, ptr %arguments) {{
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
{"  call void @thread.set_state(ptr %thread, i32 0)" if kernel.coroutine else ""}
{copies}{start}
  %t.next = add i32 %t, 1
  %t.more = icmp ult i32 %t.next, %n
  br i1 %t.more, label %thread.begin, label %block.end
block.end:
{"  call void @run_block(ptr %launch)" if kernel.coroutine else ""}
  %b.next = add i64 %b, 1
  %b.more = icmp ult i64 %b.next, %blocks
  br i1 %b.more, label %block, label %end
end:
  ret void
}}"""
