"""What a compiled function that takes times calls: the clock, and the records that times go to."""

from __future__ import annotations

import ctypes
import time
from functools import cache
from typing import NamedTuple

from lamina.runtime.context import FIXED_WORDS, MARK_USED, NO_MARK
from lamina.runtime.descriptor import RECORD, RECORD_WORDS
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.linker import link_once
from lamina.runtime.machine_code import compile_ir

# The symbol of the records of a function: int64, of a row a piece.
RECORDS = "lamina_records"

_ROUNDS, _TIMES = 20, 500


def library(store: DiskCache) -> bytes:
    """The object that defines what the host function calls."""
    return compile_ir(ir(), store)


class ClockCost(NamedTuple):
    """What taking the time of a piece adds, in nanoseconds.

    Attributes
    ----------
    inside : float
        To the time of the piece.
    around : float
        To that of what the piece is in.
    """

    inside: float
    around: float


@cache
def clock_cost(image: bytes) -> ClockCost:
    """The least cost that is found in some milliseconds, with a library that is linked."""
    calibrate = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(
        link_once(image, {})["lamina_profile_calibrate"]
    )
    context = (ctypes.c_int64 * FIXED_WORDS)()
    context[MARK_USED // 8] = NO_MARK
    times = []
    for _ in range(_ROUNDS):
        record = (ctypes.c_int64 * RECORD_WORDS)()
        whole = calibrate(context, record, _TIMES)
        times.append(ClockCost(record[RECORD.index("nanoseconds")] / _TIMES, whole / _TIMES))
    return min(times, key=lambda cost: cost.around)


def ir() -> str:
    """Return LLVM IR of lamina_profile_start, lamina_profile_end, lamina_profile_bytes, and of
    lamina_profile_calibrate.
    """
    calls, nanoseconds, workspace, allocated = range(0, 8 * len(RECORD), 8)
    return f"""
declare i32 @clock_gettime(i32, ptr)
declare i64 @lamina_workspace_used(ptr)

define i64 @lamina_profile_start() {{
  %time = alloca {{ i64, i64 }}
  %status = call i32 @clock_gettime(i32 {time.CLOCK_MONOTONIC}, ptr %time)
  %seconds = load i64, ptr %time
  %rest.at = getelementptr i8, ptr %time, i64 8
  %rest = load i64, ptr %rest.at
  %whole = mul i64 %seconds, 1000000000
  %now = add i64 %whole, %rest
  ret i64 %now
}}

define void @lamina_profile_end(ptr %ctx, ptr %record, i64 %start) {{
  %now = call i64 @lamina_profile_start()
  %taken = sub i64 %now, %start
  %calls.at = getelementptr i8, ptr %record, i64 {calls}
  %calls = load i64, ptr %calls.at
  %calls.next = add i64 %calls, 1
  store i64 %calls.next, ptr %calls.at
  %total.at = getelementptr i8, ptr %record, i64 {nanoseconds}
  %total = load i64, ptr %total.at
  %total.next = add i64 %total, %taken
  store i64 %total.next, ptr %total.at
  %used = call i64 @lamina_workspace_used(ptr %ctx)
  %most.at = getelementptr i8, ptr %record, i64 {workspace}
  %most = load i64, ptr %most.at
  %most.next = call i64 @llvm.smax.i64(i64 %most, i64 %used)
  store i64 %most.next, ptr %most.at
  ret void
}}

define void @lamina_profile_bytes(ptr %record, i64 %bytes) {{
  %sum.at = getelementptr i8, ptr %record, i64 {allocated}
  %sum = load i64, ptr %sum.at
  %sum.next = add i64 %sum, %bytes
  store i64 %sum.next, ptr %sum.at
  ret void
}}

; The nanoseconds that %times empty pieces take.
define i64 @lamina_profile_calibrate(ptr %ctx, ptr %record, i64 %times) {{
entry:
  %begun = call i64 @lamina_profile_start()
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %after, %next ]
  %start = call i64 @lamina_profile_start()
  call void @lamina_profile_end(ptr %ctx, ptr %record, i64 %start)
  %after = add i64 %i, 1
  %more = icmp ult i64 %after, %times
  br i1 %more, label %next, label %done
done:
  %ended = call i64 @lamina_profile_start()
  %taken = sub i64 %ended, %begun
  ret i64 %taken
}}

declare i64 @llvm.smax.i64(i64, i64)
"""
