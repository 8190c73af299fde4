"""The compiled functions that ask a device for memory, as LLVM IR.

The record of a call has, at `DEVICE_MEMORY`, the address of a block of words::

    0, 1    the addresses of cuMemAllocAsync and cuMemFreeAsync
    2       the stream
    3       of each output three words: its rank, the bytes of an element, its place in the table
    4       the table of outputs: of each its address, 0 before it is made, and its lengths
    5       the pieces of scratch memory, in the order in which they were asked for
    6, 7    how many pieces there are, and for how many there is room

A piece is an address of the device, or one of the host's memory with its lowest bit set.
"""

from __future__ import annotations

from lamina.runtime import arena
from lamina.runtime.descriptor import DEVICE_MEMORY

ALLOCATE, FREE, STREAM, SPECS, OUTPUTS, PIECES, COUNT, ROOM = range(8)
LIBC = ("free", "memcpy", "posix_memalign", "realloc")
OF_HOST = -1  # a status: the host's memory is full


def _word(name: str, number: int, type: str) -> str:
    return (
        f"  %{name}.at = getelementptr i64, ptr %block, i64 {number}\n"
        f"  %{name} = load {type}, ptr %{name}.at"
    )


_BLOCK = f"""entry:
  %memory.at = getelementptr i64, ptr %ctx, i64 {DEVICE_MEMORY}
  %block = load ptr, ptr %memory.at"""


