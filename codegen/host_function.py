"""The host function under construction: its values, memory, and ways out.

An array is a pointer, its lengths and its strides, all i64 values; views are arithmetic on those.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_scalar import Element, Writer, cast
from lamina.codegen.memory import load, memory_type, store
from lamina.codegen.profile import Pieces
from lamina.ir import dialect as nd
from lamina.runtime.descriptor import ERROR_RAISED

if TYPE_CHECKING:
    from lamina.codegen.emit_scan import Frame

RUNTIME = {
    "lamina_output": "func.func private @lamina_output(!llvm.ptr, i64, !llvm.ptr) -> !llvm.ptr",
    "lamina_workspace": "func.func private @lamina_workspace(!llvm.ptr, i64) -> !llvm.ptr",
}
TOO_LARGE = 1 << 62
_LITTLE = 1 << 15  # bytes: so much for each element that there can be is not too large
_SIGN = 1 << 63


class HostFunction:
    """What is known of the function so far; the text is in its writer, ``w``."""

    def __init__(self, pieces: Pieces | None = None):
        self.workspace = "lamina_workspace"
        self.pieces = pieces
        self.declared: dict[str, str] = dict(RUNTIME)
        self.w = Writer(self.declared, "    ")
        self.arrays: dict[SSAValue, Array] = {}
        self.scalars: dict[SSAValue, Element] = {}
        self.slots: dict[int, str] = {}
        self.memrefs: dict[tuple[str, ...], str] = {}
        self.line = ""
        self.errors: list[dict[str, Any]] = []
        self.blocks = 0
        self.loops = 0
        self.frames: list[Frame] = []
        # Where what a step or a branch results in goes: innermost last.
        self.results: list[Callable[[str, int, tuple[str, ...]], Array | None]] = []

    # -- numbers -----------------------------------------------------------------------------------

    def i64(self, n: int) -> str:
        return self.w.constant(str(n), "i64")

    def _known(self, name: str) -> int | None:
        for (text, type), made in self.w._constants.items():
            if made == name and type == "i64":
                return int(text)
        return None

    def mul(self, a: str, b: str) -> str:
        x, y = self._known(a), self._known(b)
        if x is not None and y is not None:
            return self.i64((x * y + _SIGN) % (2 * _SIGN) - _SIGN)  # wraps round, as muli does
        if x == 1 or y == 1:
            return b if x == 1 else a
        return self.w.let(f"arith.muli {a}, {b} : i64")

    def moved(self, offset: str, by: str) -> str:
        """A sum that begins with 0."""
        return by if self._known(offset) == 0 else self.w.let(f"arith.addi {offset}, {by} : i64")

    def _product(self, lengths: Sequence[str]) -> str:
        total = self.i64(1)
        for n in lengths:
            total = self.mul(total, n)
        return total

    def _row_major(self, lengths: Sequence[str]) -> tuple[str, ...]:
        strides = [self.i64(1)]
        for n in reversed(lengths[1:]):
            strides.append(self.mul(strides[-1], n))
        return tuple(reversed(strides))[: len(lengths)] if lengths else ()

    def _index(self, name: str) -> str:
        return self.w.let(f"arith.index_cast {name} : i64 to index")

    def _scalar_length(self, value: SSAValue) -> str:
        data = nd.constant_data(value)
        return self.i64(int(data)) if data is not None else self.scalars[value].name

    # -- values ------------------------------------------------------------------------------------

    def in_memory(self, v: SSAValue) -> Array:
        """The array that `v` is; of a number one that it is put into."""
        return self.arrays[v] if nd.rank(v) else self._spilled(self.scalars[v])

    def keep(self, v: SSAValue, x: Array) -> None:
        """Note that `v` is at `x`; a number is loaded."""
        if nd.rank(v):
            self.arrays[v] = x
        else:
            self.scalars[v] = self.load(x)

    def bind(self, argument: SSAValue, v: SSAValue) -> None:
        """Let the argument of an inner block be `v`."""
        if nd.rank(argument):
            self.arrays[argument] = self.arrays[v]
        else:
            self.scalars[argument] = self.scalars[v]

    def load(self, x: Array) -> Element:
        """The element of an array that has one."""
        return load(self.w, x.pointer, x.dtype)

    def store(self, x: Element, address: str) -> None:
        """Put a number into an array."""
        store(self.w, x, address)

    def put(self, v: SSAValue, address: str) -> None:
        """Put the number `v` into an array."""
        self.store(self.scalars[v], address)

    def is_carried_in_memory(self, loop: nd.ScanOp, v: SSAValue) -> bool:
        """Whether a number that a loop carries on is in memory, and no argument of its blocks."""
        return False

    def number_at(self, address: str, dtype: str) -> Any:
        """The number in memory that stays as it is while it is used."""
        raise NotImplementedError

    def number_place(self, dtype: str) -> Array:
        """Where a number can be put."""
        return Array(self.on_stack(1, memory_type(dtype)), dtype, (), ())

    def _spilled(self, x: Element) -> Array:
        place = self.number_place(x.dtype)
        self.store(x, place.pointer)
        return place

    # -- memory ------------------------------------------------------------------------------------

    def _new_output(self, k: int, lengths: Sequence[str]) -> str:
        w = self.w
        dims = w.let("llvm.mlir.zero : !llvm.ptr")
        if lengths:
            dims = self.on_stack(len(lengths))
            for i, n in enumerate(lengths):
                at = w.let(f"llvm.getelementptr {dims}[{i}] : (!llvm.ptr) -> !llvm.ptr, i64")
                w.line(f"llvm.store {n}, {at} : i64, !llvm.ptr")
        data = w.let(
            f"func.call @lamina_output(%ctx, {self.i64(k)}, {dims}) "
            ": (!llvm.ptr, i64, !llvm.ptr) -> !llvm.ptr"
        )
        self._check_pointer(data)
        return data

    def _workspace(self, lengths: Sequence[str], dtype: str) -> str:
        """Memory for an array; asked for before the outermost loop in which its lengths stay."""
        for frame in self.frames:
            if all(map(frame.is_outside, lengths)):
                first = self.w._count
                lines, self.w.lines = self.w.lines, frame.before
                data = self._piece(lengths, dtype)
                self.w.lines = lines
                made = {f"%{k}" for k in range(first + 1, self.w._count + 1)}
                for inner in self.frames[self.frames.index(frame) :]:
                    inner.outside |= made
                return data
        if self.frames:
            self.frames[-1].scratch = True
        return self._piece(lengths, dtype)

    def _piece(self, lengths: Sequence[str], dtype: str) -> str:
        itemsize = np.dtype(dtype).itemsize
        size = self.mul(self._product(lengths), self.i64(itemsize))
        unknown = [n for n in lengths if self._known(n) is None]
        stated = math.prod(k for k in map(self._known, lengths) if k is not None) * itemsize
        if (
            len(unknown) > 1
            or any(not re.match(r"%x\d+_", n) for n in unknown)
            or stated > (_LITTLE if unknown else TOO_LARGE)
        ):
            # A product beyond 64 bits must fail, not wrap round to a small one. The lengths of an
            # argument (%x1_0) are those of memory that there is.
            bytes = Element(self.w.constant(f"{itemsize}.0", "f64"), "float64", self.w)
            for n in lengths:
                bytes = bytes * cast(Element(n, "int64", self.w), "float64", self.w)
            too_large = (bytes > float(TOO_LARGE)).name
            size = self.w.let(f"arith.select {too_large}, {self.i64(TOO_LARGE)}, {size} : i64")
        data = self.w.let(
            f"func.call @{self.workspace}(%ctx, {size}) : (!llvm.ptr, i64) -> !llvm.ptr"
        )
        self._check_pointer(data)
        return data

    def on_stack(self, count: int, type: str = "i64") -> str:
        """The address of values that the function has while it runs, made once at its head."""
        name, size = self.w.name(), self.i64(count)
        self.w.head.append(f"    {name} = llvm.alloca {size} x {type} : (i64) -> !llvm.ptr")
        for frame in self.frames:
            frame.outside.add(name)
        return name

    def _array_for(self, op: Operation, i: int, lengths: Sequence[str]) -> Array:
        """The array of result `i`, where the plan says."""
        place, number = planned_place(op, i)
        dtype = nd.dtype_of(op.results[i])
        lengths = tuple(lengths)
        if place == "operand":
            return replace(self.arrays[op.operands[number]], lengths=lengths)
        if place in ("row", "carry"):
            array = self.results[-1](place, number, lengths)
            if array is not None:
                return array
            pointer = self._workspace(lengths, dtype)
        elif place == "output":
            pointer = self._new_output(number, lengths)
        elif number in self.slots:
            pointer = self.slots[number]
        else:
            pointer = self.slots[number] = self._workspace(lengths, dtype)
        if self.pieces:
            self.pieces.allocated(self, lengths, dtype)
        return Array(pointer, dtype, lengths, self._row_major(lengths))

    def move(self, x: Array, y: Array) -> None:
        """Copy the bytes of an array without gaps to another place."""
        size = self.mul(self._product(x.lengths), self.i64(np.dtype(x.dtype).itemsize))
        self.w.line(
            f'"llvm.intr.memcpy"({y.pointer}, {x.pointer}, {size}) <{{isVolatile = false}}> '
            ": (!llvm.ptr, !llvm.ptr, i64) -> ()"
        )

    # -- views and memrefs -------------------------------------------------------------------------

    def _offset(self, x: Array, offset: str) -> str:
        if self._known(offset) == 0:
            return x.pointer
        return self.w.let(
            f"llvm.getelementptr {x.pointer}[{offset}] : (!llvm.ptr, i64) -> !llvm.ptr, {x.element}"
        )

    def _memref(
        self, pointer: str, lengths: Sequence[str], strides: Sequence[str], type: str
    ) -> str:
        key = pointer, *lengths, *strides, type
        if key not in self.memrefs:
            self.memrefs[key] = self._new_memref(pointer, lengths, strides, type)
        return self.memrefs[key]

    def _new_memref(
        self, pointer: str, lengths: Sequence[str], strides: Sequence[str], type: str
    ) -> str:
        w, n = self.w, len(lengths)
        fields = ["ptr", "ptr", "i64"] + ([f"array<{n} x i64>", f"array<{n} x i64>"] if n else [])
        struct = f"!llvm.struct<({', '.join(fields)})>"
        d = w.let(f"llvm.mlir.poison : {struct}")
        parts = [(pointer, "0"), (pointer, "1"), (self.i64(0), "2")]
        parts += [(v, f"3, {i}") for i, v in enumerate(lengths)]
        parts += [(v, f"4, {i}") for i, v in enumerate(strides)]
        for value, at in parts:
            d = w.let(f"llvm.insertvalue {value}, {d}[{at}] : {struct}")
        return w.let(f"builtin.unrealized_conversion_cast {d} : {struct} to {type}")

    # -- ways out, and what loops count ------------------------------------------------------------

    def _check_pointer(self, data: str) -> None:
        null = self.w.let("llvm.mlir.zero : !llvm.ptr")
        failed = self.w.let(f'llvm.icmp "eq" {data}, {null} : !llvm.ptr')
        self._leave_if(failed, ERROR_RAISED, ())

    def _leave_if(self, condition: str, status: int | str, details: Sequence[str]) -> None:
        """Return `status`, a number or the name of one, where `condition` holds, with up to four
        numbers for the message.
        """
        self.blocks += 1
        fail, go_on = f"^fail{self.blocks}", f"^go{self.blocks}"
        w = self.w
        w.line(f"cf.cond_br {condition}, {fail}, {go_on}")
        w.line(f"{fail}:")
        for i, detail in enumerate(details):
            at = w.let(f"llvm.getelementptr %ctx[{i}] : (!llvm.ptr) -> !llvm.ptr, i64")
            w.line(f"llvm.store {detail}, {at} : i64, !llvm.ptr")
        code = status if isinstance(status, str) else self.i64(status)
        w.line(f"return {code} : i64")
        w.line(f"{go_on}:")

    def does(self, lengths: Iterable[str] | None) -> None:
        """Count the product of `lengths` as the work of a step of the loop at hand, and of those
        around it; None: it is not known.
        """
        for frame in reversed(self.frames):
            if lengths is None or frame.work is None:
                frame.work = lengths = None
            else:
                lengths = tuple(n for n in lengths if self._known(n) != 1)
                frame.work[lengths] = frame.work.get(lengths, 0) + 1
                lengths = (*lengths, frame.steps)
