"""What a kernel can be stopped for: the numbers that its code stores, and the words for them."""

from __future__ import annotations

from enum import IntEnum


class Fault(IntEnum):
    """Why a kernel was stopped."""

    BOUNDS = 1
    MISALIGNED = 2
    WORKGROUP_BOUNDS = 3
    WORKGROUP_UNINITIALISED = 4
    BARRIER_EXIT = 5
    BARRIER_SITE = 6
    COLLECTIVE = 7
    INACTIVE_LANE = 8
    WRITE_WRITE = 9
    READ_WRITE = 10
    WORKGROUP_RACE = 11
    COPIES = 12
    TRAP = 13
    ASSERTION = 14
    DIVISION = 15


ACCESSES = ("load", "store", "atomic")

_IR = """
declare i32 @_setjmp(ptr) returns_twice
declare void @_longjmp(ptr, i32) noreturn

define internal void @fault(ptr %launch, ptr %thread, i32 %kind, i64 %address, i64 %bytes,
                            i32 %access, i64 %other) noinline noreturn cold {
  call void @launch.set_fault_kind(ptr %launch, i32 %kind)
  call void @launch.set_fault_address(ptr %launch, i64 %address)
  call void @launch.set_fault_bytes(ptr %launch, i64 %bytes)
  call void @launch.set_fault_access(ptr %launch, i32 %access)
  call void @launch.set_fault_other(ptr %launch, i64 %other)
  %number = call i32 @thread.number(ptr %thread)
  call void @launch.set_fault_thread(ptr %launch, i32 %number)
  %site = call i32 @thread.site(ptr %thread)
  call void @launch.set_fault_site(ptr %launch, i32 %site)
  %buffer = call ptr @launch.jump(ptr %launch)
  call void @_longjmp(ptr %buffer, i32 1)
  unreachable
}
"""


def ir() -> str:
    """``@fault(launch, thread, kind, address, bytes, access, other)``, which ends the launch."""
    return _IR
