"""Results of ``ldmatrix`` and ``mma.sync``, from what the lanes of a warp offered.

Where the elements of a matrix are in the registers of a warp: PTX ISA 8.5, sections 9.7.14.5.8
(mma.m16n8k16 and others) and 9.7.14.5.15 (ldmatrix). With g = lane / 4, t = lane % 4, and E
elements in a register, register r of A holds row g + 8 (r % 2), columns E t + 4 E (r / 2) and
following; register r of B holds rows E t + 4 E r and following of column g; the results are rows
g and g + 8, columns 2 t and 2 t + 1.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.fields import THREAD_BYTES
from lamina.runtime.cuda.emulator.ir_lines import Call, parts

_MMA = re.compile(
    r"mma\.m(\d+)n8k(\d+)\.row\.col\.(f32\.f32|f16\.f16|bf16|tf32|f64|s8|u8|s8\.u8|u8\.s8)$"
)

# An element in memory, how many a register holds, and the type that products are summed in.
_ELEMENTS = {
    "f32.f32": ("half", 2, "float"),
    "f16.f16": ("half", 2, "float"),
    "bf16": ("bfloat", 2, "float"),
    "tf32": ("float", 1, "float"),
    "f64": ("double", 1, "double"),
    "s8": ("i8", 4, "i32"),
    "u8": ("i8", 4, "i32"),
    "s8.u8": ("i8", 4, "i32"),
    "u8.s8": ("i8", 4, "i32"),
}


class _Shape(NamedTuple):
    rows: int
    depth: int
    kind: str
    element: str
    packed: int  # elements in a register
    sum: str

    @property
    def registers(self) -> tuple[int, int]:
        """Registers of A and of B in a lane."""
        each = 32 * self.packed
        return self.rows * self.depth // each, 8 * self.depth // each


def _shape(name: str) -> _Shape:
    match = _MMA.match(name)
    if match is None:
        raise NotImplementedError(f"the emulator does not know the intrinsic llvm.nvvm.{name}")
    rows, depth, kind = int(match[1]), int(match[2]), match[3]
    if (rows == 8) != (kind == "f64"):
        raise NotImplementedError(f"the emulator does not know the intrinsic llvm.nvvm.{name}")
    return _Shape(rows, depth, kind, *_ELEMENTS[kind])


def multiplied(name: str, operands: int) -> int:
    """How many operands of an mma are registers of A and B; the others are those of C."""
    shape = _shape(name)
    count = sum(shape.registers)
    if count >= operands:
        raise NotImplementedError(f"the emulator does not know the intrinsic llvm.nvvm.{name}")
    return count


def _whole_warp() -> str:
    return f"""  %group = call i32 @thread.group(ptr %thread)
  %warp = call ptr @thread.warp(ptr %thread)
  %lane = call i32 @thread.lane(ptr %thread)
  %whole = icmp eq i32 %group, -1
  br i1 %whole, label %full, label %partial
partial:
  %missing = xor i32 %group, -1
  %which = call i32 @llvm.cttz.i32(i32 %missing, i1 false)
  %wide = zext i32 %which to i64
  call void @fault(ptr %launch, ptr %thread, i32 {int(Fault.INACTIVE_LANE)}, i64 %wide, i64 0,
                   i32 0, i64 0)
  unreachable
