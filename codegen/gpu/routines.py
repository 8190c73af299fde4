"""Routines as kernels: a thread for each place of the batch, with the loops of a processor.

Threads can divide what is made for a place of the batch: rows that are gathered have a thread for
each element. Where there is no batch, all threads go through the loops, and each writes at its own
places, in the order of the processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import lamina.ir.operators as ops
from lamina.codegen.array import Array
from lamina.codegen.emit_routine import keep_results, leave_unless_zero, prepare, write_routine
from lamina.codegen.emit_scalar import Element, Writer
from lamina.codegen.gpu.functions import definition
from lamina.codegen.gpu.launch import BLOCKS
from lamina.codegen.gpu.unsupported import NotOnDevice
from lamina.codegen.loops import Loops, View
from lamina.codegen.memory import memory_type, to_memory

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

THREADS = 128  # of a block
BLOCKS_THAT_SHARE = 128  # for each of their threads reads all indices
_NOTES = 5  # words: which failure, and four numbers about it


class DeviceLoops(Loops):
    """A kernel under construction, whose %ctx is where, on the device, failures are noted.

    Attributes
    ----------
    divides : int or None
        That of the routine.
    shared : bool
        Whether all threads do the same, each for places of the result of its own.
    spread : bool
        Whether the places of the batch are spread over threads; else, unless they are `shared`,
        there is to be one thread.
    column : Element or None
        Where there are threads for each place of the batch: which of its columns, the places along
        dimensions that are not the first, is the thread's.
    """

    divides: int | None = None
    shared = False
    spread = False
    column: Element | None = None

    def places(self, lengths: Sequence[Element]) -> Any:
        if self.depth or self.spread or self.shared:
            return super().places(lengths)
        self.spread = True
        return self._spread(lengths)

    def divided(self, y: View, first: int) -> Callable[[Sequence[Element]], Any]:
        if self.column is not None:
            return lambda positions: self._own_column(y.lengths[first:])
        if not self.shared:
            return super().divided(y, first)
        # threads in columns, which have the same positions along the other dimensions; those of a
        # column take sections of the places along the first ones
        targets, inner = self._product(y.lengths[:first]), self._product(y.lengths[first:])
        thread, threads = self._thread(), self._threads()
        columns = ops.minimum(ops.maximum(inner, 1), threads)
        section, column = self._quotient(thread, columns)
        sections, _ = self._quotient(threads, columns)
        size, _ = self._quotient(targets + sections - 1, sections)
        begun, ended = section * size, (section + 1) * size

        @contextmanager
        def own(positions: Sequence[Element]) -> Iterator[list[Element]]:
            target = self.number(0)
            for at, n in zip(positions, y.lengths[:first], strict=True):
                target = target * n + at
            within = ops.and_(ops.ge(target, begun), ops.lt(target, ended))
            with self.when(within), self._every(columns, column, inner) as at:
                yield self._positions(at, y.lengths[first:])

        return own

    @contextmanager
    def _own_column(self, lengths: Sequence[Element]) -> Iterator[list[Element]]:
        assert self.column is not None
        with self.when(ops.lt(self.column, self._product(lengths))):
            yield self._positions(self.column, lengths)

    def _product(self, lengths: Sequence[Element]) -> Element:
        count = self.number(1)
        for n in lengths:
            count = count * n
        return count

    def _quotient(self, a: Element, b: Element) -> tuple[Element, Element]:
        """a / b and the remainder of numbers that are not negative."""
        return (
            Element(self.w.let(f"arith.divui {a.name}, {b.name} : i64"), "int64", self.w),
            Element(self.w.let(f"arith.remui {a.name}, {b.name} : i64"), "int64", self.w),
        )

    def _thread(self) -> Element:
        """The thread's number."""
        block, size = self._index("gpu.block_id x"), self._index("gpu.block_dim x")
        return block * size + self._index("gpu.thread_id x")

    def _threads(self) -> Element:
        """How many threads there are."""
        return self._index("gpu.grid_dim x") * self._index("gpu.block_dim x")

    @contextmanager
    def _every(self, step: Element, first: Element, stop: Element) -> Iterator[Element]:
        """Do the block for each k-th number."""
        at = self.w.name()
        head = f"scf.for {at} = {first.name} to {stop.name} step {step.name} : i64"
        with self._block(head):
            yield Element(at, "int64", self.w)

    def _positions(self, linear: Element, lengths: Sequence[Element]) -> list[Element]:
        """Those of a place that counts through an array in row-major order."""
        found: list[Element] = []
        for n in reversed(lengths[1:]):
            linear, at = self._quotient(linear, n)
            found.append(at)
        return [*([linear] if lengths else []), *reversed(found)]

    @contextmanager
    def _spread(self, lengths: Sequence[Element]) -> Iterator[list[Element]]:
        y, count = self.results[0], self._product(lengths)
        inner = () if self.divides is None else y.lengths[len(lengths) + self.divides :]
        if not inner:
            with self._every(self._threads(), self._thread(), count) as at:
                yield self._positions(at, lengths)
            return
        columns = ops.maximum(self._product(inner), 1)
        with self._every(self._threads(), self._thread(), count * columns) as at:
            place, self.column = self._quotient(at, columns)
            yield self._positions(place, lengths)

    def _index(self, text: str) -> Element:
        name = self.w.let(text)
        return Element(self.w.let(f"arith.index_cast {name} : index to i64"), "int64", self.w)

    def full_product(self, a: Any, b: Any) -> tuple[Element, Element]:
        # devices have an instruction for the high word
        w = self.w
        factors = [x if isinstance(x, Element) else self.number(x, "uint64") for x in (a, b)]
        low, name = w.name(), ", ".join(x.name for x in factors)
        w.line(f"{low}:2 = arith.mului_extended {name} : i64")
        return Element(f"{low}#1", "uint64", w), Element(f"{low}#0", "uint64", w)

    def fail(self, failure: int, *details: Any) -> None:
        w = self.w
        nothing, number = self.number(0), self.number(failure + 1)
        pair = w.let(
            f"llvm.cmpxchg %ctx, {nothing.name}, {number.name} monotonic monotonic : !llvm.ptr, i64"
        )
        first = w.let(f"llvm.extractvalue {pair}[1] : !llvm.struct<(i64, i1)>")
        with self.when(Element(first, "bool", w)):
            for i, detail in enumerate(details, 1):
                value = self.element(detail)
                at = w.let(f"llvm.getelementptr %ctx[{i}] : (!llvm.ptr) -> !llvm.ptr, i64")
                w.line(f"llvm.store {value.name}, {at} : i64, !llvm.ptr")

    def scratch(self, dtype: str, *lengths: Any) -> Any:
        raise NotOnDevice("it needs memory of its own, which a thread does not have")

    def table(self, values: Any) -> Any:
        raise NotOnDevice("it needs a table of constants")

    def call(self, symbol: str, arguments: Sequence[Any], result: str | None = None) -> Any:
        if not definition(symbol):
            raise NotOnDevice(f"no device has the function {symbol}")
        return super().call(symbol, arguments, result)

    def end(self) -> None:
        self.w.line("gpu.return")


