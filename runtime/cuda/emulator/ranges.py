"""Checks of what accesses many addresses: copies, fills, masked vectors, gathers and scatters."""

from __future__ import annotations

import re
from typing import NamedTuple

from lamina.runtime.cuda.emulator.checks import check_name
from lamina.runtime.cuda.emulator.ir_lines import Call, Operand, size_of


class Range(NamedTuple):
    """Bytes from a pointer on; a length of none is an access of lanes that a mask names."""

    pointer: Operand
    kind: str
    length: Operand | None
    mask: Operand | None = None
    element: str = ""


def found(call: Call) -> list[Range]:
    """What a call of an intrinsic accesses; empty if it accesses nothing."""
    o = call.operands
    match call.callee.split(".")[1:3]:
        case ["memcpy" | "memmove", *_]:
            return [Range(o[0], "store", o[2]), Range(o[1], "load", o[2])]
        case ["memset", *_]:
            return [Range(o[0], "store", o[2])]
        case ["masked", "load" | "gather"]:
            mask = next(x for x in o[1:] if x.type.endswith("x i1>"))
            return [Range(o[0], "load", None, mask, _element(call.type))]
        case ["masked", "store" | "scatter"]:
            mask = next(x for x in o[1:] if x.type.endswith("x i1>"))
            return [Range(o[1], "store", None, mask, _element(o[0].type))]
        case ["masked", _]:
            raise NotImplementedError(f"the emulator does not know the intrinsic {call.callee}")
    return []


def _element(vector: str) -> str:
    return vector.partition(" x ")[2][:-1]


def name(found: Range, space: str) -> str:
    """The name of the function that checks, without ``@``."""
    if found.mask is None:
        return f"check.{space}.{found.kind}.range"
    many = "gathered" if found.pointer.type.startswith("<") else "masked"
    lanes = found.mask.type[1:].split()[0]
    return f"check.{space}.{found.kind}.{many}.{lanes}.{size_of(found.element)}"


def definition(found: Range, space: str, races: bool) -> str:
    """The function that checks: ``(launch, thread, address or addresses, length or mask)``.

    Where races are sought, a store counts as written before it is done: one of another value than
    another block's, or thread's, is found only if that one's comes later, or is read.
    """
    head = f"define internal void @{name(found, space)}(ptr %launch, ptr %thread, "
    if found.mask is None:
        return f"""{head}i64 %a, i64 %n) {{
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %i.next, %one ]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %one, label %end
one:
  %at = add i64 %a, %i
  call void @{check_name(space, found.kind, 1, 1)}(ptr %launch, ptr %thread, i64 %at)
{_stored(found, space, races, "%at", 1)}  %i.next = add i64 %i, 1
  br label %loop
end:
  ret void
}}"""
    size = size_of(found.element)
    lanes = int(found.mask.type[1:].split()[0])
    gathered = found.pointer.type.startswith("<")
    lines = [f"{head}{f'<{lanes} x i64>' if gathered else 'i64'} %a, {found.mask.type} %mask) {{"]
    for i in range(lanes):
        address = (
            f"extractelement <{lanes} x i64> %a, i32 {i}" if gathered else f"add i64 %a, {i * size}"
        )
        lines.append(
            f"""  %on.{i} = extractelement {found.mask.type} %mask, i32 {i}
  br i1 %on.{i}, label %one.{i}, label %next.{i}
one.{i}:
  %a.{i} = {address}
  call void @{check_name(space, found.kind, size, size)}(ptr %launch, ptr %thread, i64 %a.{i})
{_stored(found, space, races, f"%a.{i}", size)}  br label %next.{i}
next.{i}:"""
        )
    return "\n".join([*lines, "  ret void\n}"])


def _stored(found: Range, space: str, races: bool, address: str, nbytes: int) -> str:
    if not races or found.kind != "store":
        return ""
    functions = {"global": ["race"], "workgroup": ["workgroup"]}.get(space, ["race", "workgroup"])
    return "".join(
        f"  call void @{function}.stored(ptr %launch, ptr %thread, i64 {address}, i64 {nbytes})\n"
        for function in functions
    )


def space_of(pointer: Operand) -> int:
    """The address space of a pointer, or of a vector of pointers."""
    match = re.search(r"addrspace\((\d+)\)", pointer.type)
    return int(match[1]) if match else 0
