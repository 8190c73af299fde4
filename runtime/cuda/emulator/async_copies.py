"""``cp.async``: copies from device to workgroup memory, done when they are waited for.

Until then their target counts as not written, so that a wait that is missing, or for too few
groups, is found. PTX ISA 8.5, section 9.7.8.24.
"""

from __future__ import annotations

import re

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.ir_lines import Call
from lamina.runtime.cuda.emulator.workgroup import UNINITIALISED, WRITTEN

# A thread's queue: target, source, bytes of the target, bytes of the source, group.
CAPACITY = 512
ENTRY_BYTES = 32

_COPY = re.compile(r"llvm\.nvvm\.cp\.async\.c[ag]\.shared\.global\.(\d+)(\.s)?$")

_IR = f"""
define internal ptr @copy.entry(ptr %thread, i32 %i) alwaysinline {{
  %queue = call ptr @thread.queue(ptr %thread)
  %n = zext i32 %i to i64
  %o = mul i64 %n, {ENTRY_BYTES}
  %at = getelementptr i8, ptr %queue, i64 %o
  ret ptr %at
}}

define internal void @copy.issue(ptr %launch, ptr %thread, i64 %to, i64 %from, i32 %n,
                                 i32 %taken) {{
  %i = call i32 @thread.copies(ptr %thread)
  %full = icmp uge i32 %i, {CAPACITY}
  br i1 %full, label %refused, label %room
refused:
  call void @fault(ptr %launch, ptr %thread, i32 {int(Fault.COPIES)}, i64 0, i64 0, i32 0, i64 0)
  unreachable
room:
  %at = call ptr @copy.entry(ptr %thread, i32 %i)
  store i64 %to, ptr %at
  %at.from = getelementptr i8, ptr %at, i64 8
  store i64 %from, ptr %at.from
  %at.n = getelementptr i8, ptr %at, i64 16
  store i32 %n, ptr %at.n
  %at.taken = getelementptr i8, ptr %at, i64 20
  store i32 %taken, ptr %at.taken
  %group = call i32 @thread.copy_groups(ptr %thread)
  %at.group = getelementptr i8, ptr %at, i64 24
  store i32 %group, ptr %at.group
  %more = add i32 %i, 1
  call void @thread.set_copies(ptr %thread, i32 %more)
  call void @copy.mark(i64 %to, i32 %n, i8 {UNINITIALISED})
  ret void
}}

define internal void @copy.mark(i64 %to, i32 %n, i8 %state) {{
  %o = sub i64 %to, ptrtoint (ptr @workgroup to i64)
  %p = getelementptr i8, ptr @workgroup.shadow, i64 %o
  %wide = zext i32 %n to i64
  call void @llvm.memset.p0.i64(ptr %p, i8 %state, i64 %wide, i1 false)
  ret void
}}

define internal void @copy.commit(ptr %thread) {{
  %group = call i32 @thread.copy_groups(ptr %thread)
  %next = add i32 %group, 1
  call void @thread.set_copy_groups(ptr %thread, i32 %next)
  ret void
}}

; Does the copies of all groups but the last `pending` committed ones, in order.
define internal void @copy.wait(ptr %thread, i32 %pending) {{
  %groups = call i32 @thread.copy_groups(ptr %thread)
  %first = call i32 @llvm.usub.sat.i32(i32 %groups, i32 %pending)
  %limit.all = icmp eq i32 %pending, -1
  %limit = select i1 %limit.all, i32 -1, i32 %first
  %n = call i32 @thread.copies(ptr %thread)
  br label %loop
loop:
  %i = phi i32 [ 0, %0 ], [ %i.next, %next ]
  %kept = phi i32 [ 0, %0 ], [ %kept.next, %next ]
  %end = icmp uge i32 %i, %n
  br i1 %end, label %finished, label %one
one:
  %at = call ptr @copy.entry(ptr %thread, i32 %i)
  %at.group = getelementptr i8, ptr %at, i64 24
  %group = load i32, ptr %at.group
  %ready = icmp ult i32 %group, %limit
  br i1 %ready, label %do, label %keep
do:
  %to = load i64, ptr %at
  %at.from = getelementptr i8, ptr %at, i64 8
  %from = load i64, ptr %at.from
  %at.n = getelementptr i8, ptr %at, i64 16
  %bytes = load i32, ptr %at.n
  %at.taken = getelementptr i8, ptr %at, i64 20
  %taken = load i32, ptr %at.taken
  %target = inttoptr i64 %to to ptr
  %source = inttoptr i64 %from to ptr
  %bytes.64 = zext i32 %bytes to i64
  %taken.64 = zext i32 %taken to i64
  call void @llvm.memset.p0.i64(ptr %target, i8 0, i64 %bytes.64, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %source, i64 %taken.64, i1 false)
  call void @copy.mark(i64 %to, i32 %bytes, i8 {WRITTEN})
  br label %next
keep:
  %place = call ptr @copy.entry(ptr %thread, i32 %kept)
  call void @llvm.memmove.p0.p0.i64(ptr %place, ptr %at, i64 {ENTRY_BYTES}, i1 false)
  %kept.one = add i32 %kept, 1
  br label %next
next:
  %kept.next = phi i32 [ %kept, %do ], [ %kept.one, %keep ]
  %i.next = add i32 %i, 1
  br label %loop
finished:
  call void @thread.set_copies(ptr %thread, i32 %kept)
  ret void
}}
declare i32 @llvm.usub.sat.i32(i32, i32)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)"""


def ir() -> str:
    """The functions that the lines of `copied` call."""
    return _IR


def copy_bytes(call: Call) -> int | None:
    """The bytes that a call copies; None if it is no asynchronous copy."""
    match = _COPY.match(call.callee)
    return int(match[1]) if match else None


def issue(call: Call, nbytes: int, to: str, source: str) -> str:
    """The line that notes a copy; what the source lacks is filled with zeros."""
    taken = call.operands[2].value if len(call.operands) > 2 else str(nbytes)
    return (
        f"  call void @copy.issue(ptr %launch, ptr %thread, i64 {to}, i64 {source}, "
        f"i32 {nbytes}, i32 {taken})"
    )


def waited(call: Call) -> str | None:
    """The line for a commit or a wait; None for a call of something else."""
    match call.callee.removeprefix("llvm.nvvm.cp.async."):
        case "commit.group":
            return "  call void @copy.commit(ptr %thread)"
        case "wait.group":
            return f"  call void @copy.wait(ptr %thread, {call.operands[0]})"
        case "wait.all":
            return "  call void @copy.wait(ptr %thread, i32 -1)"
    return None
