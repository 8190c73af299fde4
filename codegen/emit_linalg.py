"""The final nd module as MLIR text: the function @lamina_main, which runs kernels, BLAS and checks,
and the kernels.

An array is a pointer, its lengths and its strides, all i64 values; views are arithmetic on those. A
memref is made of them where a kernel is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from xdsl.dialects.func import ReturnOp
from xdsl.ir import Block, Operation, SSAValue

from lamina.codegen.emit_blas import emit_dot, emit_gemm, emit_gemv
from lamina.codegen.emit_branch import emit_branch
from lamina.codegen.emit_callback import emit_callback
from lamina.codegen.emit_kernel import Argument, Nest, write_kernel
from lamina.codegen.emit_routine import emit_routine
from lamina.codegen.emit_scalar import STORED_TYPE, Element, Writer, apply, cast, literal
from lamina.codegen.emit_scan import Frame, emit_scan
from lamina.codegen.memory import from_stored, load, memory_type, store
from lamina.codegen.profile import Pieces
from lamina.ir import dialect as nd
from lamina.ir.ops.dimshuffle import NEW
from lamina.ir.ops.elementwise import Elemwise
from lamina.runtime.descriptor import Piece

RUNTIME = {
    "lamina_output": "func.func private @lamina_output(!llvm.ptr, i64, !llvm.ptr) -> !llvm.ptr",
    "lamina_workspace": "func.func private @lamina_workspace(!llvm.ptr, i64) -> !llvm.ptr",
}
ERROR_MEMORY = -1
_INLINED = 60  # lines of a kernel that a loop calls: a call and its descriptors take 5 ns
TOO_LARGE = 1 << 62


@dataclass(frozen=True)
class Array:
    """Where an array lies.

    Attributes
    ----------
    pointer : str
        The address of its first element.
    lengths, strides : tuple of str
        i64 values; strides in elements.
    contiguous : bool
        Row-major without gaps.
    """

    pointer: str
    dtype: str
    lengths: tuple[str, ...]
    strides: tuple[str, ...]
    contiguous: bool = True

    @property
    def element(self) -> str:
        """The type that address arithmetic counts in."""
        return memory_type(self.dtype)


@dataclass
class Emitted:
    """MLIR text of a function and what the runtime must know of it.

    Attributes
    ----------
    errors : list of dict
        What went wrong when lamina_main returns k: entry k - 1.
    callbacks : list of int
        The applications of the graph, by number, that Python computes.
    pieces : list of Piece
        What the records of its profile are about; none if it makes none.
    """

    text: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    callbacks: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)


def emit(block: Block, profile: bool = False, vectorises: bool = True) -> Emitted:
    """MLIR text for the planned body of ``@main``, for an LLVM that vectorises; of one that takes
    times, if `profile`.
    """
    return Host(block, Pieces() if profile else None, vectorises).emit()


class Host:
    def __init__(self, block: Block, pieces: Pieces | None = None, vectorises: bool = True):
        self.block = block
        self.vectorises = vectorises
        self.workspace = "lamina_workspace"
        self.pieces = pieces
        self.declared: dict[str, str] = dict(RUNTIME)
        self.w = Writer(self.declared, "    ")
        self.arrays: dict[SSAValue, Array] = {}
        self.scalars: dict[SSAValue, Element] = {}
        self.slots: dict[int, str] = {}
        self.memrefs: dict[tuple[str, ...], str] = {}
        self.kernels: dict[str, str] = {}
        self.kernels_by_text: dict[str, str] = {}
        self.line = ""
        self.lines: dict[str, dict[str, None]] = {}
        self.globals: list[str] = []
        self.errors: list[dict[str, Any]] = []
        self.callbacks: list[int] = []
        self.blocks = 0
        self.loops = 0
        self.frames: list[Frame] = []
        self.inlined: set[str] = set()
        # Where what a step or a branch results in goes: innermost last.
        self.results: list[Callable[[str, int, tuple[str, ...]], Array | None]] = []

    # -- the function ------------------------------------------------------------------------------

    def emit(self) -> Emitted:
        parameters = ["%ctx: !llvm.ptr"]
        for i, v in enumerate(self.block.args):
            dtype = nd.dtype_of(v)
            if nd.rank(v) == 0:
                parameters.append(f"%x{i}: {STORED_TYPE[dtype]}")
                self.scalars[v] = from_stored(self.w, f"%x{i}", dtype)
                continue
            lengths = tuple(f"%x{i}_{d}" for d in range(nd.rank(v)))
            parameters += [f"%x{i}: !llvm.ptr", *(f"{n}: i64" for n in lengths)]
            self.arrays[v] = Array(f"%x{i}", dtype, lengths, self._row_major(lengths))
        start = self.pieces.begin_function(self) if self.pieces else ""
        for op in self.block.ops:
            if isinstance(op, ReturnOp):
                self._return(op)
            else:
                self._op(op)
        if self.pieces:
            self.pieces.end_function(self, start)
        main = (
            f"func.func @lamina_main({', '.join(parameters)}) -> i64 {{\n{self.w.text()}\n"
            f"    %ok = arith.constant 0 : i64\n    return %ok : i64\n  }}"
        )
        kernels = [self._with_attributes(text, symbol) for text, symbol in self.kernels.items()]
        table = [
            f"// status {k}: " + ", ".join(f"{name} {value}" for name, value in error.items())
            for k, error in enumerate(self.errors, 1)
        ]
        parts = [*self.globals, *self.declared.values(), *kernels, *table, main]
        text = "module {\n  " + "\n  ".join(parts) + "\n}\n"
        pieces = self.pieces.table if self.pieces else []
        return Emitted(text, self.errors, self.callbacks, pieces)

    def _with_attributes(self, kernel: str, symbol: str) -> str:
        """A kernel that carries the user's lines that it comes from, to the last text of LLVM."""
        lines = ", ".join(self.lines[symbol])
        attributes = ["llvm.always_inline"] if symbol in self.inlined else []
        if lines:
            attributes.append(f'llvm.passthrough = [["line", {_quoted(lines)}]]')
        if not attributes:
            return kernel
        head, end, body = kernel.partition(" {\n")
        return f"{head} attributes {{{', '.join(attributes)}}}{end}{body}"

    def _op(self, op: Operation) -> None:
        line: Any = op.attributes.get("line")
        self.line = line.data if line is not None else ""
        start = len(self.w.lines)
        if self.pieces:
            self.pieces.emit(self, op)
        else:
            self._emit(op)
        if self.line and len(self.w.lines) > start:
            self.w.lines.insert(start, f"    // {op.name}, {self.line}")

    def _emit(self, op: Operation) -> None:
        if isinstance(op, nd.ConstantOp):
            self._constant(op)
        elif isinstance(op, nd.KernelOp):
            self._kernel(op)
        elif isinstance(op, nd.RoutineOp):
            self.does(None)
            emit_routine(self, op)
        elif isinstance(op, nd.ScanOp):
            emit_scan(self, op)
        elif isinstance(op, nd.IfOp):
            emit_branch(self, op)
        elif isinstance(op, nd.NdOp) and isinstance(op.definition, Elemwise):
            elements = [self.scalars[v] for v in op.operands]
            self.scalars[op.results[0]] = apply(op.definition, elements, self.w)
        else:
            getattr(self, "_" + op.name.removeprefix("nd."))(op)

    def _return(self, op: ReturnOp) -> None:
        for k, v in enumerate(op.operands):
            if not nd.rank(v):
                x = self.scalars[v]
                self.store(x, self._new_output(k, ()))

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
            return self.i64(x * y)
        if x == 1 or y == 1:
            return b if x == 1 else a
        return self.w.let(f"arith.muli {a}, {b} : i64")

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

    def load(self, x: Array) -> Element:
        """The element of an array that has one."""
        return load(self.w, x.pointer, x.dtype)

    def store(self, x: Element, address: str) -> None:
        """Put a number into an array."""
        store(self.w, x, address)

    def move(self, x: Array, y: Array) -> None:
        """Copy the bytes of an array without gaps to another place."""
        size = self.mul(self._product(x.lengths), self.i64(np.dtype(x.dtype).itemsize))
        self.w.line(
            f'"llvm.intr.memcpy"({y.pointer}, {x.pointer}, {size}) <{{isVolatile = false}}> '
            ": (!llvm.ptr, !llvm.ptr, i64) -> ()"
        )

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
        if len(unknown) > 1 or any(not re.match(r"%x\d+_", n) for n in unknown):
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

    def takes_workspace(self, symbol: str) -> bool:
        """Whether a function of the module asks for memory of the workspace."""
        return any(
            known == symbol and "@lamina_workspace(" in text for text, known in self.kernels.items()
        )

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

    def on_stack(self, count: int, type: str = "i64") -> str:
        """The address of values that the function has while it runs, made once at its head."""
        name, size = self.w.name(), self.i64(count)
        self.w.head.append(f"    {name} = llvm.alloca {size} x {type} : (i64) -> !llvm.ptr")
        for frame in self.frames:
            frame.outside.add(name)
        return name

    def _check_pointer(self, data: str) -> None:
        null = self.w.let("llvm.mlir.zero : !llvm.ptr")
        failed = self.w.let(f'llvm.icmp "eq" {data}, {null} : !llvm.ptr')
        self._leave_if(failed, ERROR_MEMORY, ())

    def _leave_if(self, condition: str, status: int, details: Sequence[str]) -> None:
        """Return `status` where `condition` holds, with up to four numbers for the message."""
        self.blocks += 1
        fail, go_on = f"^fail{self.blocks}", f"^go{self.blocks}"
        w = self.w
        w.line(f"cf.cond_br {condition}, {fail}, {go_on}")
        w.line(f"{fail}:")
        for i, detail in enumerate(details):
            at = w.let(f"llvm.getelementptr %ctx[{i}] : (!llvm.ptr) -> !llvm.ptr, i64")
            w.line(f"llvm.store {detail}, {at} : i64, !llvm.ptr")
        w.line(f"return {self.i64(status)} : i64")
        w.line(f"{go_on}:")

    def _array_for(self, op: Operation, i: int, lengths: Sequence[str]) -> Array:
        """The array of result `i`, where the plan says."""
        place, _, number = op.attributes["buffers"].data[i].data.partition(" ")  # type: ignore[attr-defined]
        dtype = nd.dtype_of(op.results[i])
        lengths = tuple(lengths)
        if place == "operand":
            return replace(self.arrays[op.operands[int(number)]], lengths=lengths)
        if place in ("row", "carry"):
            array = self.results[-1](place, int(number), lengths)
            if array is not None:
                return array
            pointer = self._workspace(lengths, dtype)
        elif place == "output":
            pointer = self._new_output(int(number), lengths)
        elif int(number) in self.slots:
            pointer = self.slots[int(number)]
        else:
            pointer = self.slots[int(number)] = self._workspace(lengths, dtype)
        if self.pieces:
            self.pieces.allocated(self, lengths, dtype)
        return Array(pointer, dtype, lengths, self._row_major(lengths))

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

    # -- constants, lengths, checks ----------------------------------------------------------------

    def _constant(self, op: nd.ConstantOp) -> None:
        data = op.data
        if not data.ndim:
            self.scalars[op.results[0]] = literal(data, data.dtype.name, self.w)
            return
        symbol = f"constant_{len(self.globals)}"
        stored = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        text = f'"0x{stored.tobytes().hex().upper()}"' if stored.size else "[]"
        self.globals.append(
            f"llvm.mlir.global private constant @{symbol}(dense<{text}> : tensor<{stored.size}xi8>)"
            f" {{alignment = 64 : i64}} : !llvm.array<{stored.size} x i8>"
        )
        pointer = self.w.let(f"llvm.mlir.addressof @{symbol} : !llvm.ptr")
        lengths = tuple(self.i64(n) for n in data.shape)
        self.arrays[op.results[0]] = Array(
            pointer, data.dtype.name, lengths, self._row_major(lengths)
        )

    def _dim(self, op: Any) -> None:
        length = self.arrays[op.operands[0]].lengths[op.definition.i]
        self.scalars[op.results[0]] = Element(length, "int64", self.w)

    def _fail(self, op: Operation, kind: str) -> int:
        entry = {"kind": kind}
        for name, value in op.attributes.items():
            entry[name] = value.data if hasattr(value, "data") else value.value.data  # type: ignore[attr-defined]
        self.errors.append(entry)
        return len(self.errors)

    def _assert_equal(self, op: Operation) -> None:
        a, b = (self._scalar_length(v) for v in op.operands)
        differ = self.w.let(f"arith.cmpi ne, {a}, {b} : i64")
        self._leave_if(differ, self._fail(op, "equal"), (a, b))

    def _assert_index(self, op: Operation) -> None:
        i, n = (self._scalar_length(v) for v in op.operands)
        low = self.w.let(f"arith.subi {self.i64(0)}, {n} : i64")
        below = self.w.let(f"arith.cmpi slt, {i}, {low} : i64")
        above = self.w.let(f"arith.cmpi sge, {i}, {n} : i64")
        outside = self.w.let(f"arith.ori {below}, {above} : i1")
        axis = self.i64(op.attributes["axis"].value.data)  # type: ignore[attr-defined]
        self._leave_if(outside, self._fail(op, "index"), (i, axis, i, n))

    # -- views -------------------------------------------------------------------------------------

    def _dimshuffle(self, op: Any) -> None:
        (v,) = op.operands
        y = op.results[0]
        if not nd.rank(v):
            x = self.scalars[v]
            array = self._spilled(x)
        else:
            array = self.arrays[v]
        if not nd.rank(y):
            self.scalars[y] = self.load(array)
            return
        order = op.definition.order
        one = self.i64(1)
        kept = [d for d in order if d != NEW]
        self.arrays[y] = replace(
            array,
            lengths=tuple(one if d == NEW else array.lengths[d] for d in order),
            strides=tuple(one if d == NEW else array.strides[d] for d in order),
            contiguous=array.contiguous and kept == sorted(kept),
        )

    def _slice(self, op: Operation) -> None:
        view = self._view(op, self.arrays[op.operands[0]], op.operands[1:])
        if nd.rank(op.results[0]):
            self.arrays[op.results[0]] = view
        else:
            self.scalars[op.results[0]] = self.load(view)

    def _view(self, op: Operation, x: Array, triples: Sequence[SSAValue]) -> Array:
        dropped = set(op.attributes["dropped"].get_values())  # type: ignore[attr-defined]
        numbers = [self._scalar_length(v) for v in triples]
        offset = self.i64(0)
        lengths, strides = [], []
        for axis in range(len(x.lengths)):
            start, length, step = numbers[3 * axis : 3 * axis + 3]
            moved = self.mul(start, x.strides[axis])
            if self._known(moved) != 0:
                offset = (
                    moved
                    if self._known(offset) == 0
                    else self.w.let(f"arith.addi {offset}, {moved} : i64")
                )
            if axis not in dropped:
                lengths.append(length)
                strides.append(self.mul(step, x.strides[axis]))
        return Array(
            self._offset(x, offset), x.dtype, tuple(lengths), tuple(strides), contiguous=False
        )

    def _reshape_to(self, op: Operation) -> None:
        lengths = tuple(self._scalar_length(v) for v in op.operands[1:])
        x = op.operands[0]
        if not nd.rank(x):
            array = self._spilled(self.scalars[x])
        else:
            array = self.arrays[x]
        if nd.rank(op.results[0]):
            self.arrays[op.results[0]] = replace(
                array, lengths=lengths, strides=self._row_major(lengths)
            )
        else:
            self.scalars[op.results[0]] = self.load(array)

    def number_place(self, dtype: str) -> Array:
        """Where a number can be put."""
        return Array(self.on_stack(1, memory_type(dtype)), dtype, (), ())

    def _spilled(self, x: Element) -> Array:
        place = self.number_place(x.dtype)
        self.store(x, place.pointer)
        return place

    # -- kernels -----------------------------------------------------------------------------------

    def _kernel(self, op: nd.KernelOp) -> None:
        maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        combine = tuple(s.data for s in op.attributes["combine"])  # type: ignore[attr-defined]
        kinds = tuple(s.data for s in op.attributes["iterators"])  # type: ignore[attr-defined]
        n = len(op.body.block.args)
        ins, out_maps = op.operands[:n], maps[len(op.operands) :]
        loop_lengths = self._loop_lengths(op, maps)
        inputs = [self._operand(v) for v in ins]
        outputs: list[Array | None] = []
        inplace: list[int | None] = []
        for i, r in enumerate(op.results):
            place = op.attributes["buffers"].data[i].data  # type: ignore[attr-defined]
            inplace.append(int(place.split()[1]) if place.startswith("operand") else None)
            lengths = [loop_lengths[k] for k in out_maps[i]]
            outputs.append(self._array_for(op, i, lengths) if nd.rank(r) else None)
        scalars = self._call_kernel(
            op.body.block,
            kinds,
            inputs,
            maps[:n],
            outputs,
            out_maps,
            combine,
            tuple(inplace),
            loop_lengths,
            [nd.dtype_of(r) for r in op.results],
        )
        for r, array in zip(op.results, outputs, strict=True):
            if array is not None:
                self.arrays[r] = array
            else:
                self.scalars[r] = self._returned(scalars.pop(0), nd.dtype_of(r))

    def _operand(self, v: SSAValue) -> Array | Element:
        return self.arrays[v] if nd.rank(v) else self.scalars[v]

    def _returned(self, name: str, dtype: str) -> Any:
        """A number that a kernel has returned."""
        return from_stored(self.w, name, dtype)

    def _loop_lengths(self, op: nd.KernelOp, maps: Sequence[Sequence[int]]) -> dict[int, str]:
        lengths: dict[int, str] = {}
        for i, number in enumerate(op.attributes["extents"].get_values()):  # type: ignore[attr-defined]
            if number >= 0:
                lengths[i] = self._scalar_length(op.operands[number])
        for v, positions in zip(op.operands, maps, strict=False):
            if nd.rank(v):
                for loop, length in zip(positions, self.arrays[v].lengths, strict=True):
                    lengths.setdefault(loop, length)
        for values, their_maps in ((op.operands, maps), (op.results, maps[len(op.operands) :])):
            for v, positions in zip(values, their_maps, strict=False):
                for loop, n in zip(positions, nd.static_shape(v), strict=False):
                    if n is not None and loop >= 0:
                        lengths[loop] = self.i64(n)
        return lengths

    def _call_kernel(
        self,
        body: Block,
        kinds: Sequence[str],
        inputs: Sequence[Array | Element],
        in_maps: Sequence[Sequence[int]],
        outputs: Sequence[Array | None],
        out_maps: Sequence[Sequence[int]],
        combine: tuple[str, ...],
        inplace: tuple[int | None, ...],
        loop_lengths: dict[int, str],
        out_dtypes: Sequence[str],
    ) -> list[str]:
        """Write the kernel, unless an equal one exists, and the call of it; the names of its scalar
        results.
        """
        arrays: list[tuple[Array, Sequence[int]]] = [
            (x, m) for x, m in zip(inputs, in_maps, strict=True) if isinstance(x, Array)
        ]
        arrays += [(x, m) for x, m in zip(outputs, out_maps, strict=True) if x is not None]
        indexed = any(isinstance(o, nd.LoopIndexOp) for o in body.ops)
        groups = _merge_loops(
            kinds, arrays, loop_lengths, self.i64(1), keep_all=indexed, exact=combine
        )
        place = {loop: g for g, group in enumerate(groups) for loop in group}
        ins = [self._argument(x, m, groups, place) for x, m in zip(inputs, in_maps, strict=True)]
        outs = [
            (Argument(d, scalar=True), "", (), ())
            if x is None
            else self._argument(x, m, groups, place)
            for x, m, d in zip(outputs, out_maps, out_dtypes, strict=True)
        ]
        lengths = [self._product([loop_lengths[k] for k in group]) for group in groups]
        extents, extra = self._extents(len(groups), [a for a, *_ in ins], [a for a, *_ in outs])
        nest = Nest(
            tuple(kinds[g[0]] for g in groups),
            tuple(a for a, *_ in ins),
            tuple(a for a, *_ in outs),
            combine,
            inplace,
            extents,
            body,
            tuple(map(tuple, groups)),
        )
        symbol = self._kernel_symbol(nest)
        self.does(loop_lengths.values())
        return self._call(symbol, nest, ins, outs, lengths, extra)

    def _kernel_symbol(self, nest: Nest) -> str:
        """The symbol of the kernel that does `nest`; equal kernels are one."""
        text = write_kernel("KERNEL", nest, self.declared, self.vectorises)
        known = self.kernels_by_text.get(text)
        if known is None:
            known = self.kernels_by_text[text] = f"kernel_{len(self.kernels)}"
            self.kernels[text.replace("@KERNEL(", f"@{known}(", 1)] = known
            self.lines[known] = {}
        if self.frames and text.count("\n") <= _INLINED:
            self.inlined.add(known)
        self.lines[known].update(dict.fromkeys(self.line.split(", ") if self.line else ()))
        return known

    def _argument(
        self,
        x: Array | Element,
        positions: Sequence[int],
        groups: Sequence[Sequence[int]],
        place: dict[int, int],
    ) -> tuple[Argument, str, tuple[str, ...], tuple[str, ...]]:
        if isinstance(x, Element):
            return Argument(x.dtype, scalar=True), x.name, (), ()
        loops, lengths, strides = [], [], []
        for group_number, group in enumerate(groups):
            own = [d for d, loop in enumerate(positions) if loop in group]
            if own:
                loops.append((own[-1], group_number))
        loops.sort()
        for d, group_number in loops:
            members = [e for e, loop in enumerate(positions) if loop in groups[group_number]]
            lengths.append(self._product([x.lengths[e] for e in members]))
            strides.append(x.strides[d])
        known = tuple(1 if self._known(s) == 1 else None for s in strides)
        argument = Argument(x.dtype, tuple(g for _, g in loops), known)
        return argument, x.pointer, tuple(lengths), tuple(strides)

    def _extents(
        self, count: int, ins: Sequence[Argument], outs: Sequence[Argument]
    ) -> tuple[tuple[tuple[str, int, int], ...], list[int]]:
        extents: list[tuple[str, int, int]] = []
        extra: list[int] = []
        for loop in range(count):
            where = [("out", i, a.loops.index(loop)) for i, a in enumerate(outs) if loop in a.loops]
            where += [("in", i, a.loops.index(loop)) for i, a in enumerate(ins) if loop in a.loops]
            if where:
                extents.append(where[0])
            else:
                extents.append(("extent", len(extra), 0))
                extra.append(loop)
        return tuple(extents), extra

    def _call(
        self,
        symbol: str,
        nest: Nest,
        ins: Sequence[Any],
        outs: Sequence[Any],
        lengths: Sequence[str],
        extra: Sequence[int],
    ) -> list[str]:
        names, types = [], []
        for i, (a, name, own, strides) in enumerate(ins):
            if i in nest.inplace:
                continue
            names.append(name if a.scalar else self._memref(name, own, strides, a.type))
            types.append(a.type)
        for a, name, own, strides in outs:
            if not a.scalar:
                names.append(self._memref(name, own, strides, a.type))
                types.append(a.type)
        for loop in extra:
            names.append(self._index(lengths[loop]))
            types.append("index")
        results = [STORED_TYPE[a.dtype] for a, *_ in outs if a.scalar]
        signature = f"({', '.join(types)}) -> ({', '.join(results)})"
        call = f"func.call @{symbol}({', '.join(names)}) : {signature}"
        if not results:
            self.w.line(call)
            return []
        name = self.w.name()
        self.w.line(f"{name}:{len(results)} = {call}")
        return [f"{name}#{i}" for i in range(len(results))]

    def _copy(
        self, x: Array, y: Array, accumulate: bool = False, onto: Sequence[int] | None = None
    ) -> None:
        """Copy (or add) the elements of `x`, broadcast, onto `y`."""
        n = len(y.lengths)
        positions = tuple(range(n - len(x.lengths), n)) if onto is None else tuple(onto)
        lengths = dict(enumerate(y.lengths))
        element = nd.TensorType(nd.ELEMENT[x.dtype], [])
        body = Block(arg_types=[element] * (2 if accumulate else 1))
        value: SSAValue = body.args[0]
        inputs: list[Array | Element] = [x]
        maps: list[Sequence[int]] = [positions]
        inplace: tuple[int | None, ...] = (None,)
        if accumulate:
            from lamina.ir.operators import add

            total = nd.create(add, [body.args[1], body.args[0]])
            body.add_op(total)
            value = total.results[0]
            inputs.append(y)
            maps.append(tuple(range(n)))
            inplace = (1,)
        body.add_op(nd.YieldOp.create(operands=[value]))
        self._call_kernel(
            body,
            ("parallel",) * n,
            inputs,
            maps,
            [y],
            [tuple(range(n))],
            ("",),
            inplace,
            lengths,
            [y.dtype],
        )

    # -- arrays made of arrays ---------------------------------------------------------------------

    def _update_slice(self, op: Operation) -> None:
        x, y = op.operands[:2]
        array = self.arrays[x]
        result = self._array_for(op, 0, array.lengths)
        if result.pointer != array.pointer:
            self._copy(array, result)
        view = self._view(op, result, op.operands[2:])
        n = len(view.lengths)
        source: Array = self.arrays[y] if nd.rank(y) else self._spilled(self.scalars[y])
        static = nd.static_shape(y)
        onto = [-1 if length == 1 else n - len(static) + d for d, length in enumerate(static)]
        accumulate = not op.attributes["set"].value.data  # type: ignore[attr-defined]
        self._copy(source, view, accumulate, onto)
        self.arrays[op.results[0]] = result

    def _concatenate(self, op: Any) -> None:
        axis = op.definition.axis
        parts = [self.arrays[v] for v in op.operands]
        total = parts[0].lengths[axis]
        for p in parts[1:]:
            a, b = self._known(total), self._known(p.lengths[axis])
            total = (
                self.i64(a + b) if a is not None and b is not None
                else self.w.let(f"arith.addi {total}, {p.lengths[axis]} : i64")
            )  # fmt: skip
        lengths = list(parts[0].lengths)
        lengths[axis] = total
        result = self._array_for(op, 0, lengths)
        start = self.i64(0)
        for p in parts:
            pointer = self._offset(result, self.mul(start, result.strides[axis]))
            self._copy(p, replace(result, pointer=pointer, lengths=p.lengths, contiguous=False))
            start = (
                p.lengths[axis]
                if self._known(start) == 0
                else self.w.let(f"arith.addi {start}, {p.lengths[axis]} : i64")
            )
        self.arrays[op.results[0]] = result

    def _callback(self, op: Any) -> None:
        self.does(None)
        emit_callback(self, op)

    def _gemv(self, op: Any) -> None:
        emit_gemv(self, op)

    def _gemm(self, op: Any) -> None:
        emit_gemm(self, op)

    def _dot(self, op: Any) -> None:
        emit_dot(self, op)

    def _make_vector(self, op: Any) -> None:
        result = self._array_for(op, 0, [self.i64(len(op.operands))])
        for i, v in enumerate(op.operands):
            x = self.scalars[v]
            at = self.w.let(
                f"llvm.getelementptr {result.pointer}[{i}] "
                f": (!llvm.ptr) -> !llvm.ptr, {result.element}"
            )
            self.store(x, at)
        self.arrays[op.results[0]] = result