def emit_device_routine(host: DeviceHost, op: Any) -> None:
    """Launch the kernel of a routine, and see whether it has failed.

    Raises
    ------
    NotOnDevice
        The routine calls what a device does not have.
    """
    made = prepare(host, op)
    declared: dict[str, str] = {}
    loops = DeviceLoops(Writer(declared), [], [])
    loops.divides = op.definition.divides
    loops.shared = loops.divides is not None and 0 < made.made[0].core == len(made.made[0].shape)
    parameters, w = write_routine(made, loops)
    given = ", ".join(["%ctx: !llvm.ptr", *parameters])
    text = f"gpu.func @KERNEL({given}) kernel {{\n{w.text()}\n  }}\n"
    number = host.routine(text, declared)
    notes = _notes(host) if op.definition.failures else None
    null = host.w.let("llvm.mlir.zero : !llvm.ptr")
    values = [(notes.pointer if notes else null, "!llvm.ptr")]
    for argument, array, v in zip(made.passed, made.arrays, op.operands, strict=True):
        if argument is not None and argument.scalar:
            values.append((to_memory(host.w, host.scalars[v]), memory_type(argument.dtype)))
        elif argument is not None:
            assert array is not None
            values += _values(array.pointer, argument.numbers(array))
    for argument, array in zip(made.made, made.results, strict=True):
        values += _values(array.pointer, argument.numbers(array))
    lengths = made.results[0].lengths
    work: str | None = None
    if loops.shared or loops.column is not None:
        work = host._product(lengths)
    elif loops.spread:
        core = made.made[0].core - op.definition.independent
        work = host._product(lengths[: len(lengths) - core])
    most = BLOCKS_THAT_SHARE if loops.shared else BLOCKS
    host.launcher.run(number, work, THREADS, values, most)
    if notes:
        cell = host.on_stack(_NOTES)
        host.launcher.copy("out", _words(host, cell), notes)
        status = host.w.let(f"llvm.load {cell} : !llvm.ptr -> i64")
        for i in range(1, _NOTES):
            _move_word(host, cell, i)
        leave_unless_zero(host, status, op)
    keep_results(host, op, made.results)


def _values(pointer: str, numbers: Sequence[str]) -> list[tuple[str, str]]:
    return [(pointer, "!llvm.ptr"), *((n, "i64") for n in numbers)]


def _words(host: DeviceHost, pointer: str) -> Array:
    return Array(pointer, "int64", (host.i64(_NOTES),), (host.i64(1),))


def _notes(host: DeviceHost) -> Array:
    """Memory for notes of failures, of which there are none."""
    cell = host.on_stack(_NOTES)
    for i in range(_NOTES):
        at = host.w.let(f"llvm.getelementptr {cell}[{i}] : (!llvm.ptr) -> !llvm.ptr, i64")
        host.w.line(f"llvm.store {host.i64(0)}, {at} : i64, !llvm.ptr")
    notes = _words(host, host._workspace([host.i64(_NOTES)], "int64"))
    host.launcher.copy("in", notes, _words(host, cell))
    return notes


def _move_word(host: DeviceHost, cell: str, i: int) -> None:
    """Put a number about a failure where the caller looks for it."""
    w = host.w
    frm = w.let(f"llvm.getelementptr {cell}[{i}] : (!llvm.ptr) -> !llvm.ptr, i64")
    to = w.let(f"llvm.getelementptr %ctx[{i - 1}] : (!llvm.ptr) -> !llvm.ptr, i64")
    value = w.let(f"llvm.load {frm} : !llvm.ptr -> i64")
    w.line(f"llvm.store {value}, {to} : i64, !llvm.ptr")
