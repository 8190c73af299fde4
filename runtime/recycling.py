"""Large result arrays, used again once the caller has let go of them.

Fresh memory costs a page fault every 4 KiB: for an array of a million floats more than the computation of it. So a ring keeps
a reference to the last large results. One that nobody else refers to any more (neither its user nor a view of it) is
given out again when a result of its dtype and shape is asked for; it is as if it had been freed and allocated at the
same address. The ring holds at most `SLOTS` arrays, of at most `LARGEST` bytes each. All of it runs under the GIL.
"""

from __future__ import annotations

from lamina.runtime.abi import Layout

SLOTS = 8
SMALLEST = 1 << 16
LARGEST = 1 << 28
_USABLE = 0x1 | 0x4 | 0x100 | 0x400  # C-contiguous, owns its data, aligned, writeable


def ir(layout: Layout) -> str:
    """Return LLVM IR of lamina_recycled and lamina_remember."""
    return f"""
@ring = internal global [{SLOTS} x ptr] zeroinitializer
@ring.next = internal global i64 0

; The number of references to an object. Only to compare with 1: what is immortal has more.
define internal i32 @references(ptr %object) alwaysinline {{
  %count = load i32, ptr %object
  ret i32 %count
}}

; A new reference to an array of the ring that has this dtype and shape and no other user, or null.
define internal ptr @lamina_recycled(ptr %dtype, i32 %rank, ptr %dims) {{
entry:
  br label %next
next:
  %index = phi i64 [ 0, %entry ], [ %after, %other ]
  %slot = getelementptr ptr, ptr @ring, i64 %index
  %array = load ptr, ptr %slot
  %empty = icmp eq ptr %array, null
  br i1 %empty, label %other, label %held
held:
  %count = call i32 @references(ptr %array)
  %free = icmp eq i32 %count, 1
  br i1 %free, label %unused, label %other
unused:
  %dtype.at = getelementptr i8, ptr %array, i64 {layout.dtype}
  %its.dtype = load ptr, ptr %dtype.at
  %rank.at = getelementptr i8, ptr %array, i64 {layout.rank}
  %its.rank = load i32, ptr %rank.at
  %flags.at = getelementptr i8, ptr %array, i64 {layout.flags}
  %flags = load i32, ptr %flags.at
  %usable = and i32 %flags, {_USABLE}
  %same.dtype = icmp eq ptr %its.dtype, %dtype
  %same.rank = icmp eq i32 %its.rank, %rank
  %same.flags = icmp eq i32 %usable, {_USABLE}
  %alike = and i1 %same.dtype, %same.rank
  %fit = and i1 %alike, %same.flags
  br i1 %fit, label %measure, label %other
measure:
  %dims.at = getelementptr i8, ptr %array, i64 {layout.dims}
  %its.dims = load ptr, ptr %dims.at
  %wide = zext i32 %rank to i64
  %bytes = mul i64 %wide, 8
  %difference = call i32 @memcmp(ptr %its.dims, ptr %dims, i64 %bytes)
  %same = icmp eq i32 %difference, 0
  br i1 %same, label %found, label %other
found:
  call void @Py_IncRef(ptr %array)
  ret ptr %array
other:
  %after = add i64 %index, 1
  %more = icmp ult i64 %after, {SLOTS}
  br i1 %more, label %next, label %none
none:
  ret ptr null
}}

; Holds on to a large new array, in the place of the one that was held longest.
define internal void @lamina_remember(ptr %array) {{
  %index = load i64, ptr @ring.next
  %after = add i64 %index, 1
  %wrapped = urem i64 %after, {SLOTS}
  store i64 %wrapped, ptr @ring.next
  %slot = getelementptr ptr, ptr @ring, i64 %index
  %former = load ptr, ptr %slot
  call void @Py_IncRef(ptr %array)
  store ptr %array, ptr %slot
  call void @Py_DecRef(ptr %former)
  ret void
}}

; The size in bytes of an array, or 0 where it is too small, too large or impossible to recycle.
define internal i64 @lamina_recyclable(i64 %itemsize, i64 %rank, ptr %dims) {{
entry:
  br label %next
next:
  %axis = phi i64 [ 0, %entry ], [ %after, %more ]
  %size = phi i64 [ %itemsize, %entry ], [ %larger, %more ]
  %done = icmp eq i64 %axis, %rank
  br i1 %done, label %judge, label %grow
grow:
  %at = getelementptr i64, ptr %dims, i64 %axis
  %length = load i64, ptr %at
  %sensible = icmp ult i64 %length, {LARGEST}
  br i1 %sensible, label %more, label %no
more:
  %larger = mul i64 %size, %length
  %after = add i64 %axis, 1
  %still = icmp ule i64 %larger, {LARGEST}
  br i1 %still, label %next, label %no
judge:
  %large = icmp uge i64 %size, {SMALLEST}
  %answer = select i1 %large, i64 %size, i64 0
  ret i64 %answer
no:
  ret i64 0
}}

declare i32 @memcmp(ptr, ptr, i64)
"""
