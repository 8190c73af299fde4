"""Where the variables of a module in workgroup memory lie, with room between them.

They are all in one array, ``@workgroup``, which blocks use one after the other. Another array,
``@workgroup.shadow``, says of each byte whether it is outside of all variables, never written in
this block, or written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from lamina.runtime.cuda.emulator.ir_lines import parts, size_of

OUTSIDE, UNINITIALISED, WRITTEN = 0, 1, 2

# CUDA C++ Programming Guide, "Compute Capabilities": what a block has if more is not asked for.
LIMIT = 48 << 10

_GUARD = 512
_GLOBAL = re.compile(r"@([\w.$-]+) = .*?\baddrspace\(3\) global (.*)$")


class Variable(NamedTuple):
    """A variable in workgroup memory; what is dynamic has no bytes of its own."""

    name: str
    offset: int
    nbytes: int


class Layout(NamedTuple):
    """The variables of a module; dynamic memory begins at `dynamic`."""

    variables: tuple[Variable, ...]
    dynamic: int
    size: int

    def ir(self) -> str:
        """The arrays, and each variable as another name for its part."""
        text = [
            f"@workgroup = global [{self.size} x i8] zeroinitializer, align 256",
            f"@workgroup.shadow = global [{self.size} x i8] zeroinitializer, align 256",
        ]
        text += [
            f"@{v.name} = internal alias [{max(v.nbytes, 1)} x i8], addrspacecast (ptr "
            f"getelementptr (i8, ptr @workgroup, i64 {v.offset}) to ptr addrspace(3))"
            for v in self.variables
        ]
        return "\n".join([*text, "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"])

    def reset(self, names: Iterable[str]) -> str:
        """The lines that make a kernel's variables unwritten, at the beginning of a block."""
        wanted = set(names)
        fill = (
            "  call void @llvm.memset.p0.i64(ptr getelementptr (i8, ptr @workgroup.shadow, "
            "i64 {}), i8 {}, i64 {}, i1 false)"
        )
        lines = [
            fill.format(v.offset, UNINITIALISED, v.nbytes)
            for v in self.variables
            if v.name in wanted and v.nbytes
        ]
        if any(v.name in wanted and not v.nbytes for v in self.variables):
            lines += [
                fill.format(self.dynamic, OUTSIDE, LIMIT),
                "  %dynamic = call i32 @launch.shared_bytes(ptr %launch)",
                "  %dynamic.bytes = zext i32 %dynamic to i64",
                fill.format(self.dynamic, UNINITIALISED, "%dynamic.bytes"),
            ]
        return "\n".join(lines)

    def static_bytes(self, names: Iterable[str]) -> int:
        """The bytes of a kernel's variables."""
        wanted = set(names)
        return sum(v.nbytes for v in self.variables if v.name in wanted)

    def describe(self, offset: int) -> str:
        """Say where an offset into the array is."""
        if not self.variables:
            return "the kernel has no workgroup memory"
        nearest = min(
            self.variables,
            key=lambda v: max(v.offset - offset, offset - v.offset - max(v.nbytes - 1, 0), 0),
        )
        return f"offset {offset - nearest.offset} of @{nearest.name}, of {nearest.nbytes} bytes"


def layout(lines: Iterable[str]) -> tuple[Layout, list[str]]:
    """Take the variables in workgroup memory out of the lines outside of functions."""
    variables, rest, at, dynamic = [], [], _GUARD, []
    for line in lines:
        match = _GLOBAL.match(line)
        if match is None:
            rest.append(line)
            continue
        type_, *options = parts(match[2])
        nbytes = size_of(re.sub(r" (?:undef|poison|zeroinitializer)$", "", type_))
        align = max([16, *(int(o.split()[1]) for o in options if o.startswith("align "))])
        if not nbytes:
            dynamic.append(match[1])
            continue
        at = -(-at // align) * align
        variables.append(Variable(match[1], at, nbytes))
        at += nbytes + _GUARD
    start = -(-at // 1024) * 1024
    variables += [Variable(name, start, 0) for name in dynamic]
    size = start + (LIMIT if dynamic else 0) + _GUARD
    return Layout(tuple(variables), start, size), rest
