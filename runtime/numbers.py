"""Compiled functions that read a number: LLVM IR of ``i1 @take_<dtype>_<numbers>(object, slot)``.

They store the number at the slot, in the dtype's memory form, and give true; or they give false and
leave no exception behind. An array of rank 0 and NumPy's scalar are copied byte by byte. What of
Python's own numbers is taken besides:

    bool                 bool
    int8 .. uint64       int within the range (uint64: below 2^63)
    float32              float that is exact in float32, int up to 2^24; all if rounded
    float64              float, int up to 2^63
    complex128           complex, float, int up to 2^63

All else is rare, and left to the conversion in Python.
"""

from __future__ import annotations

import sys

import numpy as np

from lamina.runtime.abi import Layout, scalar_classes, type_numbers
from lamina.runtime.descriptor import VALUE_TYPES, InputSpec

FOREIGN_ORDER = ord(">" if sys.byteorder == "little" else "<")

DECLARATIONS = """
declare i64 @PyLong_AsLongLongAndOverflow(ptr, ptr)
"""


def function_name(spec: InputSpec) -> str:
    """Return the name of the function that reads numbers for an input."""
    return f"take_{spec.dtype}_{spec.numbers}"


def ir(spec: InputSpec, layout: Layout) -> tuple[str, set[str]]:
    """Return LLVM IR of the function for an input, and the classes and objects it refers to."""
    dtype = np.dtype(spec.dtype)
    cases: list[tuple[str, str]] = [("@lamina_type_ndarray", "from.array")]
    blocks = [_array_blocks(spec.dtype, layout)]
    if spec.numbers != "none":
        cases += [(f"@{name}", "from.scalar") for name in scalar_classes(spec.dtype)]
        blocks.append(_copy_block("from.scalar", f"%object, i64 {layout.head}", dtype.itemsize))
        for kind, block in _python_numbers(spec, layout):
            cases.append((f"@lamina_type_{kind}", f"from.{kind}"))
            blocks.append(block)
    tests = "\n".join(
        f"""  %is.{number} = icmp eq ptr %type, {address}
  br i1 %is.{number}, label %{label}, label %not.{number}
not.{number}:"""
        for number, (address, label) in enumerate(cases)
    )
    text = f"""
define internal i1 @{function_name(spec)}(ptr %object, ptr %slot) {{
entry:
  %overflow.at = alloca i32
  %type.at = getelementptr i8, ptr %object, i64 {layout.type}
  %type = load ptr, ptr %type.at
{tests}
  ret i1 false
{"".join(blocks)}
yes:
  ret i1 true
no:
  ret i1 false
}}
"""
    objects = {address[1:] for address, _ in cases}
    return text, objects | {"lamina_True"} if spec.dtype == "bool" else objects


def _array_blocks(dtype: str, layout: Layout) -> str:
    return f"""from.array:
  %rank.at = getelementptr i8, ptr %object, i64 {layout.rank}
  %rank = load i32, ptr %rank.at
  %is.0d = icmp eq i32 %rank, 0
  br i1 %is.0d, label %typed, label %no
typed:
{dtype_test("object", dtype, layout)}
  br i1 %object.dtype.ok, label %equal, label %no
equal:
  %data.at = getelementptr i8, ptr %object, i64 {layout.data}
  %data = load ptr, ptr %data.at
  br label %from.data
{_copy_block("from.data", "%data, i64 0", np.dtype(dtype).itemsize)}"""


def dtype_test(array: str, dtype: str, layout: Layout) -> str:
    """Return IR that computes %<array>.dtype.ok: native byte order and one of the dtype's types."""
    numbers = type_numbers(dtype)
    lines = [
        f"  %{array}.dtype.at = getelementptr i8, ptr %{array}, i64 {layout.dtype}",
        f"  %{array}.dtype = load ptr, ptr %{array}.dtype.at",
        f"  %{array}.order.at = getelementptr i8, ptr %{array}.dtype, i64 {layout.byteorder}",
        f"  %{array}.order = load i8, ptr %{array}.order.at",
        f"  %{array}.native = icmp ne i8 %{array}.order, {FOREIGN_ORDER}",
        f"  %{array}.number.at = getelementptr i8, ptr %{array}.dtype, i64 {layout.type_number}",
        f"  %{array}.number = load i32, ptr %{array}.number.at",
        f"  %{array}.typed.0 = icmp eq i32 %{array}.number, {numbers[0]}",
    ]
    for place, number in enumerate(numbers[1:], 1):
        lines += [
            f"  %{array}.also.{place} = icmp eq i32 %{array}.number, {number}",
            f"  %{array}.typed.{place} = or i1 %{array}.typed.{place - 1}, %{array}.also.{place}",
        ]
    last = len(numbers) - 1
    lines.append(f"  %{array}.dtype.ok = and i1 %{array}.native, %{array}.typed.{last}")
    return "\n".join(lines)


