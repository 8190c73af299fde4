"""Who wrote and who read each byte of device memory in a launch.

Blocks of one launch run in any order, so what one block writes no other may read or write, unless
both do it atomically, or both write the same value. For each byte two words are kept: the last
writer, with a bit for an atomic operation, and the reader.
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.access_histories import KEPT, UNCHANGED, each_byte, stored
from lamina.runtime.cuda.emulator.faults import Fault

HISTORY_BYTES = 8  # for each byte of device memory

_ONCE = """  %history = call i64 @launch.history(ptr %launch)
  %arena = call i64 @launch.arena(ptr %launch)
  %block = call i64 @launch.block(ptr %launch)
  %block.32 = trunc i64 %block to i32
  %me = add i32 %block.32, 1
"""

_ENTRY = f"""  %entry.o = mul i64 %at, {HISTORY_BYTES}
  %entry.a = add i64 %history, %entry.o
  %writer.p = inttoptr i64 %entry.a to ptr
  %reader.p = getelementptr i8, ptr %writer.p, i64 4
  %w = load i32, ptr %writer.p
  %r = load i32, ptr %reader.p
  %w.block = and i32 %w, 2147483647
  %w.none = icmp eq i32 %w, 0
  %w.mine = icmp eq i32 %w.block, %me
  %w.quiet = or i1 %w.none, %w.mine
  %r.none = icmp eq i32 %r, 0
  %r.mine = icmp eq i32 %r, %me
  %r.quiet = or i1 %r.none, %r.mine
  %w.atomic = icmp slt i32 %w, 0"""

_FAILED = """written:
  %w.block.0 = sub i32 %w.block, 1
  %w.other = zext i32 %w.block.0 to i64
  br label %failed
was.read:
  %r.block.0 = sub i32 %r, 1
  %r.other = zext i32 %r.block.0 to i64
  br label %failed
failed:
  %kind = phi i32 [ {written}, %written ], [ {read}, %was.read ]
  %other = phi i64 [ %w.other, %written ], [ %r.other, %was.read ]
  %address = add i64 %arena, %at"""

# A block that reads what several have read leaves the word for several, -1.
_LOAD = """  br i1 %w.quiet, label %ok, label %written
ok:
  %r.new = select i1 %r.quiet, i32 %me, i32 -1
  store i32 %r.new, ptr %reader.p
  br label %next"""

_STORE = f"""  %a = add i64 %arena, %at
  %p = inttoptr i64 %a to ptr
{UNCHANGED}
  %w.ok = or i1 %w.quiet, %same
  br i1 %w.ok, label %readers, label %written
readers:
  br i1 %r.quiet, label %ok, label %was.read
ok:
  store i32 %me, ptr %writer.p
  br label %next"""

_ATOMIC = """  %w.ok = or i1 %w.quiet, %w.atomic
  br i1 %w.ok, label %readers, label %written
readers:
  br i1 %r.quiet, label %ok, label %was.read
ok:
  %flagged = or i32 %me, -2147483648
  store i32 %flagged, ptr %writer.p
  br label %next"""

_ON = f"""
define internal void @race.load(ptr %launch, ptr %thread, i64 %o, i64 %n) alwaysinline {{
  call void @race.load.each(ptr %launch, ptr %thread, i64 %o, i64 %n)
  ret void
}}
define internal void @race.atomic(ptr %launch, ptr %thread, i64 %o, i64 %n) alwaysinline {{
  call void @race.atomic.each(ptr %launch, ptr %thread, i64 %o, i64 %n)
  ret void
}}
; Before a store: keeps the bytes that it overwrites.
define internal void @race.store(ptr %launch, ptr %thread, i64 %o, i64 %n) alwaysinline {{
  %arena = call i64 @launch.arena(ptr %launch)
  %a = add i64 %arena, %o
  %p = inttoptr i64 %a to ptr
{KEPT}
  ret void
}}"""

_ARENA = """  %arena = call i64 @launch.arena(ptr %launch)
  %size = call i64 @launch.arena_size(ptr %launch)
"""


def ir() -> str:
    """``@race.KIND(launch, thread, offset, bytes)``; ``@race.stored`` follows a store."""
    tests = {"load": _LOAD, "store": _STORE, "atomic": _ATOMIC}
    loops = [
        each_byte(
            "race",
            kind,
            once=_ONCE,
            entry=_ENTRY,
            test=test,
            failed=_FAILED.format(
                written=int(Fault.READ_WRITE if kind == "load" else Fault.WRITE_WRITE),
                read=int(Fault.READ_WRITE),
            ),
            fault="%kind",
        )
        for kind, test in tests.items()
    ]
    return "\n".join([*loops, _ON, stored("race", "%arena", "%size", _ARENA)])
