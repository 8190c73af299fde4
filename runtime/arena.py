"""Scratch memory of compiled functions: one arena a thread, used as a stack.

Fresh memory costs 1.5 ms a megabyte in page faults, so that a thread keeps its arena between calls.
`lamina_workspace` takes 64-byte aligned pieces off its top block; where one does not fit it adds
a block twice as large, and the old pieces stay where they are. The first request of a call marks
the top, `lamina_workspace_release` goes back to it, whether the call went well or not; so a call
inside a call (from a Python callback) takes its pieces above those of the outer one. The outermost
release keeps the largest block, and the thread's end frees it.

A block begins with 64 bytes: ptr to the block below, i64 size, i64 used (both without these 64).
The thread's top block is the value of a pthread key. The key's destructor is libc's `free` itself:
a destructor in compiled code could be gone when the last threads end.
"""

from __future__ import annotations

from lamina.runtime.context import MARK_BLOCK, MARK_USED, NO_MARK

_SMALLEST = 1 << 16
LARGEST = 1 << 60  # bytes of a piece; more is taken for a mistake


def ir() -> str:
    """Return LLVM IR of lamina_workspace, lamina_workspace_release, lamina_workspace_start."""
    return f"""
@key = internal global i64 0

declare i32 @pthread_key_create(ptr, ptr)
declare ptr @pthread_getspecific(i64)
declare i32 @pthread_setspecific(i64, ptr)
declare i32 @posix_memalign(ptr, i64, i64)
declare void @free(ptr)
declare ptr @PyErr_NoMemory()

; To be called once, before any other; gives 0.
define i32 @lamina_workspace_start() {{
  %error = call i32 @pthread_key_create(ptr @key, ptr @free)
  ret i32 %error
}}

define ptr @lamina_workspace(ptr %ctx, i64 %bytes) {{
entry:
  %address = alloca ptr
  %key = load i64, ptr @key
  %block = call ptr @pthread_getspecific(i64 %key)
  ; Unsigned: a size below 0 is too large as well.
  %absurd = icmp ugt i64 %bytes, {LARGEST}
  br i1 %absurd, label %no.memory, label %sensible
sensible:
  ; At least one piece, so that a block in use has used > 0.
  %nothing = icmp eq i64 %bytes, 0
  %wanted = select i1 %nothing, i64 1, i64 %bytes
  %padded = add i64 %wanted, 63
  %size = and i64 %padded, -64
  %missing = icmp eq ptr %block, null
  br i1 %missing, label %measured, label %look
look:
  %capacity.at = getelementptr i8, ptr %block, i64 8
  %capacity.here = load i64, ptr %capacity.at
  %used.at = getelementptr i8, ptr %block, i64 16
  %used.here = load i64, ptr %used.at
  br label %measured
measured:
  %capacity = phi i64 [ 0, %sensible ], [ %capacity.here, %look ]
  %used = phi i64 [ 0, %sensible ], [ %used.here, %look ]
  %mark.used = getelementptr i8, ptr %ctx, i64 {MARK_USED}
  %mark = load i64, ptr %mark.used
  %marked = icmp ne i64 %mark, {NO_MARK}
  br i1 %marked, label %choose, label %begin
begin:
  %mark.block = getelementptr i8, ptr %ctx, i64 {MARK_BLOCK}
  store ptr %block, ptr %mark.block
  store i64 %used, ptr %mark.used
  br label %choose
choose:
  %left = sub i64 %capacity, %used
  %fits = icmp ule i64 %size, %left
  br i1 %fits, label %take, label %grow
grow:
  %twice = shl i64 %capacity, 1
  %grown = call i64 @llvm.umax.i64(i64 %twice, i64 %size)
  %room = call i64 @llvm.umax.i64(i64 %grown, i64 {_SMALLEST})
  %whole = add i64 %room, 64
  %error = call i32 @posix_memalign(ptr %address, i64 64, i64 %whole)
  %refused = icmp ne i32 %error, 0
  br i1 %refused, label %no.memory, label %link
link:
  %new = load ptr, ptr %address
  store ptr %block, ptr %new
  %new.capacity = getelementptr i8, ptr %new, i64 8
  store i64 %room, ptr %new.capacity
  %new.used = getelementptr i8, ptr %new, i64 16
  store i64 0, ptr %new.used
  %unset = call i32 @pthread_setspecific(i64 %key, ptr %new)
  %lost = icmp ne i32 %unset, 0
  br i1 %lost, label %undo, label %take
undo:
  call void @free(ptr %new)
  br label %no.memory
take:
  %top = phi ptr [ %block, %choose ], [ %new, %link ]
  %start = phi i64 [ %used, %choose ], [ 0, %link ]
  %top.used = getelementptr i8, ptr %top, i64 16
  %end = add i64 %start, %size
  store i64 %end, ptr %top.used
  %pieces = getelementptr i8, ptr %top, i64 64
  %piece = getelementptr i8, ptr %pieces, i64 %start
  ret ptr %piece
no.memory:
  %null = call ptr @PyErr_NoMemory()
  ret ptr null
}}

define void @lamina_workspace_release(ptr %ctx) {{
entry:
  %mark.used = getelementptr i8, ptr %ctx, i64 {MARK_USED}
  %mark = load i64, ptr %mark.used
  %began = icmp ne i64 %mark, {NO_MARK}
  br i1 %began, label %go, label %done
go:
  %key = load i64, ptr @key
  %top = call ptr @pthread_getspecific(i64 %key)
  %outermost = icmp eq i64 %mark, 0
  br i1 %outermost, label %keep, label %back
keep:
  ; The top block is the largest. None at all is there if the very first request failed.
  %bare = icmp eq ptr %top, null
  br i1 %bare, label %done, label %below
below:
  %kept.used = getelementptr i8, ptr %top, i64 16
  store i64 0, ptr %kept.used
  %second = load ptr, ptr %top
  store ptr null, ptr %top
  br label %shed
shed:
  %old = phi ptr [ %second, %below ], [ %older, %free.old ]
  %last = icmp eq ptr %old, null
  br i1 %last, label %done, label %free.old
free.old:
  %older = load ptr, ptr %old
  call void @free(ptr %old)
  br label %shed
back:
  %mark.block = getelementptr i8, ptr %ctx, i64 {MARK_BLOCK}
  %home = load ptr, ptr %mark.block
  br label %unwind
unwind:
  %block = phi ptr [ %top, %back ], [ %next, %pop ]
  %reached = icmp eq ptr %block, %home
  br i1 %reached, label %reset, label %pop
pop:
  %next = load ptr, ptr %block
  call void @free(ptr %block)
  br label %unwind
reset:
  %home.used = getelementptr i8, ptr %home, i64 16
  store i64 %mark, ptr %home.used
  %unset = call i32 @pthread_setspecific(i64 %key, ptr %home)
  br label %done
done:
  ret void
}}

; Notes in the two words at %place where the workspace is.
define void @lamina_workspace_mark(ptr %ctx, ptr %place) {{
entry:
  %mark.used = getelementptr i8, ptr %ctx, i64 {MARK_USED}
  %mark = load i64, ptr %mark.used
  %key = load i64, ptr @key
  %block = call ptr @pthread_getspecific(i64 %key)
  %missing = icmp eq ptr %block, null
  br i1 %missing, label %measured, label %look
look:
  %used.at = getelementptr i8, ptr %block, i64 16
  %used.here = load i64, ptr %used.at
  br label %measured
measured:
  %used = phi i64 [ 0, %entry ], [ %used.here, %look ]
  %place.used = getelementptr i8, ptr %place, i64 8
  store ptr %block, ptr %place
  store i64 %used, ptr %place.used
  %marked = icmp ne i64 %mark, {NO_MARK}
  br i1 %marked, label %done, label %begin
begin:
  %mark.block = getelementptr i8, ptr %ctx, i64 {MARK_BLOCK}
  store ptr %block, ptr %mark.block
  store i64 %used, ptr %mark.used
  br label %done
done:
  ret void
}}

; Gives back what was asked for since. A block added since stays, unless another one followed it.
define void @lamina_workspace_reset(ptr %place) {{
entry:
  %home = load ptr, ptr %place
  %place.used = getelementptr i8, ptr %place, i64 8
  %used = load i64, ptr %place.used
  %key = load i64, ptr @key
  %top = call ptr @pthread_getspecific(i64 %key)
  %same = icmp eq ptr %top, %home
  br i1 %same, label %here, label %grown
here:
  %bare = icmp eq ptr %home, null
  br i1 %bare, label %done, label %back
back:
  %home.used = getelementptr i8, ptr %home, i64 16
  store i64 %used, ptr %home.used
  br label %done
grown:
  %top.used = getelementptr i8, ptr %top, i64 16
  store i64 0, ptr %top.used
  %second = load ptr, ptr %top
  br label %shed
shed:
  %old = phi ptr [ %second, %grown ], [ %older, %free.old ]
  %reached = icmp eq ptr %old, %home
  br i1 %reached, label %link, label %free.old
free.old:
  %older = load ptr, ptr %old
  call void @free(ptr %old)
  br label %shed
link:
  store ptr %home, ptr %top
  %none = icmp eq ptr %home, null
  br i1 %none, label %done, label %restore
restore:
  %below.used = getelementptr i8, ptr %home, i64 16
  store i64 %used, ptr %below.used
  br label %done
done:
  ret void
}}

; How many bytes the call has at present.
define i64 @lamina_workspace_used(ptr %ctx) {{
entry:
  %mark.used = getelementptr i8, ptr %ctx, i64 {MARK_USED}
  %mark = load i64, ptr %mark.used
  %began = icmp ne i64 %mark, {NO_MARK}
  br i1 %began, label %look, label %nothing
nothing:
  ret i64 0
look:
  %mark.block = getelementptr i8, ptr %ctx, i64 {MARK_BLOCK}
  %home = load ptr, ptr %mark.block
  %key = load i64, ptr @key
  %top = call ptr @pthread_getspecific(i64 %key)
  br label %each
each:
  %block = phi ptr [ %top, %look ], [ %below, %next ]
  %above = phi i64 [ 0, %look ], [ %sum, %next ]
  %missing = icmp eq ptr %block, null
  br i1 %missing, label %all, label %count
count:
  %used.at = getelementptr i8, ptr %block, i64 16
  %used = load i64, ptr %used.at
  %sum = add i64 %above, %used
  %reached = icmp eq ptr %block, %home
  br i1 %reached, label %begun, label %next
next:
  %below = load ptr, ptr %block
  br label %each
begun:
  %own = sub i64 %sum, %mark
  ret i64 %own
all:
  ret i64 %above
}}

declare i64 @llvm.umax.i64(i64, i64)
"""