def _copy_block(label: str, source: str, size: int) -> str:
    """Copy up to 16 bytes, of any alignment: NumPy's scalars are aligned to words at best."""
    pieces = [(f"i{8 * size}", 0)] if size <= 8 else [("i64", 0), ("i64", 8)]
    lines = [f"{label}:", f"  %{label}.at = getelementptr i8, ptr {source}"]
    for kind, offset in pieces:
        name = f"%{label}.{offset}"
        lines += [
            f"  {name}.from = getelementptr i8, ptr %{label}.at, i64 {offset}",
            f"  {name} = load {kind}, ptr {name}.from, align 1",
            f"  {name}.to = getelementptr i8, ptr %slot, i64 {offset}",
            f"  store {kind} {name}, ptr {name}.to, align 1",
        ]
    return "\n".join([*lines, "  br label %yes", ""])


_READ_INT = """from.int:
  %int = call i64 @PyLong_AsLongLongAndOverflow(ptr %object, ptr %overflow.at)
  %overflow = load i32, ptr %overflow.at
  %small = icmp eq i32 %overflow, 0
  br i1 %small, label %int.read, label %no
int.read:
"""


def _python_numbers(spec: InputSpec, layout: Layout) -> list[tuple[str, str]]:
    """Python's classes that the dtype takes, each with the block that reads it."""
    read_float = f"""from.float:
  %float.at = getelementptr i8, ptr %object, i64 {layout.head}
  %float = load double, ptr %float.at
"""
    kind = np.dtype(spec.dtype).kind
    if kind == "b":
        return [("bool", """from.bool:
  %true = icmp eq ptr %object, @lamina_True
  %byte = zext i1 %true to i8
  store i8 %byte, ptr %slot
  br label %yes
""")]  # fmt: skip
    if kind in "iu":
        return [("int", _READ_INT + _narrow_int(spec.dtype))]
    if spec.dtype == "float64":
        return [
            ("float", f"{read_float}  store double %float, ptr %slot\n  br label %yes\n"),
            ("int", f"""{_READ_INT}  %widened = sitofp i64 %int to double
  store double %widened, ptr %slot
  br label %yes
"""),
        ]  # fmt: skip
    if spec.dtype == "float32":
        rounded = "true" if spec.numbers == "rounded" else "false"
        # 2^24 + int, unsigned, is beyond 2^25 for every int outside of -2^24 to 2^24. A NaN agrees.
        return [
            ("float", f"""{read_float}  %single = fptrunc double %float to float
  store float %single, ptr %slot
  %back = fpext float %single to double
  %same = fcmp ueq double %back, %float
  %float.ok = or i1 %same, {rounded}
  ret i1 %float.ok
"""),
            ("int", f"""{_READ_INT}  %narrowed = sitofp i64 %int to float
  store float %narrowed, ptr %slot
  %shifted = add i64 %int, {1 << 24}
  %within = icmp ule i64 %shifted, {1 << 25}
  %int.ok = or i1 %within, {rounded}
  ret i1 %int.ok
"""),
        ]  # fmt: skip
    if spec.dtype == "complex128":
        return [
            ("complex", _copy_block("from.complex", f"%object, i64 {layout.head}", 16)),
            ("float", f"{read_float}  br label %real\n"),
            ("int", f"""{_READ_INT}  %widened = sitofp i64 %int to double
  br label %real
real:
  %part = phi double [ %float, %from.float ], [ %widened, %int.read ]
  store double %part, ptr %slot
  %imaginary = getelementptr i8, ptr %slot, i64 8
  store double 0.0, ptr %imaginary
  br label %yes
"""),
        ]  # fmt: skip
    return []


def _narrow_int(dtype: str) -> str:
    value = VALUE_TYPES[dtype]
    bounds = np.iinfo(dtype)
    largest = min(int(bounds.max), (1 << 63) - 1)
    narrow = "" if value == "i64" else f"  %narrow = trunc i64 %int to {value}\n"
    return f"""  %enough = icmp sge i64 %int, {bounds.min}
  %not.more = icmp sle i64 %int, {largest}
  %fits = and i1 %enough, %not.more
{narrow}  store {value} {"%narrow" if narrow else "%int"}, ptr %slot
  ret i1 %fits
"""
