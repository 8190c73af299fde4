"""LLVM IR of one thread as a coroutine: how it waits, goes on, and offers what others read."""

from __future__ import annotations

from llvmlite.binding import llvm_version_info

from lamina.runtime.cuda.emulator.fields import STATES

_IR = f"""
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
  call void @thread.set_state(ptr %thread, i32 {STATES["running"]})
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

# Between what a thread does before it waits and after.
SUSPENSION = """  %suspend.{n} = call i8 @llvm.coro.suspend(token none, i1 false)
  switch i8 %suspend.{n}, label %suspended [ i8 0, label %resumed.{n} i8 1, label %destroyed ]
resumed.{n}:"""

BEGIN = """  %coro.id = call token @llvm.coro.id(i32 0, ptr null, ptr null, ptr null)
  %coro.bytes = call i64 @llvm.coro.size.i64()
  %coro.memory = call ptr @frame(ptr %launch, ptr %thread, i64 %coro.bytes)
  %coro.frame = call noalias ptr @llvm.coro.begin(token %coro.id, ptr %coro.memory)"""

# Until LLVM 22 the end had a result.
_ENDED = "call void" if llvm_version_info >= (22,) else "%coro.ended = call i1"

END = f"""finished:
  call void @thread.set_state(ptr %thread, i32 {STATES["done"]})
  %suspend.last = call i8 @llvm.coro.suspend(token none, i1 true)
  switch i8 %suspend.last, label %suspended [ i8 0, label %never i8 1, label %destroyed ]
never:
  unreachable
destroyed:
  %coro.freed = call ptr @llvm.coro.free(token %coro.id, ptr %coro.frame)
  br label %suspended
suspended:
  {_ENDED} @llvm.coro.end(ptr %coro.frame, i1 false, token none)
  ret ptr %coro.frame
}}"""


def ir() -> str:
    """``@resume``, ``@publish``, ``@frame`` and others that the scheduler calls."""
    return _IR
