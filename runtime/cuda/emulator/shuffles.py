"""Results of shuffles, votes, matches and reductions, from what the lanes of a group offered.

The semantics are those of PTX ISA 8.5, sections 9.7.9.6 (shfl.sync), 9.7.13.5 (vote.sync),
9.7.13.6 (match.sync) and 9.7.13.8 (redux.sync).
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.ir_lines import Call

_SUPPORT = f"""
; What a lane of this thread's group offered.
define internal ptr @peer(ptr %launch, ptr %thread, i32 %lane) alwaysinline {{
  %group = call i32 @thread.group(ptr %thread)
  %moved = lshr i32 %group, %lane
  %bit = trunc i32 %moved to i1
  %inside = icmp ult i32 %lane, 32
  %member = and i1 %bit, %inside
  br i1 %member, label %found, label %absent
absent:
  %wide = zext i32 %lane to i64
  call void @fault(ptr %launch, ptr %thread, i32 {int(Fault.INACTIVE_LANE)}, i64 %wide, i64 0,
                   i32 0, i64 0)
  unreachable
found:
  %warp = call ptr @thread.warp(ptr %thread)
  %other = call ptr @context.after(ptr %warp, i32 %lane)
  %slot = call ptr @published(ptr %other)
  ret ptr %slot
}}

define internal ptr @published(ptr %thread) alwaysinline {{
  %which = call i32 @thread.offered(ptr %thread)
  %slot = call ptr @thread.slot(ptr %thread, i32 %which)
  ret ptr %slot
}}

