"""Memory of large results, kept for the next ones when their arrays end.

Fresh memory costs a page fault every 4 KiB: for a million floats more than their computation. NumPy
lets an array's memory come from another allocator, to which it also goes back. So a large
result is an ordinary array that owns its memory; what is kept after its end is bytes, which any
later result of about the same size takes. No array is held on to: references, weak references,
`resize` and NumPy's reuse of temporaries are as they would be without this.

A block's capacity follows from the size that NumPy asks for and names again when it frees, so that
blocks need no header. Of the free blocks at most `SLOTS` and at most `KEPT` bytes stay, the latest.
Arrays begin and end with the GIL held, which is the lock of all this.
"""

from __future__ import annotations

import sys

SLOTS = 16
KEPT = 1 << 28

# Results smaller than this are left to NumPy: malloc has memory for them that was used before.
SMALLEST = 1 << 16

# From here on blocks are whole huge pages (2 MiB), and the system is asked for such, as NumPy does.
_HUGE = 1 << 22 if sys.platform == "linux" else 1 << 62
_MADV_HUGEPAGE = 14

_NAME = "lamina" + r"\00" * 121


def ir() -> str:
    """Return LLVM IR of lamina_new_large, lamina_is_large and lamina_recycling_start."""
    return f"""
%slot = type {{ ptr, i64 }}

; PyDataMem_Handler: name, version, context, malloc, calloc, realloc, free.
@handler = internal constant {{ [127 x i8], i8, ptr, ptr, ptr, ptr, ptr }} {{
  [127 x i8] c"{_NAME}", i8 1, ptr null,
  ptr @large_malloc, ptr @large_calloc, ptr @large_realloc, ptr @large_free }}
@handler.name = internal constant [12 x i8] c"mem_handler\\00"
@capsule = internal global ptr null
@slots = internal global [{SLOTS} x %slot] zeroinitializer
@oldest = internal global i64 0
@kept = internal global i64 0

declare ptr @PyCapsule_New(ptr, ptr, ptr)
declare ptr @lamina_set_memory_handler(ptr)
declare void @PyErr_Fetch(ptr, ptr, ptr)
declare void @PyErr_Restore(ptr, ptr, ptr)
declare ptr @malloc(i64)
declare ptr @realloc(ptr, i64)
declare i32 @madvise(ptr, i64, i32)
declare ptr @memset(ptr, i32, i64)

; To be called once, before any other, with the GIL; gives null if there is no memory.
define ptr @lamina_recycling_start() {{
  %new = call ptr @PyCapsule_New(ptr @handler, ptr @handler.name, ptr null)
  store ptr %new, ptr @capsule
  ret ptr %new
}}

; Whether the product of sizes is large. One that overflows, or a size below 0, is NumPy's error.
define i1 @lamina_is_large(i32 %itemsize, i32 %rank, ptr %dims) {{
entry:
  %first = zext i32 %itemsize to i64
  br label %next
next:
  %axis = phi i32 [ 0, %entry ], [ %after, %more ]
  %size = phi i64 [ %first, %entry ], [ %larger, %more ]
  %large = icmp uge i64 %size, {SMALLEST}
  %end = icmp uge i32 %axis, %rank
  %decided = or i1 %large, %end
  br i1 %decided, label %done, label %more
more:
  %at = getelementptr i64, ptr %dims, i32 %axis
  %length = load i64, ptr %at
  %bounded = call i64 @llvm.umin.i64(i64 %length, i64 {SMALLEST})
  %larger = mul i64 %size, %bounded
  %after = add i32 %axis, 1
  br label %next
done:
  ret i1 %large
}}

; A new array whose memory comes from here; null if there is an exception.
define ptr @lamina_new_large(ptr %dtype, i32 %rank, ptr %dims) {{
  %type = alloca ptr
  %value = alloca ptr
  %traceback = alloca ptr
  %mine = load ptr, ptr @capsule
  %former = call ptr @lamina_set_memory_handler(ptr %mine)
  %refused = icmp eq ptr %former, null
  br i1 %refused, label %nothing, label %set
set:
  call void @Py_IncRef(ptr %dtype)
  %array = call ptr @lamina_new_array(ptr @lamina_type_ndarray, ptr %dtype, i32 %rank,
    ptr %dims, ptr null, ptr null, i32 0, ptr null)
  %failed = icmp eq ptr %array, null
  br i1 %failed, label %guard, label %reset
guard:
  ; The exception stays out of the way of what resets the handler.
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %traceback)
  %back.then = call ptr @lamina_set_memory_handler(ptr %former)
  call void @Py_DecRef(ptr %back.then)
  call void @Py_DecRef(ptr %former)
  %type.held = load ptr, ptr %type
  %value.held = load ptr, ptr %value
  %traceback.held = load ptr, ptr %traceback
  call void @PyErr_Restore(ptr %type.held, ptr %value.held, ptr %traceback.held)
  ret ptr null
reset:
  %back = call ptr @lamina_set_memory_handler(ptr %former)
  call void @Py_DecRef(ptr %former)
  call void @Py_DecRef(ptr %back)
  %stuck = icmp eq ptr %back, null
  br i1 %stuck, label %drop, label %done
drop:
  call void @Py_DecRef(ptr %array)
  ret ptr null
done:
  ret ptr %array
nothing:
  ret ptr null
}}

; The bytes of the block for an array of a size; small ones (after a resize) are libc's own.
define internal i64 @capacity(i64 %size) {{
  %small = icmp ult i64 %size, {SMALLEST}
  %huge = icmp uge i64 %size, {_HUGE}
  %unit = select i1 %huge, i64 {1 << 21}, i64 {1 << 12}
  %less = sub i64 %unit, 1
  %above = add i64 %size, %less
  %mask = sub i64 0, %unit
  %whole = and i64 %above, %mask
  %capacity = select i1 %small, i64 %size, i64 %whole
  ret i64 %capacity
}}

define internal ptr @large_malloc(ptr %context, i64 %size) {{
entry:
  %address = alloca ptr
  %capacity = call i64 @capacity(i64 %size)
  %small = icmp ult i64 %size, {SMALLEST}
  br i1 %small, label %plain, label %look
plain:
  %piece = call ptr @malloc(i64 %size)
  ret ptr %piece
look:
  %index = phi i64 [ 0, %entry ], [ %after, %other ]
  %slot = getelementptr %slot, ptr @slots, i64 %index
  %its.capacity.at = getelementptr i8, ptr %slot, i64 8
  %its.capacity = load i64, ptr %its.capacity.at
  %fits = icmp eq i64 %its.capacity, %capacity
  br i1 %fits, label %take, label %other
take:
  %block = load ptr, ptr %slot
  call void @forget(i64 %index)
  ret ptr %block
other:
  %after = add i64 %index, 1
  %more = icmp ult i64 %after, {SLOTS}
  br i1 %more, label %look, label %fresh
fresh:
  %huge = icmp uge i64 %size, {_HUGE}
  %alignment = select i1 %huge, i64 {1 << 21}, i64 64
  %error = call i32 @posix_memalign(ptr %address, i64 %alignment, i64 %capacity)
  %refused = icmp ne i32 %error, 0
  br i1 %refused, label %no.memory, label %got
got:
  %new = load ptr, ptr %address
  br i1 %huge, label %advise, label %done
advise:
  %advised = call i32 @madvise(ptr %new, i64 %capacity, i32 {_MADV_HUGEPAGE})
  br label %done
done:
  ret ptr %new
no.memory:
  ret ptr null
}}

define internal ptr @large_calloc(ptr %context, i64 %count, i64 %size) {{
  %bytes = mul i64 %count, %size
  %block = call ptr @large_malloc(ptr null, i64 %bytes)
  %none = icmp eq ptr %block, null
  br i1 %none, label %done, label %clear
clear:
  %cleared = call ptr @memset(ptr %block, i32 0, i64 %bytes)
  br label %done
done:
  ret ptr %block
}}

define internal ptr @large_realloc(ptr %context, ptr %block, i64 %size) {{
  %capacity = call i64 @capacity(i64 %size)
  %moved = call ptr @realloc(ptr %block, i64 %capacity)
  ret ptr %moved
}}

; Empties a slot without freeing its block.
define internal void @forget(i64 %index) {{
  %slot = getelementptr %slot, ptr @slots, i64 %index
  %capacity.at = getelementptr i8, ptr %slot, i64 8
  %capacity = load i64, ptr %capacity.at
  store ptr null, ptr %slot
  store i64 0, ptr %capacity.at
  %before = load i64, ptr @kept
  %less = sub i64 %before, %capacity
  store i64 %less, ptr @kept
  ret void
}}

; The block takes the oldest slot; the next oldest are freed until no more than {KEPT} bytes stay.
define internal void @large_free(ptr %context, ptr %block, i64 %size) {{
entry:
  %capacity = call i64 @capacity(i64 %size)
  %small = icmp ult i64 %size, {SMALLEST}
  %huge = icmp ugt i64 %capacity, {KEPT}
  %nothing = icmp eq ptr %block, null
  %odd = or i1 %small, %huge
  %give.up = or i1 %odd, %nothing
  br i1 %give.up, label %free.it, label %keep
free.it:
  call void @free(ptr %block)
  ret void
keep:
  %index = load i64, ptr @oldest
  %slot = getelementptr %slot, ptr @slots, i64 %index
  %former = load ptr, ptr %slot
  call void @forget(i64 %index)
  call void @free(ptr %former)
  store ptr %block, ptr %slot
  %capacity.at = getelementptr i8, ptr %slot, i64 8
  store i64 %capacity, ptr %capacity.at
  %before = load i64, ptr @kept
  %now = add i64 %before, %capacity
  store i64 %now, ptr @kept
  %second = add i64 %index, 1
  %wrapped = urem i64 %second, {SLOTS}
  store i64 %wrapped, ptr @oldest
  br label %shrink
shrink:
  ; It ends before it comes to the block itself, which fits.
  %turn = phi i64 [ %wrapped, %keep ], [ %turned, %evict ]
  %total = load i64, ptr @kept
  %excess = icmp ugt i64 %total, {KEPT}
  br i1 %excess, label %evict, label %done
evict:
  %victim.at = getelementptr %slot, ptr @slots, i64 %turn
  %victim = load ptr, ptr %victim.at
  call void @forget(i64 %turn)
  call void @free(ptr %victim)
  %following = add i64 %turn, 1
  %turned = urem i64 %following, {SLOTS}
  br label %shrink
done:
  ret void
}}

declare i64 @llvm.umin.i64(i64, i64)
"""
