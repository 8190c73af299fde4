"""The function that Python calls, compiled for each signature: LLVM IR of ``lamina_call``.

Its C type is METH_FASTCALL | METH_KEYWORDS. Its `self` is an array of words, made in
`native_call.py`, so that one compiled wrapper serves all functions of the signature:

    0   address of lamina_main
    1   the Python function that takes over when a check fails, with the arguments as they came
    2   the Python function that raises the error of a status
    3.. the cells

1. Check each input: arrays must be exactly ndarray, of the dtype, rank and static dimensions, C-
   contiguous, aligned and in native byte order; numbers are read by `numbers.py`.
2. Hold the cells' values. Nothing before could fail or run Python code.
3. Call lamina_main, give back its workspace.
4. On success commit the updates, only then let go of the cells' old values (which may run Python
   code), and return. On failure drop what was made.

The GIL is held throughout. That makes reading a cell and holding its value one step, and committing
several cells another, so that a function with updates needs no lock of its own. Without a GIL, or
if it were released around lamina_main, both steps would need one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from lamina.runtime import context, numbers
from lamina.runtime.abi import ALIGNED, CONTIGUOUS, WRITEABLE, Layout
from lamina.runtime.descriptor import VALUE_TYPES, InputSpec, Signature

MAIN, FALLBACK, REPORT, CELLS = range(4)
_SPEC = "{ ptr, i32, i32 }"  # of an output: see context.py

_DECLARATIONS = """
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare void @PyErr_Clear()
declare ptr @PyList_New(i64)
declare ptr @PyList_GetItem(ptr, i64)
declare i32 @PyList_SetItem(ptr, i64, ptr)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare void @lamina_drop(ptr, i64)
declare void @lamina_fail(ptr, ptr, i64)
declare void @lamina_workspace_release(ptr)
!0 = !{!"branch_weights", i32 1000, i32 1}
"""


def ir(signature: Signature, layout: Layout) -> str:
    """Return the module that defines ``lamina_call`` for a signature.

    It depends on dtypes, static shapes, sources, updates and form of the result, not on names.
    """
    return _Wrapper(signature, layout).module()


class _Wrapper:
    def __init__(self, signature: Signature, layout: Layout) -> None:
        self.signature = signature
        self.layout = layout
        self.lines: list[str] = []
        self.blocks = 0

    def module(self) -> str:
        self.write_function()
        functions: dict[str, str] = {}
        objects = {f"lamina_dtype_{spec.dtype}" for spec in self.signature.outputs}
        objects.add("lamina_type_ndarray")
        for spec in self.signature.inputs:
            name = numbers.function_name(spec)
            if spec.rank == 0 and name not in functions:
                functions[name], used = numbers.ir(spec, self.layout)
                objects |= used
        specs = ", ".join(
            f"{_SPEC} {{ ptr @lamina_dtype_{spec.dtype}, i32 {spec.rank}, "
            f"i32 {np.dtype(spec.dtype).itemsize} }}"
            for spec in self.signature.outputs
        )
        return "\n".join([
            *(f"@{name} = external global i8" for name in sorted(objects)),
            f"@specs = private constant [{len(self.signature.outputs)} x {_SPEC}] [{specs}]",
            *self.lines,
            *functions.values(),
            numbers.DECLARATIONS,
            _DECLARATIONS,
        ])  # fmt: skip

    def write_function(self) -> None:
        inputs = list(enumerate(self.signature.inputs))
        count = len(self.signature.outputs)
        self.write("define ptr @lamina_call(ptr %self, ptr %arguments, i64 %count, ptr %names) {")
        self.write("entry:")
        self.write(f"  %ctx = alloca [{context.FIXED_WORDS + count} x i64], align 16")
        for number, spec in inputs:
            if spec.rank == 0:
                self.write(f"  %slot{number} = alloca {VALUE_TYPES[spec.dtype]}, align 16")
        self.read("words", "self", self.layout.data)
        self.write(f"  %counted = icmp eq i64 %count, {self.signature.arguments}")
        self.write("  %unnamed = icmp eq ptr %names, null")
        self.write("  %positional = and i1 %counted, %unnamed")
        self.require("%positional")
        for number, spec in inputs:
            self.fetch(number, spec)
            if spec.rank == 0:
                self.check_number(number, spec)
            else:
                self.check_array(number, spec)
        for pair in self.pairs_that_must_not_overlap():
            self.check_overlap(*pair)
        for number in self.cells():
            self.write(f"  call void @Py_IncRef(ptr %object{number})")
        self.write_call()
        self.write_success()
        self.write_failure()
        self.write("""slow:
  %fallback.at = getelementptr ptr, ptr %words, i64 1
  %fallback = load ptr, ptr %fallback.at
  %answer = call ptr @PyObject_Vectorcall(ptr %fallback, ptr %arguments, i64 %count, ptr %names)
  ret ptr %answer
}""")

    def write(self, line: str) -> None:
        self.lines.append(line)

    def read(self, name: str, base: str, offset: int, kind: str = "ptr") -> None:
        self.write(f"  %{name}.at = getelementptr i8, ptr %{base}, i64 {offset}")
        self.write(f"  %{name} = load {kind}, ptr %{name}.at")

    def branch(self, condition: str, otherwise: str) -> None:
        self.blocks += 1
        label = f"block{self.blocks}"
        self.write(f"  br i1 {condition}, label %{label}, label %{otherwise}, !prof !0")
        self.write(f"{label}:")

    def require(self, condition: str) -> None:
        self.branch(condition, "slow")

    def cells(self) -> Iterator[int]:
        for number, spec in enumerate(self.signature.inputs):
            if spec.source == "cell":
                yield number

    def fetch(self, number: int, spec: InputSpec) -> None:
        """The object of an input: borrowed."""
        if spec.source == "argument":
            self.read(f"object{number}", "arguments", 8 * number)
            return
        place = CELLS + number - self.signature.arguments
        self.read(f"cell{number}", "words", 8 * place)
        self.write(f"  %object{number} = call ptr @PyList_GetItem(ptr %cell{number}, i64 0)")
        self.write(f"  %some{number} = icmp ne ptr %object{number}, null")
        self.blocks += 1
        some, none = f"block{self.blocks}", f"empty{number}"
        self.write(f"  br i1 %some{number}, label %{some}, label %{none}, !prof !0")
        self.write(f"{none}:\n  call void @PyErr_Clear()\n  br label %slow\n{some}:")

    def check_number(self, number: int, spec: InputSpec) -> None:
        take = numbers.function_name(spec)
        self.write(f"  %ok{number} = call i1 @{take}(ptr %object{number}, ptr %slot{number})")
        self.require(f"%ok{number}")
        kind = VALUE_TYPES[spec.dtype]
        self.write(f"  %value{number} = load {kind}, ptr %slot{number}, align 16")

    def check_array(self, number: int, spec: InputSpec) -> None:
        array = f"object{number}"
        flags = CONTIGUOUS | ALIGNED | (WRITEABLE if spec.mutable else 0)
        self.read(f"type{number}", array, self.layout.type)
        self.write(f"  %exact{number} = icmp eq ptr %type{number}, @lamina_type_ndarray")
        self.require(f"%exact{number}")
        self.read(f"rank{number}", array, self.layout.rank, "i32")
        self.write(f"  %ranked{number} = icmp eq i32 %rank{number}, {spec.rank}")
        self.read(f"flags{number}", array, self.layout.flags, "i32")
        self.write(f"  %masked{number} = and i32 %flags{number}, {flags}")
        self.write(f"  %plain{number} = icmp eq i32 %masked{number}, {flags}")
        self.write(numbers.dtype_test(array, spec.dtype, self.layout))
        self.write(f"  %form{number} = and i1 %ranked{number}, %plain{number}")
        self.write(f"  %kind{number} = and i1 %form{number}, %{array}.dtype.ok")
        self.require(f"%kind{number}")
        self.read(f"dims{number}", array, self.layout.dims)
        for axis, length in enumerate(spec.shape):
            dim = f"dim{number}.{axis}"
            self.read(dim, f"dims{number}", 8 * axis, "i64")
            if length is not None:
                self.write(f"  %{dim}.ok = icmp eq i64 %{dim}, {length}")
                self.require(f"%{dim}.ok")
        self.read(f"data{number}", array, self.layout.data)

    def pairs_that_must_not_overlap(self) -> Iterator[tuple[int, int]]:
        arrays = [(n, spec) for n, spec in enumerate(self.signature.inputs) if spec.rank]
        for number, spec in arrays:
            for other, its in arrays:
                if spec.mutable and other != number and not (its.mutable and other < number):
                    yield number, other

    def check_overlap(self, number: int, other: int) -> None:
        """Kernels assume that what they write to is not read through another pointer."""
        pair = f"{number}.{other}"
        for here in (number, other):
            spec = self.signature.inputs[here]
            known = math.prod(n for n in spec.shape if n is not None)
            size = f"{known * np.dtype(spec.dtype).itemsize}"
            for axis, length in enumerate(spec.shape):
                if length is None:
                    name = f"%size{pair}.{here}.{axis}"
                    self.write(f"  {name} = mul i64 {size}, %dim{here}.{axis}")
                    size = name
            self.write(f"  %end{pair}.{here} = getelementptr i8, ptr %data{here}, i64 {size}")
        self.write(f"  %below{pair} = icmp ule ptr %end{pair}.{number}, %data{other}")
        self.write(f"  %above{pair} = icmp ule ptr %end{pair}.{other}, %data{number}")
        self.write(f"  %apart{pair} = or i1 %below{pair}, %above{pair}")
        self.require(f"%apart{pair}")

    def write_call(self) -> None:
        record = {
            context.OUTPUT_SPECS: "ptr @specs",
            context.MARK_USED: f"i64 {context.NO_MARK}",
            context.HELD: "ptr null",
        }
        for number in range(len(self.signature.outputs)):
            record[context.OUTPUTS + 8 * number] = "ptr null"
        for offset, value in record.items():
            self.write(f"  %ctx.{offset} = getelementptr i8, ptr %ctx, i64 {offset}")
            self.write(f"  store {value}, ptr %ctx.{offset}")
        passed = ["ptr %ctx"]
        for number, spec in enumerate(self.signature.inputs):
            if spec.rank == 0:
                passed.append(f"{VALUE_TYPES[spec.dtype]} %value{number}")
            else:
                passed.append(f"ptr %data{number}")
                passed += [f"i64 %dim{number}.{axis}" for axis in range(spec.rank)]
        self.write("  %main = load ptr, ptr %words")
        self.write(f"  %status = call i64 %main({', '.join(passed)})")
        self.write(f"  %mark = load i64, ptr %ctx.{context.MARK_USED}")
        self.write(f"  %idle = icmp eq i64 %mark, {context.NO_MARK}")
        self.branch("%idle", "release")
        self.write("  br label %after\nrelease:")
        self.write("  call void @lamina_workspace_release(ptr %ctx)\n  br label %after\nafter:")
        self.write("  %well = icmp eq i64 %status, 0")
        self.branch("%well", "failed")

    def write_success(self) -> None:
        outputs = range(len(self.signature.outputs))
        for number in outputs:
            offset = context.OUTPUTS + 8 * number
            self.write(f"  %output{number} = load ptr, ptr %ctx.{offset}")
            self.write(f"  %made{number} = icmp ne ptr %output{number}, null")
            self.branch(f"%made{number}", "failed")
        result = "%output0"
        if self.signature.returns == "list":
            result = "%list"
            self.write(f"  %list = call ptr @PyList_New(i64 {self.signature.returned})")
            self.write("  %listed = icmp ne ptr %list, null")
            self.branch("%listed", "unlisted")
        # No more Python code runs, and nothing fails, until all cells hold their new values: the
        # old ones are still held. (A callback could have emptied a cell's list: an IndexError.)
        committed = []
        for number, output in zip(
            self.signature.updates, outputs[self.signature.returned :], strict=True
        ):
            committed.append(f"%set{number}")
            self.set_item(committed[-1], f"cell{number}", 0, output)
        if self.signature.returns == "list":
            for output in outputs[: self.signature.returned]:
                self.set_item(f"%listed{output}", "list", output, output)
        self.release_cells()
        for number, status in enumerate(committed):
            self.write(f"  %committed{number} = icmp eq i32 {status}, 0")
            self.branch(f"%committed{number}", "uncommitted")
        self.write(f"  ret ptr {result}")
        self.write(f"uncommitted:\n  call void @Py_DecRef(ptr {result})\n  ret ptr null")

    def set_item(self, status: str, target: str, place: int, output: int) -> None:
        arguments = f"ptr %{target}, i64 {place}, ptr %output{output}"
        self.write(f"  {status} = call i32 @PyList_SetItem({arguments})")

    def release_cells(self) -> None:
        for number in self.cells():
            self.write(f"  call void @Py_DecRef(ptr %object{number})")

    def write_failure(self) -> None:
        """A status, an output that was not made, or no memory for the list of results."""
        count = len(self.signature.outputs)
        self.write("failed:")
        self.write("  br label %dropped")
        self.write("unlisted:\n  br label %dropped")
        self.write("dropped:")
        self.write("  %reason = phi i64 [ %status, %failed ], [ -1, %unlisted ]")
        # What a callback computed lies before the outputs: no memory for a copy of it, perhaps.
        self.write(f"  %made = getelementptr i8, ptr %ctx, i64 {context.HELD}")
        self.write(f"  call void @lamina_drop(ptr %made, i64 {count + 1})")
        self.release_cells()
        self.read("report", "words", 8 * REPORT)
        self.write("  call void @lamina_fail(ptr %ctx, ptr %report, i64 %reason)")
        self.write("  ret ptr null")