IR = f"""
declare ptr @realloc(ptr, i64)
declare i32 @posix_memalign(ptr, i64, i64)
declare void @free(ptr)
declare i64 @llvm.umax.i64(i64, i64)
declare {{ i64, i1 }} @llvm.umul.with.overflow.i64(i64, i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare ptr @lamina_output_refused(ptr, i64, ptr, i32)
declare ptr @lamina_piece_refused(ptr, i64, i32)

; Whether there is room for the address of one more piece.
define internal i1 @room(ptr %block) {{
{_word("pieces", PIECES, "ptr")}
{_word("count", COUNT, "i64")}
{_word("room", ROOM, "i64")}
  %full = icmp eq i64 %count, %room
  br i1 %full, label %grow, label %enough
grow:
  %twice = shl i64 %room, 1
  %more = call i64 @llvm.umax.i64(i64 %twice, i64 16)
  %bytes = shl i64 %more, 3
  %moved = call ptr @realloc(ptr %pieces, i64 %bytes)
  %refused = icmp eq ptr %moved, null
  br i1 %refused, label %none, label %grown
grown:
  store ptr %moved, ptr %pieces.at
  store i64 %more, ptr %room.at
  br label %enough
enough:
  ret i1 true
none:
  ret i1 false
}}

define internal void @keep(ptr %block, i64 %piece) {{
{_word("pieces", PIECES, "ptr")}
{_word("count", COUNT, "i64")}
  %at = getelementptr i64, ptr %pieces, i64 %count
  store i64 %piece, ptr %at
  %next = add i64 %count, 1
  store i64 %next, ptr %count.at
  ret void
}}

; Gives back all pieces but the first.
define internal void @shed(ptr %block, i64 %kept) {{
entry:
{_word("pieces", PIECES, "ptr")}
{_word("release", FREE, "ptr")}
{_word("stream", STREAM, "ptr")}
{_word("all", COUNT, "i64")}
  br label %look
look:
  %count = phi i64 [ %all, %entry ], [ %last, %device ], [ %last, %host ]
  %done = icmp sle i64 %count, %kept
  br i1 %done, label %end, label %next
next:
  %last = sub i64 %count, 1
  %at = getelementptr i64, ptr %pieces, i64 %last
  %piece = load i64, ptr %at
  %bit = and i64 %piece, 1
  %is.host = icmp ne i64 %bit, 0
  br i1 %is.host, label %host, label %device
host:
  %address = sub i64 %piece, 1
  %pointer = inttoptr i64 %address to ptr
  call void @free(ptr %pointer)
  br label %look
device:
  %status = call i32 %release(i64 %piece, ptr %stream)
  br label %look
end:
  store i64 %count, ptr %all.at
  ret void
}}

define ptr @lamina_device_workspace(ptr %ctx, i64 %bytes) {{
{_BLOCK}
  %place = alloca i64
  %fits = call i1 @room(ptr %block)
  br i1 %fits, label %ask, label %no.room
no.room:
  %null = call ptr @lamina_piece_refused(ptr %ctx, i64 %bytes, i32 {OF_HOST})
  ret ptr null
ask:
{_word("allocate", ALLOCATE, "ptr")}
{_word("stream", STREAM, "ptr")}
  %size = call i64 @llvm.umax.i64(i64 %bytes, i64 1)
  %status = call i32 %allocate(ptr %place, i64 %size, ptr %stream)
  %refused = icmp ne i32 %status, 0
  br i1 %refused, label %again, label %got
got:
  %given = load ptr, ptr %place
  br label %have
again:
  %found = call ptr @lamina_piece_refused(ptr %ctx, i64 %bytes, i32 %status)
  %failed = icmp eq ptr %found, null
  br i1 %failed, label %nothing, label %have
have:
  %address = phi ptr [ %given, %got ], [ %found, %again ]
  %piece = ptrtoint ptr %address to i64
  call void @keep(ptr %block, i64 %piece)
  ret ptr %address
nothing:
  ret ptr null
}}

define ptr @lamina_workspace(ptr %ctx, i64 %bytes) {{
{_BLOCK}
  %place = alloca ptr
  ; Unsigned: a size below 0 is too large as well.
  %absurd = icmp ugt i64 %bytes, {arena.LARGEST}
  br i1 %absurd, label %nothing, label %sensible
sensible:
  %fits = call i1 @room(ptr %block)
  br i1 %fits, label %ask, label %nothing
ask:
  %size = call i64 @llvm.umax.i64(i64 %bytes, i64 1)
  %error = call i32 @posix_memalign(ptr %place, i64 64, i64 %size)
  %refused = icmp ne i32 %error, 0
  br i1 %refused, label %nothing, label %got
got:
  %address = load ptr, ptr %place
  %number = ptrtoint ptr %address to i64
  %piece = add i64 %number, 1
  call void @keep(ptr %block, i64 %piece)
  ret ptr %address
nothing:
  %null = call ptr @lamina_piece_refused(ptr %ctx, i64 %bytes, i32 {OF_HOST})
  ret ptr null
}}

define void @lamina_workspace_mark(ptr %ctx, ptr %place) {{
{_BLOCK}
{_word("count", COUNT, "i64")}
  store ptr %block, ptr %place
  %second = getelementptr i64, ptr %place, i64 1
  store i64 %count, ptr %second
  ret void
}}

define void @lamina_workspace_reset(ptr %place) {{
  %block = load ptr, ptr %place
  %second = getelementptr i64, ptr %place, i64 1
  %count = load i64, ptr %second
  call void @shed(ptr %block, i64 %count)
  ret void
}}

; To be called once behind a call, whatever became of it.
define void @lamina_workspace_end(ptr %block) {{
  call void @shed(ptr %block, i64 0)
{_word("pieces", PIECES, "ptr")}
  call void @free(ptr %pieces)
  ret void
}}

define ptr @lamina_output(ptr %ctx, i64 %index, ptr %dims) {{
{_BLOCK}
  %place = alloca i64
{_word("specs", SPECS, "ptr")}
{_word("outputs", OUTPUTS, "ptr")}
{_word("allocate", ALLOCATE, "ptr")}
{_word("release", FREE, "ptr")}
{_word("stream", STREAM, "ptr")}
  %spec = getelementptr [3 x i64], ptr %specs, i64 %index
  %rank = load i64, ptr %spec
  %itemsize.at = getelementptr i64, ptr %spec, i64 1
  %itemsize = load i64, ptr %itemsize.at
  %slot.at = getelementptr i64, ptr %spec, i64 2
  %number = load i64, ptr %slot.at
  %slot = getelementptr i64, ptr %outputs, i64 %number
  br label %measure
measure:
  %axis = phi i64 [ 0, %entry ], [ %axis.next, %grown ]
  %bytes = phi i64 [ %itemsize, %entry ], [ %product, %grown ]
  %measured = icmp eq i64 %axis, %rank
  br i1 %measured, label %ask, label %length
length:
  %n.at = getelementptr i64, ptr %dims, i64 %axis
  %n = load i64, ptr %n.at
  %axis.next = add i64 %axis, 1
  %negative = icmp slt i64 %n, 0
  br i1 %negative, label %again, label %grow
grow:
  %pair = call {{ i64, i1 }} @llvm.umul.with.overflow.i64(i64 %bytes, i64 %n)
  %product = extractvalue {{ i64, i1 }} %pair, 0
  %overflows = extractvalue {{ i64, i1 }} %pair, 1
  br i1 %overflows, label %again, label %grown
grown:
  br label %measure
ask:
  %size = call i64 @llvm.umax.i64(i64 %bytes, i64 1)
  %status = call i32 %allocate(ptr %place, i64 %size, ptr %stream)
  %refused = icmp ne i32 %status, 0
  br i1 %refused, label %again, label %got
got:
  %given = load ptr, ptr %place
  br label %have
again:
  %why = phi i32 [ 0, %length ], [ 0, %grow ], [ %status, %ask ]
  %found = call ptr @lamina_output_refused(ptr %ctx, i64 %index, ptr %dims, i32 %why)
  %failed = icmp eq ptr %found, null
  br i1 %failed, label %nothing, label %have
have:
  %address = phi ptr [ %given, %got ], [ %found, %again ]
  %former = load i64, ptr %slot
  store ptr %address, ptr %slot
  %lengths = getelementptr i64, ptr %slot, i64 1
  %bytes.of.lengths = shl i64 %rank, 3
  call void @llvm.memcpy.p0.p0.i64(ptr %lengths, ptr %dims, i64 %bytes.of.lengths, i1 false)
  %first = icmp eq i64 %former, 0
  br i1 %first, label %made, label %replace
replace:
  %released = call i32 %release(i64 %former, ptr %stream)
  br label %made
made:
  ret ptr %address
nothing:
  ret ptr null
}}
"""