full:
  %g = lshr i32 %lane, 2
  %t = and i32 %lane, 3"""


def _slot(name: str, lane: str) -> str:
    """``%name``: what lane ``%name.lane`` published; `lane` is its instruction."""
    return f"""  %{name}.lane = {lane}
  %{name}.n = zext i32 %{name}.lane to i64
  %{name}.o = mul i64 %{name}.n, {THREAD_BYTES}
  %{name}.thread = getelementptr i8, ptr %warp, i64 %{name}.o
  %{name} = call ptr @published(ptr %{name}.thread)"""


def load(name: str, call: Call) -> str:
    """``ldmatrix.sync.aligned.m8n8.xN[.trans].b16``: rows of 16 bytes of N matrices."""
    short = call.callee.removeprefix("llvm.nvvm.")
    match = re.match(r"ldmatrix\.sync\.aligned\.m8n8\.x([124])(\.trans)?\.b16", short)
    if match is None:
        raise NotImplementedError(f"the emulator does not know the intrinsic {call.callee}")
    count, transposed = int(match[1]), bool(match[2])
    lines = [
        f"define internal {call.type} @{name}(ptr %launch, ptr %thread) noinline {{",
        _whole_warp(),
        "  %t2 = shl i32 %t, 1",
    ]
    values = []
    for k in range(count):
        # Two elements side by side, or, transposed, one below the other.
        first = f"add i32 %t2, {8 * k}" if transposed else f"add i32 %g, {8 * k}"
        rows = [first] + ([f"add i32 %t2, {8 * k + 1}"] if transposed else [])
        for e, lane in enumerate(rows):
            r = f"r{k}.{e}"
            lines += [
                _slot(r, lane),
                f"  %{r}.a = load i64, ptr %{r}",
                f"  call void @check.workgroup.load.16.16(ptr %launch, ptr %thread, i64 %{r}.a)",
                f"  %{r}.row = inttoptr i64 %{r}.a to ptr",
                f"  %{r}.c = zext i32 {'%g' if transposed else '%t2'} to i64",
                f"  %{r}.p = getelementptr i16, ptr %{r}.row, i64 %{r}.c",
            ]
        if transposed:
            lines += [
                f"  %lo{k} = load i16, ptr %r{k}.0.p",
                f"  %hi{k} = load i16, ptr %r{k}.1.p",
                f"  %lo.w{k} = zext i16 %lo{k} to i32",
                f"  %hi.w{k} = zext i16 %hi{k} to i32",
                f"  %hi.s{k} = shl i32 %hi.w{k}, 16",
                f"  %v{k} = or i32 %lo.w{k}, %hi.s{k}",
            ]
        else:
            lines.append(f"  %v{k} = load i32, ptr %r{k}.0.p")
        values.append(f"%v{k}")
    return "\n".join([*lines, *_returned(call.type, values), "}", _DECLARED])


def _returned(type_: str, values: list[str]) -> list[str]:
    if not type_.startswith("{"):
        return [f"  ret {type_} {values[0]}"]
    lines, so_far = [], "poison"
    for i, (value, member) in enumerate(zip(values, parts(type_[1:-1].strip()), strict=True)):
        lines.append(f"  %made.{i} = insertvalue {type_} {so_far}, {member} {value}, {i}")
        so_far = f"%made.{i}"
    return [*lines, f"  ret {type_} {so_far}"]


def multiply(name: str, call: Call) -> str:
    """``mma.sync``: A B + C, with products and sums of the accumulator's type, in order of k."""
    shape = _shape(call.callee.removeprefix("llvm.nvvm."))
    in_a, in_b = shape.registers
    accumulators = call.operands[in_a + in_b :]
    given = "".join(f", {o.type} %c{i}" for i, o in enumerate(accumulators))
    lines = [
        f"define internal {call.type} @{name}(ptr %launch, ptr %thread{given}) noinline {{",
        _whole_warp(),
        "  %g4 = shl i32 %g, 2",
        "  %t8 = shl i32 %t, 3",
    ]
    for q in range(4):
        lines += [
            _slot(f"a{q}", f"add i32 %g4, {q}"),
            _slot(f"b0.{q}", f"add i32 %t8, {q}"),
            _slot(f"b1.{q}", f"add i32 %t8, {4 + q}"),
        ]
    packed = shape.kind == "f16.f16"
    sums = []
    for out in range(shape.rows // 4):
        row, column = out >> 1, out & 1
        if packed:
            lines += [
                f"  %c.h{out} = extractelement <2 x half> %c{row}, i32 {column}",
                f"  %c.{out} = fpext half %c.h{out} to float",
            ]
            acc = f"%c.{out}"
        else:
            acc = f"%c{out}"
        for k in range(shape.depth):
            lines += _product(shape, out, row, column, k, acc, 4 * in_a)
            acc = f"%s{out}.{k}"
        sums.append(acc)
    if packed:
        lines += _packed(sums)
        sums = ["%d0.1", "%d1.1"]
    return "\n".join([*lines, *_returned(call.type, sums), "}", _DECLARED])


def _product(
    shape: _Shape, out: int, row: int, column: int, k: int, acc: str, b_at: int
) -> list[str]:
    """``%sOUT.K``: `acc` plus A[row, k] B[k, column]."""
    e, word = shape.packed, 8 if shape.kind == "f64" else 4
    lane, within, register = (k % (4 * e)) // e, k % e, k // (4 * e)
    size = word // e
    at_a = word * (row + (2 if shape.rows == 16 else 1) * register) + size * within
    at_b = (b_at // 4 + register) * word + size * within
    n = f"{out}.{k}"
    lines = [
        f"  %pa{n} = getelementptr i8, ptr %a{lane}, i64 {at_a}",
        f"  %pb{n} = getelementptr i8, ptr %b{column}.{lane}, i64 {at_b}",
        *_number(shape, f"va{n}", f"%pa{n}", 0),
        *_number(shape, f"vb{n}", f"%pb{n}", 1),
    ]
    operation = "" if shape.sum == "i32" else "f"
    return [
        *lines,
        f"  %m{n} = {operation}mul {shape.sum} %va{n}, %vb{n}",
        f"  %s{n} = {operation}add {shape.sum} {acc}, %m{n}",
    ]


def _number(shape: _Shape, name: str, pointer: str, which: int) -> list[str]:
    """``%NAME``: an element as a number of the type of sums."""
    if shape.kind == "tf32":  # 13 bits of the fraction are not looked at
        return [
            f"  %{name}.i = load i32, ptr {pointer}",
            f"  %{name}.t = and i32 %{name}.i, -8192",
            f"  %{name} = bitcast i32 %{name}.t to float",
        ]
    if shape.element == shape.sum:
        return [f"  %{name} = load {shape.sum}, ptr {pointer}"]
    widen = "fpext"
    if shape.sum == "i32":
        kinds = shape.kind.split(".")
        widen = "sext" if kinds[min(which, len(kinds) - 1)] == "s8" else "zext"
    return [
        f"  %{name}.e = load {shape.element}, ptr {pointer}",
        f"  %{name} = {widen} {shape.element} %{name}.e to {shape.sum}",
    ]


def _packed(sums: list[str]) -> list[str]:
    lines = []
    for i, value in enumerate(sums):
        lines.append(f"  %h{i} = fptrunc float {value} to half")
    for r in range(2):
        lines += [
            f"  %d{r}.0 = insertelement <2 x half> poison, half %h{2 * r}, i32 0",
            f"  %d{r}.1 = insertelement <2 x half> %d{r}.0, half %h{2 * r + 1}, i32 1",
        ]
    return lines


_DECLARED = "declare i32 @llvm.cttz.i32(i32, i1)"
