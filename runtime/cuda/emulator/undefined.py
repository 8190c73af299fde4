"""What ends a kernel besides memory: traps, assertions that fail, divisions without a result.

A division by zero, or of the least integer by -1, has no result in LLVM IR: on a GPU it gives
anything, on this processor it would end the process.
"""

from __future__ import annotations

import re

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.ir_lines import Call, bracketed, parts

_DIVISION = re.compile(r"\s*%\S+ = ([us])(?:div|rem) (?:exact )?(.*)$")
_NOT_ZERO = re.compile(r"-?[1-9]\d*$")


def ended(call: Call) -> str | None:
    """The line for a call that ends the kernel; None for another."""
    if call.callee == "__assertfail":
        return _fault(Fault.ASSERTION)
    if call.callee in ("llvm.trap", "llvm.debugtrap", "llvm.nvvm.exit"):
        return _fault(Fault.TRAP)
    return None


def _fault(kind: Fault) -> str:
    return (
        f"  call void @fault(ptr %launch, ptr %thread, i32 {int(kind)}, i64 0, i64 0, i32 0, i64 0)"
    )


def divisor(line: str, n: int) -> tuple[list[str], tuple[str, str] | None]:
    """The lines that check a division, and the function that they call: its name and definition.

    There are none for a divisor that is a constant, and for what is no division.
    """
    match = _DIVISION.match(line)
    if match is None:
        return [], None
    rest = match[2]
    type_ = bracketed(rest) if rest[0] == "<" else rest.split()[0]
    over, by = parts(rest[len(type_) :])[:2]
    by = by.split()[0] if by[0] == "%" else by
    if _NOT_ZERO.match(by) and by != "-1":
        return [], None
    lanes = re.match(r"<(\d+) x (i\d+)>", type_)
    element = lanes[2] if lanes else type_
    if int(element[1:]) > 64:
        raise NotImplementedError(f"the emulator does not divide {element}: {line.strip()}")
    name = f"check.{match[1]}division.{element}"
    if not lanes:
        return [f"  call void @{name}(ptr %launch, ptr %thread, {type_} {over}, {type_} {by})"], (
            name,
            _definition(name, match[1], element),
        )
    lines = []
    for k in range(int(lanes[1])):
        for which, value in (("over", over), ("by", by)):
            lines.append(f"  %{which}.{n}.{k} = extractelement {type_} {value}, i32 {k}")
        lines.append(
            f"  call void @{name}(ptr %launch, ptr %thread, {element} %over.{n}.{k}, "
            f"{element} %by.{n}.{k})"
        )
    return lines, (name, _definition(name, match[1], element))


def _definition(name: str, signed: str, type_: str) -> str:
    least = -(1 << (int(type_[1:]) - 1))
    overflow = (
        f"""  %least = icmp eq {type_} %a, {least}
  %minus = icmp eq {type_} %b, -1
  %over = and i1 %least, %minus
  %bad = or i1 %zero, %over"""
        if signed == "s"
        else "  %bad = or i1 %zero, false"
    )
    return f"""define internal void @{name}(ptr %launch, ptr %thread, {type_} %a, {type_} %b)
    alwaysinline {{
  %zero = icmp eq {type_} %b, 0
{overflow}
  br i1 %bad, label %refused, label %allowed
refused:
{_fault(Fault.DIVISION)}
  unreachable
allowed:
  ret void
}}"""
