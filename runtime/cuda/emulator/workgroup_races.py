"""Who wrote and who read each byte of workgroup memory since the last barrier.

What one thread writes no other may read or write before a barrier, or, in one warp, before a
collective of the whole warp, unless both are atomic or write the same value. For each byte the
last writer and the last reader are kept, each as four words: the number of the barrier before, the
thread's number and one, how many collectives the thread had passed, and a flag. A writer's flag is
1 for an atomic operation; a reader's is 1 if other lanes of its warp have read since the same
collective, 2 if threads of another warp have since the barrier.
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.access_histories import KEPT, UNCHANGED, each_byte, stored
from lamina.runtime.cuda.emulator.faults import Fault

_ENTRY = 32

_ORDERED = """
; What an access that was noted is to this one: 0 before it in every order, 1 of the same thread,
; 2 of another lane of the warp with no collective since, 3 of another warp.
define internal i32 @workgroup.relation(ptr %launch, ptr %thread, ptr %entry) alwaysinline {
  %e.now = call i32 @launch.epoch(ptr %launch)
  %number = call i32 @thread.number(ptr %thread)
  %me = add i32 %number, 1
  %syncs = call i32 @thread.syncs(ptr %thread)
  %epoch = load i32, ptr %entry
  %who.p = getelementptr i8, ptr %entry, i64 4
  %who = load i32, ptr %who.p
  %s.p = getelementptr i8, ptr %entry, i64 8
  %s = load i32, ptr %s.p
  %who.0 = sub i32 %who, 1
  %warp = lshr i32 %number, 5
  %its.warp = lshr i32 %who.0, 5
  %near = icmp eq i32 %warp, %its.warp
  %mine = icmp eq i32 %who, %me
  %since = icmp ugt i32 %syncs, %s
  %lane = select i1 %mine, i32 1, i32 2
  %synced = select i1 %since, i32 0, i32 %lane
  %same = select i1 %near, i32 %synced, i32 3
  %now = icmp eq i32 %epoch, %e.now
  %r = select i1 %now, i32 %same, i32 0
  ret i32 %r
}
define internal void @workgroup.note(ptr %launch, ptr %thread, ptr %entry, i32 %flag) alwaysinline {
  %epoch = call i32 @launch.epoch(ptr %launch)
  %number = call i32 @thread.number(ptr %thread)
  %me = add i32 %number, 1
  %syncs = call i32 @thread.syncs(ptr %thread)
  store i32 %epoch, ptr %entry
  %who.p = getelementptr i8, ptr %entry, i64 4
  store i32 %me, ptr %who.p
  %s.p = getelementptr i8, ptr %entry, i64 8
  store i32 %syncs, ptr %s.p
  %flag.p = getelementptr i8, ptr %entry, i64 12
  store i32 %flag, ptr %flag.p
  ret void
}"""

_AT = f"""  %entry.o = mul i64 %at, {_ENTRY}
  %writer = getelementptr i8, ptr @workgroup.history, i64 %entry.o
  %reader = getelementptr i8, ptr %writer, i64 16
  %w.is = call i32 @workgroup.relation(ptr %launch, ptr %thread, ptr %writer)
  %r.is = call i32 @workgroup.relation(ptr %launch, ptr %thread, ptr %reader)
  %w.ordered = icmp ule i32 %w.is, 1
  %w.flag.p = getelementptr i8, ptr %writer, i64 12
  %w.flag = load i32, ptr %w.flag.p
  %w.atomic = icmp ne i32 %w.flag, 0
  %r.flag.p = getelementptr i8, ptr %reader, i64 12
  %r.flag = load i32, ptr %r.flag.p
  %r.epoch = load i32, ptr %reader
  %epoch = call i32 @launch.epoch(ptr %launch)
  %r.now = icmp eq i32 %r.epoch, %epoch
  %r.warps.any = icmp eq i32 %r.flag, 2
  %r.warps = and i1 %r.warps.any, %r.now"""

_FAILED = """failed:
  %who.entry = phi ptr {failures}
  %who.p = getelementptr i8, ptr %who.entry, i64 4
  %who = load i32, ptr %who.p
  %who.0 = sub i32 %who, 1
  %other = zext i32 %who.0 to i64
  %address = add i64 %at, ptrtoint (ptr @workgroup to i64)"""

_LOAD = """  br i1 %w.ordered, label %ok, label %failed
ok:
  %f.1 = icmp eq i32 %r.is, 1
  %f.2 = icmp eq i32 %r.is, 2
  %f.3 = icmp eq i32 %r.is, 3
  %kept = select i1 %f.1, i32 %r.flag, i32 0
  %lanes = select i1 %f.2, i32 1, i32 %kept
  %across = or i1 %f.3, %r.warps
  %flag = select i1 %across, i32 2, i32 %lanes
  call void @workgroup.note(ptr %launch, ptr %thread, ptr %reader, i32 %flag)
  br label %next"""

_READERS = """readers:
  %r.mine = icmp eq i32 %r.is, 1
  %r.lanes = icmp ne i32 %r.flag, 0
  %others = and i1 %r.mine, %r.lanes
  %r.apart = icmp uge i32 %r.is, 2
  %bad.1 = or i1 %others, %r.apart
  %bad = or i1 %bad.1, %r.warps
  br i1 %bad, label %failed, label %ok
ok:
"""

_STORE = f"""  %p = getelementptr i8, ptr @workgroup, i64 %at
{UNCHANGED}
  %w.ok = or i1 %w.ordered, %same
  br i1 %w.ok, label %readers, label %failed
{_READERS}  call void @workgroup.note(ptr %launch, ptr %thread, ptr %writer, i32 0)
  br label %next"""

_ATOMIC = f"""  %w.ok = or i1 %w.ordered, %w.atomic
  br i1 %w.ok, label %readers, label %failed
{_READERS}  call void @workgroup.note(ptr %launch, ptr %thread, ptr %writer, i32 1)
  br label %next"""

_SAVED = f"""
define internal void @workgroup.store.before(ptr %launch, i64 %o, i64 %n) alwaysinline {{
  %p = getelementptr i8, ptr @workgroup, i64 %o
{KEPT}
  ret void
}}"""


def ir(size: int) -> str:
    """The history of `size` bytes of workgroup memory, and what checks of it call.

    ``@workgroup.KIND.each(launch, thread, offset, bytes)`` for loads and atomic operations;
    ``@workgroup.store.before(launch, offset, bytes)`` and ``@workgroup.stored(launch, thread,
    address, bytes)`` around stores.
    """
    failures = {
        "load": "[ %writer, %loop ]",
        "store": "[ %writer, %loop ], [ %reader, %readers ]",
        "atomic": "[ %writer, %loop ], [ %reader, %readers ]",
    }
    tests = {"load": _LOAD, "store": _STORE, "atomic": _ATOMIC}
    loops = [
        each_byte(
            "workgroup",
            kind,
            entry=_AT,
            test=test,
            failed=_FAILED.format(failures=failures[kind]),
            fault=str(int(Fault.WORKGROUP_RACE)),
        )
        for kind, test in tests.items()
    ]
    after = stored("workgroup", "ptrtoint (ptr @workgroup to i64)", size)
    history = f"@workgroup.history = global [{size * _ENTRY} x i8] zeroinitializer, align 16"
    return "\n".join([history, _ORDERED, *loops, _SAVED, after])