; The lane that a shuffle reads, and whether it is in range.
define internal {{ i32, i1 }} @source(ptr %thread, i32 %mode, i32 %b, i32 %c) alwaysinline {{
  %lane = call i32 @thread.lane(ptr %thread)
  %bval = and i32 %b, 31
  %cval = and i32 %c, 31
  %c.high = lshr i32 %c, 8
  %segment = and i32 %c.high, 31
  %within = xor i32 %segment, -1
  %least = and i32 %lane, %segment
  %c.within = and i32 %cval, %within
  %most = or i32 %least, %c.within
  %up = sub i32 %lane, %bval
  %down = add i32 %lane, %bval
  %bfly = xor i32 %lane, %bval
  %b.within = and i32 %bval, %within
  %idx = or i32 %least, %b.within
  %is.up = icmp eq i32 %mode, 0
  %is.down = icmp eq i32 %mode, 1
  %is.bfly = icmp eq i32 %mode, 2
  %j.2 = select i1 %is.bfly, i32 %bfly, i32 %idx
  %j.1 = select i1 %is.down, i32 %down, i32 %j.2
  %j = select i1 %is.up, i32 %up, i32 %j.1
  %ge = icmp sge i32 %j, %most
  %le = icmp sle i32 %j, %most
  %in = select i1 %is.up, i1 %ge, i1 %le
  %from = select i1 %in, i32 %j, i32 %lane
  %r.0 = insertvalue {{ i32, i1 }} poison, i32 %from, 0
  %r = insertvalue {{ i32, i1 }} %r.0, i1 %in, 1
  ret {{ i32, i1 }} %r
}}"""

_MODES = {"up": 0, "down": 1, "bfly": 2, "idx": 3}


def support() -> str:
    """``@peer`` and what else the functions of this file call."""
    return _SUPPORT


def shuffle(name: str, call: Call) -> str:
    """``shfl.sync.MODE.TYPE[p]``; with p the result has the predicate as well."""
    mode, type_ = call.callee.split(".")[-2:]
    value = "float" if type_.startswith("f32") else "i32"
    if type_.endswith("p"):
        finish = f"""  %r.0 = insertvalue {{ {value}, i1 }} poison, {value} %v, 0
  %in = extractvalue {{ i32, i1 }} %source, 1
  %r = insertvalue {{ {value}, i1 }} %r.0, i1 %in, 1
  ret {{ {value}, i1 }} %r"""
    else:
        finish = f"  ret {value} %v"
    head = f"define internal {call.type} @{name}(ptr %launch, ptr %thread, i32 %b, i32 %c)"
    return f"""{head} noinline {{
  %source = call {{ i32, i1 }} @source(ptr %thread, i32 {_MODES[mode]}, i32 %b, i32 %c)
  %lane = extractvalue {{ i32, i1 }} %source, 0
  %slot = call ptr @peer(ptr %launch, ptr %thread, i32 %lane)
  %v = load {value}, ptr %slot
{finish}
}}"""


def _fold(head: str, type_: str, first: str, body: str, finish: str) -> str:
    """A function that goes through its group: `body` makes %new of %acc, %slot and %i."""
    return f"""define internal {head} noinline {{
  %group = call i32 @thread.group(ptr %thread)
  br label %loop
loop:
  %i = phi i32 [ 0, %0 ], [ %i.next, %next ]
  %acc = phi {type_} [ {first}, %0 ], [ %acc.next, %next ]
  %bit = shl i32 1, %i
  %named = and i32 %group, %bit
  %absent = icmp eq i32 %named, 0
  br i1 %absent, label %next, label %one
one:
  %slot = call ptr @peer(ptr %launch, ptr %thread, i32 %i)
{body}
  br label %next
next:
  %acc.next = phi {type_} [ %acc, %loop ], [ %new, %one ]
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, 32
  br i1 %more, label %loop, label %end
end:
{finish}
}}"""


def vote(name: str, call: Call) -> str:
    """``vote.{all,any,uni,ballot}.sync``."""
    kind = next(k for k in ("all", "any", "uni", "ballot") if k in call.callee.split("."))
    body = """  %p = load i1, ptr %slot
  %with = or i32 %acc, %bit
  %new = select i1 %p, i32 %with, i32 %acc"""
    every = "  %every = icmp eq i32 %acc.next, %group\n"
    some = "  %some = icmp ne i32 %acc.next, 0\n"
    finish = {
        "ballot": "  ret i32 %acc.next",
        "all": f"{every}  ret i1 %every",
        "any": f"{some}  ret i1 %some",
        "uni": f"{every}{some}  %none = xor i1 %some, true\n"
        "  %same = or i1 %every, %none\n  ret i1 %same",
    }[kind]
    return _fold(f"{call.type} @{name}(ptr %launch, ptr %thread)", "i32", "0", body, finish)


def match(name: str, call: Call) -> str:
    """``match.any.sync.TYPE``, and ``match.all.sync.TYPEp`` with its predicate."""
    type_ = call.operands[1].type
    body = f"""  %v = load {type_}, ptr %slot
  %same = icmp eq {type_} %v, %mine
  %with = or i32 %acc, %bit
  %new = select i1 %same, i32 %with, i32 %acc"""
    finish = "  ret i32 %acc.next"
    if ".all." in call.callee:
        finish = """  %every = icmp eq i32 %acc.next, %group
  %mask = select i1 %every, i32 %group, i32 0
  %r.0 = insertvalue { i32, i1 } poison, i32 %mask, 0
  %r = insertvalue { i32, i1 } %r.0, i1 %every, 1
  ret { i32, i1 } %r"""
    head = f"{call.type} @{name}(ptr %launch, ptr %thread, {type_} %mine)"
    return _fold(head, "i32", "0", body, finish)


_REDUCTIONS = {
    "add": ("0", "  %new = add i32 %acc, %v"),
    "and": ("-1", "  %new = and i32 %acc, %v"),
    "or": ("0", "  %new = or i32 %acc, %v"),
    "xor": ("0", "  %new = xor i32 %acc, %v"),
    "min": ("2147483647", "  %new = call i32 @llvm.smin.i32(i32 %acc, i32 %v)"),
    "max": ("-2147483648", "  %new = call i32 @llvm.smax.i32(i32 %acc, i32 %v)"),
    "umin": ("-1", "  %new = call i32 @llvm.umin.i32(i32 %acc, i32 %v)"),
    "umax": ("0", "  %new = call i32 @llvm.umax.i32(i32 %acc, i32 %v)"),
}


def reduction(name: str, call: Call) -> str:
    """``redux.sync.OPERATION`` of i32."""
    kind = call.callee.split(".")[-1]
    if kind not in _REDUCTIONS or call.type != "i32":
        raise NotImplementedError(f"the emulator does not know {call.callee}")
    first, body = _REDUCTIONS[kind]
    load = "  %v = load i32, ptr %slot\n"
    declared = body.partition("@")[2].partition("(")[0]
    head = f"i32 @{name}(ptr %launch, ptr %thread)"
    text = _fold(head, "i32", first, load + body, "  ret i32 %acc.next")
    return f"{text}\ndeclare i32 @{declared}(i32, i32)" if declared else text


def barrier_reduction(name: str, call: Call) -> str:
    """``barrier0.popc`` and others: how many threads of the block, all, or any offered not 0."""
    kind = next((k for k in ("popc", "and", "or") if k in call.callee.split(".")), None)
    if kind is None:
        raise NotImplementedError(f"the emulator does not know {call.callee}")
    type_ = call.operands[-1].type
    test = {"popc": "add i32 %count, 0", "and": "icmp eq i32 %count, %n", "or": ""}[kind]
    test = test or "icmp ne i32 %count, 0"
    widen = f"  %wide = zext i1 %r to {call.type}\n  ret {call.type} %wide"
    finish = widen if kind != "popc" and call.type != "i1" else f"  ret {call.type} %r"
    return f"""define internal {call.type} @{name}(ptr %launch, ptr %thread) {{
  %n = call i32 @launch.threads(ptr %launch)
  br label %loop
loop:
  %i = phi i32 [ 0, %0 ], [ %i.next, %loop ]
  %acc = phi i32 [ 0, %0 ], [ %count, %loop ]
  %other = call ptr @context(ptr %launch, i32 %i)
  %slot = call ptr @published(ptr %other)
  %v = load {type_}, ptr %slot
  %set = icmp ne {type_} %v, 0
  %one = zext i1 %set to i32
  %count = add i32 %acc, %one
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %n
  br i1 %more, label %loop, label %end
end:
  %r = {test}
{finish}
}}"""
