"""The record of one call, `%ctx`, and the compiled functions that act on it.

The call wrapper makes the record on its stack::

    offset  0   4 x i64              what lamina_main says about an error
           32   ptr                  dtype, rank, itemsize of each output, { ptr, i32, i32 }
           40   ptr, i64             where this call began in the thread's workspace (arena.py)
           56   ptr                  what a Python callback has computed, while the host copies it
           64   ptr for each output  the arrays made so far, else null
"""

from __future__ import annotations

from lamina.runtime.abi import Layout

OUTPUT_SPECS = 32
MARK_BLOCK = 40
MARK_USED = 48
HELD = 56
OUTPUTS = 64

# Size of a record and of the fixed part before the outputs, in words.
FIXED_WORDS = OUTPUTS // 8

# A mark that no call has: its workspace has not begun.
NO_MARK = -1


def ir(layout: Layout) -> str:
    """Return LLVM IR of lamina_output, lamina_drop and lamina_fail."""
    return f"""
@lamina_type_ndarray = external global i8
@lamina_type_RuntimeError = external global i8
{_string("details", "L(LLLL)")}
{_string("unreported", "a compiled function failed and gave no reason")}

declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare ptr @PyErr_Occurred()
declare void @PyErr_SetString(ptr, ptr)
declare ptr @PyObject_CallFunction(ptr, ptr, ...)
declare ptr @lamina_new_array(ptr, ptr, i32, ptr, ptr, ptr, i32, ptr)

; Sizes below 0 and sizes that overflow are NumPy's errors, as a lack of memory is.
define ptr @lamina_output(ptr %ctx, i64 %index, ptr %dims) {{
  %specs.at = getelementptr i8, ptr %ctx, i64 {OUTPUT_SPECS}
  %specs = load ptr, ptr %specs.at
  %spec = getelementptr {{ ptr, i32, i32 }}, ptr %specs, i64 %index
  %dtype = load ptr, ptr %spec
  %rank.at = getelementptr i8, ptr %spec, i64 8
  %rank = load i32, ptr %rank.at
  %itemsize.at = getelementptr i8, ptr %spec, i64 12
  %itemsize = load i32, ptr %itemsize.at
  %is.large = call i1 @lamina_is_large(i32 %itemsize, i32 %rank, ptr %dims)
  br i1 %is.large, label %make.large, label %make
make.large:
  %large = call ptr @lamina_new_large(ptr %dtype, i32 %rank, ptr %dims)
  br label %keep
make:
  call void @Py_IncRef(ptr %dtype)
  %small = call ptr @lamina_new_array(ptr @lamina_type_ndarray, ptr %dtype, i32 %rank,
    ptr %dims, ptr null, ptr null, i32 0, ptr null)
  br label %keep
keep:
  %array = phi ptr [ %large, %make.large ], [ %small, %make ]
  %outputs = getelementptr i8, ptr %ctx, i64 {OUTPUTS}
  %slot = getelementptr ptr, ptr %outputs, i64 %index
  %former = load ptr, ptr %slot
  store ptr %array, ptr %slot
  call void @Py_DecRef(ptr %former)
  %failed = icmp eq ptr %array, null
  br i1 %failed, label %nothing, label %made
made:
  %data.at = getelementptr i8, ptr %array, i64 {layout.data}
  %data = load ptr, ptr %data.at
  ret ptr %data
nothing:
  ret ptr null
}}

; Gives back references to the objects at %first; some may be null.
define void @lamina_drop(ptr %first, i64 %count) {{
entry:
  %empty = icmp eq i64 %count, 0
  br i1 %empty, label %done, label %next
next:
  %index = phi i64 [ 0, %entry ], [ %after, %next ]
  %slot = getelementptr ptr, ptr %first, i64 %index
  %object = load ptr, ptr %slot
  call void @Py_DecRef(ptr %object)
  %after = add i64 %index, 1
  %more = icmp ult i64 %after, %count
  br i1 %more, label %next, label %done
done:
  ret void
}}

; Has an exception set for a call that failed: the one that is set already, else what %report
; raises for a status above 0.
define void @lamina_fail(ptr %ctx, ptr %report, i64 %status) {{
  %pending = call ptr @PyErr_Occurred()
  %set = icmp ne ptr %pending, null
  br i1 %set, label %done, label %unset
unset:
  %reported = icmp sgt i64 %status, 0
  br i1 %reported, label %ask, label %wrong
ask:
  %d0 = load i64, ptr %ctx
  %at1 = getelementptr i64, ptr %ctx, i64 1
  %d1 = load i64, ptr %at1
  %at2 = getelementptr i64, ptr %ctx, i64 2
  %d2 = load i64, ptr %at2
  %at3 = getelementptr i64, ptr %ctx, i64 3
  %d3 = load i64, ptr %at3
  %answer = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr %report, ptr @details,
    i64 %status, i64 %d0, i64 %d1, i64 %d2, i64 %d3)
  %raised = icmp eq ptr %answer, null
  br i1 %raised, label %done, label %silent
silent:
  call void @Py_DecRef(ptr %answer)
  br label %wrong
wrong:
  call void @PyErr_SetString(ptr @lamina_type_RuntimeError, ptr @unreported)
  br label %done
done:
  ret void
}}
"""


def _string(name: str, text: str) -> str:
    return f'@{name} = private constant [{len(text) + 1} x i8] c"{text}\\00"'