def _quoted(text: str) -> str:
    """A string of MLIR."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _merge_loops(
    kinds: Sequence[str],
    arrays: Sequence[tuple[Array, Sequence[int]]],
    lengths: dict[int, str],
    one: str,
    keep_all: bool,
    exact: Sequence[str],
) -> list[list[int]]:
    """Loops of length 1 dropped, and neighbours merged where every array runs through both without
    a gap.

    A reduction keeps a loop to reduce over.
    """
    loops = [i for i in range(len(kinds)) if lengths[i] != one]
    if "reduction" in kinds and not any(kinds[i] == "reduction" for i in loops):
        loops = sorted([*loops, list(kinds).index("reduction")])
    if keep_all:
        return [[i] for i in range(len(kinds))]
    groups: list[list[int]] = []
    for loop in loops:
        if (
            groups
            and kinds[groups[-1][-1]] == kinds[loop]
            and all(_joined(x, m, groups[-1][-1], loop, one) for x, m in arrays)
        ):
            groups[-1].append(loop)
        else:
            groups.append([loop])
    return groups


def _joined(x: Array, positions: Sequence[int], a: int, b: int, one: str) -> bool:
    if a not in positions and b not in positions:
        return True
    if a not in positions or b not in positions or not x.contiguous:
        return False
    i, j = list(positions).index(a), list(positions).index(b)
    return i < j and all(x.lengths[k] == one for k in range(i + 1, j))
