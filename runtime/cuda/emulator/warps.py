"""LLVM IR that lets the lanes of a warp go on whose collective is complete.

Threads that wait for a collective (a shuffle, a vote, ...) go on as soon as all lanes that their
masks name wait at the same instruction with the same mask. If none of them can, the warp has
diverged, which is a fault: a GPU would hang, or give anything.
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.fields import STATES

_AT_COLLECTIVE, _DONE = STATES["at_collective"], STATES["done"]

_IR = f"""
; The lanes that go on with this one, or 0 while one of them is not there.
define internal i32 @group(ptr %warp, ptr %thread) {{
  %mask = call i32 @thread.mask(ptr %thread)
  %site = call i32 @thread.site(ptr %thread)
  %lanes = call i32 @thread.lanes(ptr %warp)
  br label %loop
loop:
  %lane = phi i32 [ 0, %0 ], [ %lane.next, %next ]
  %found = phi i32 [ 0, %0 ], [ %found.next, %next ]
  %bit = shl i32 1, %lane
  %named = and i32 %mask, %bit
  %skip = icmp eq i32 %named, 0
  br i1 %skip, label %next, label %look
look:
  %other = call ptr @context.after(ptr %warp, i32 %lane)
  %state = call i32 @thread.state(ptr %other)
  switch i32 %state, label %no [ i32 {_DONE}, label %next i32 {_AT_COLLECTIVE}, label %compare ]
compare:
  %its.mask = call i32 @thread.mask(ptr %other)
  %its.site = call i32 @thread.site(ptr %other)
  %same.mask = icmp eq i32 %its.mask, %mask
  %same.site = icmp eq i32 %its.site, %site
  %same = and i1 %same.mask, %same.site
  %with = or i32 %found, %bit
  br i1 %same, label %next, label %no
next:
  %found.next = phi i32 [ %found, %loop ], [ %found, %look ], [ %with, %compare ]
  %lane.next = add i32 %lane, 1
  %more = icmp ult i32 %lane.next, %lanes
  br i1 %more, label %loop, label %finished
finished:
  ret i32 %found.next
no:
  ret i32 0
}}

define internal void @release(ptr %launch, ptr %warp, i32 %group) {{
  %lanes = call i32 @thread.lanes(ptr %warp)
  %absent = sub i32 32, %lanes
  %all = lshr i32 -1, %absent
  %everyone = icmp eq i32 %group, %all
  %whole = zext i1 %everyone to i32
  br label %publish
publish:
  %i = phi i32 [ 0, %0 ], [ %i.next, %publish.next ]
  %bit = shl i32 1, %i
  %in = and i32 %group, %bit
  %out = icmp eq i32 %in, 0
  br i1 %out, label %publish.next, label %publish.one
publish.one:
  %member = call ptr @context.after(ptr %warp, i32 %i)
  call void @publish(ptr %member)
  call void @thread.set_group(ptr %member, i32 %group)
  %syncs = call i32 @thread.syncs(ptr %member)
  %synced = add i32 %syncs, %whole
  call void @thread.set_syncs(ptr %member, i32 %synced)
  br label %publish.next
publish.next:
  %i.next = add i32 %i, 1
  %i.more = icmp ult i32 %i.next, %lanes
  br i1 %i.more, label %publish, label %run
run:
  %j = phi i32 [ 0, %publish.next ], [ %j.next, %run.next ]
  %lane = call i32 @ordered(ptr %launch, i32 %j, i32 %lanes)
  %its.bit = shl i32 1, %lane
  %its = and i32 %group, %its.bit
  %not = icmp eq i32 %its, 0
  br i1 %not, label %run.next, label %run.one
run.one:
  %thread = call ptr @context.after(ptr %warp, i32 %lane)
  call void @resume(ptr %thread)
  br label %run.next
run.next:
  %j.next = add i32 %j, 1
  %j.more = icmp ult i32 %j.next, %lanes
  br i1 %j.more, label %run, label %end
end:
  ret void
}}

; Until no lane waits for a collective.
define internal void @run_warp(ptr %launch, ptr %warp) {{
  %lanes = call i32 @thread.lanes(ptr %warp)
  br label %again
again:
  br label %loop
loop:
  %i = phi i32 [ 0, %again ], [ %i.next, %next ]
  %stuck = phi ptr [ null, %again ], [ %stuck.next, %next ]
  %thread = call ptr @context.after(ptr %warp, i32 %i)
  %state = call i32 @thread.state(ptr %thread)
  %waits = icmp eq i32 %state, {_AT_COLLECTIVE}
  br i1 %waits, label %look, label %next
look:
  %group = call i32 @group(ptr %warp, ptr %thread)
  %ready = icmp ne i32 %group, 0
  br i1 %ready, label %go, label %next
go:
  call void @release(ptr %launch, ptr %warp, i32 %group)
  br label %again
next:
  %stuck.next = phi ptr [ %stuck, %loop ], [ %thread, %look ]
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %lanes
  br i1 %more, label %loop, label %finished
finished:
  %none = icmp eq ptr %stuck.next, null
  br i1 %none, label %end, label %failed
failed:
  %mask = call i32 @thread.mask(ptr %stuck.next)
  %wide = zext i32 %mask to i64
  call void @fault(ptr %launch, ptr %stuck.next, i32 {int(Fault.COLLECTIVE)}, i64 %wide, i64 0,
                   i32 0, i64 0)
  unreachable
end:
  ret void
}}
"""


def ir() -> str:
    """``@run_warp(launch, warp)``."""
    return _IR
