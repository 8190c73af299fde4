"""What a routine's ``native`` writes with: loops, branches, variables, elements of arrays.

Scalars are `Element`s, so that ops on them are the expressions that gradients and rules are made
of. Loops become scf; array accesses, address arithmetic on llvm pointers. A fault inside a loop is
noted and the loops go on, with what `native` makes of the faulty element: the first note is the
status that the routine returns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import lamina.ir.operators as ops
from lamina.codegen.emit_scalar import MLIR_TYPE, Element, Writer, cast, literal
from lamina.codegen.memory import load, memory_type, store
from lamina.codegen.pcg64 import Pcg64
from lamina.ir.ops.philox import full_product
from lamina.runtime.descriptor import ERROR_RAISED


class Loops:
    """A function under construction.

    Attributes
    ----------
    w : Writer
    """

    def __init__(self, writer: Writer, operands: Sequence[Operand], results: Sequence[View]):
        self.w = writer
        self.operands, self.results = operands, results
        self.depth = 0
        self.returns = 0
        self.status = self.cell(0, "int64")

    def end(self) -> None:
        """Return what was noted."""
        self.w.line(f"return {self.status.value.name} : i64")

    # -- scalars -----------------------------------------------------------------------------------

    def number(self, value: Any, dtype: str = "int64") -> Element:
        """A constant."""
        return literal(value, dtype, self.w)

    def element(self, value: Any) -> Element:
        """`value` as an int64, unless it is an element."""
        return value if isinstance(value, Element) else self.number(value)

    def cast(self, x: Element, dtype: str) -> Element:
        """`x` in another dtype, by NumPy's rules."""
        return cast(x, dtype, self.w)

    def full_product(self, a: Any, b: Any) -> tuple[Element, Element]:
        """The high and the low word of the product of two uint64."""
        return full_product(a, b)

    def cell(self, initial: Any, dtype: str | None = None) -> Cell:
        """A variable that can be assigned to."""
        if not isinstance(initial, Element):
            initial = self.number(initial, dtype or "int64")
        made = Cell(self, self.stack(memory_type(initial.dtype)), initial.dtype)
        made.value = initial
        return made

    def stack(self, type: str, count: int = 1) -> str:
        """The address of a place of the function's frame."""
        # before all loops, where it is allocated once
        many = self.w.constant(str(count), "i64")
        name = self.w.name()
        self.w.head.append(f"    {name} = llvm.alloca {many} x {type} : (i64) -> !llvm.ptr")
        return name

    # -- control -----------------------------------------------------------------------------------

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self.w.line(head + " {")
        self.depth += 1
        yield
        self.depth -= 1
        self.w.line("}")

    @contextmanager
    def loop(self, start: Any, stop: Any = None, down: bool = False) -> Iterator[Element]:
        """Do the block for each int64 in ``range(start, stop)`` (or ``range(start)``), from the
        last one if `down`.
        """
        if stop is None:
            start, stop = 0, start
        first, last = self.element(start), self.element(stop)
        i, one = self.w.name(), self.w.constant("1", "i64")
        with self._block(f"scf.for {i} = {first.name} to {last.name} step {one} : i64"):
            at = Element(i, "int64", self.w)
            yield first + (last - 1 - at) if down else at

    @contextmanager
    def when(self, condition: Element) -> Iterator[None]:
        """Do the block if `condition` holds."""
        with self._block(f"scf.if {condition.name}"):
            yield

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """Directly after a ``when`` block: do this one if its condition did not hold."""
        assert self.w.lines[-1].strip() == "}"
        self.w.lines.pop()
        with self._block("} else"):
            yield

    @contextmanager
    def loop_while(self, condition: Callable[[], Element]) -> Iterator[None]:
        """Do the block as long as `condition`, evaluated before each time, holds."""
        with self._block("scf.while : () -> ()"):
            self.w.line(f"scf.condition({condition().name})")
            self.w.line("} do {")
            yield
            self.w.line("scf.yield")

    def fail(self, failure: int, *details: Any) -> None:
        """Note that failure number `failure` of the op's table has happened, unless one has
        before; with up to four integers for its message.
        """
        with self.when(ops.eq(self.status.value, 0)):
            self.status.value = self.number(failure + 1)
            for i, detail in enumerate(details):
                value = self.element(detail)
                at = self.w.let(f"llvm.getelementptr %ctx[{i}] : (!llvm.ptr) -> !llvm.ptr, i64")
                self.w.line(f"llvm.store {value.name}, {at} : i64, !llvm.ptr")

    # -- arrays ------------------------------------------------------------------------------------

    def scratch(self, dtype: str, *lengths: Any) -> View:
        """Memory of undefined content, row-major, to be asked for outside all loops."""
        assert not self.depth, "scratch memory is asked for before the loops"
        sizes = [self.element(n) for n in lengths]
        count = self.number(1)
        for n in sizes:
            count = count * n
        size = count * np.dtype(dtype).itemsize
        w = self.w
        data = w.let(
            f"func.call @lamina_workspace(%ctx, {size.name}) : (!llvm.ptr, i64) -> !llvm.ptr"
        )
        null = w.let("llvm.mlir.zero : !llvm.ptr")
        failed = w.let(f'llvm.icmp "eq" {data}, {null} : !llvm.ptr')
        self.returns += 1
        w.line(f"cf.cond_br {failed}, ^fail{self.returns}, ^go{self.returns}")
        w.line(f"^fail{self.returns}:")
        w.line(f"return {self.number(ERROR_RAISED).name} : i64")
        w.line(f"^go{self.returns}:")
        return View(self, data, dtype, tuple(sizes), row_major(self, sizes))

    @contextmanager
    def batch(self) -> Iterator[tuple[Any, ...]]:
        """Do the block for each place of the batch, with the operands and then the results there:
        arrays of the core dimensions, numbers where there are none, cells of results without.
        """
        result = self.results[0]
        ndim = len(result.lengths) - result.core
        with self.places(result.lengths[:ndim]) as at:
            operands = [x.at(at) if isinstance(x, View) else x for x in self.operands]
            operands = [x.value if isinstance(x, View) and not x.lengths else x for x in operands]
            yield (*operands, *(y.at(at) for y in self.results))

    def places(self, lengths: Sequence[Element]) -> Any:
        """Do the block at every place of the batch, or of an array; none depends on another."""
        return self.nest(lengths)

    def divided(self, y: View, first: int) -> Callable[[Sequence[Element]], Any]:
        """What does a block at every place of `y` that has given positions along its first
        dimensions, with its positions along the others: where several threads do the same, each for
        places of its own. `divides` says of a routine that it writes nowhere else, and is `first`.
        """
        return lambda positions: self.nest(y.lengths[first:])

    @contextmanager
    def nest(self, lengths: Sequence[Element]) -> Iterator[list[Element]]:
        """Do the block at every place of an array with these lengths, in row-major order."""
        if not lengths:
            yield []
            return
        with self.loop(lengths[0]) as i, self.nest(lengths[1:]) as rest:
            yield [i, *rest]

    def call(self, symbol: str, arguments: Sequence[Any], result: str | None = None) -> Any:
        """Call a C function with arrays and cells (their addresses) and elements (by value);
        `result` is its MLIR type, of which the value's name is returned.
        """
        names, types = [], []
        for x in arguments:
            if isinstance(x, (View, Cell)):
                names.append(x.pointer)
                types.append("!llvm.ptr")
            elif isinstance(x, Element):
                names.append(x.name)
                types.append(x.type)
            else:
                names.append(x)
                types.append("!llvm.ptr")
        shown = ", ".join(types)
        to = result or "()"
        self.w.declare(symbol, f"func.func private @{symbol}({shown}) -> {to}")
        text = f"func.call @{symbol}({', '.join(names)}) : ({shown}) -> {to}"
        if result is None:
            self.w.line(text)
            return None
        return self.w.let(text)

    def call_for(self, dtype: str, symbol: str, arguments: Sequence[Any]) -> Element:
        """Call a C function, as ``call`` does, whose result is a number of a dtype."""
        return Element(self.call(symbol, arguments, MLIR_TYPE[dtype]), dtype, self.w)

    def table(self, values: np.ndarray) -> View:
        """A vector of constants."""
        content = values.tobytes().hex().upper()
        symbol = f"table_{hashlib.sha256(values.tobytes()).hexdigest()[:16]}"
        self.w.declare(
            symbol,
            f"llvm.mlir.global private constant @{symbol}"
            f'(dense<"0x{content}"> : tensor<{values.nbytes}xi8>)'
            f" {{alignment = 64 : i64}} : !llvm.array<{values.nbytes} x i8>",
        )
        pointer = self.w.let(f"llvm.mlir.addressof @{symbol} : !llvm.ptr")
        lengths = (self.number(len(values)),)
        return View(self, pointer, values.dtype.name, lengths, (self.number(1),))

    def pcg64(self, words: View) -> Pcg64:
        """The state of a bit generator in registers."""
        return Pcg64(self, words)

    def null(self) -> str:
        """The address 0, for ``call``."""
        return self.w.let("llvm.mlir.zero : !llvm.ptr")

    def out_of_memory(self) -> None:
        """Note that there is no memory, with the exception that says so."""
        self.call("PyErr_NoMemory", [], "!llvm.ptr")
        self.status.value = self.number(ERROR_RAISED)


class Cell:
    """A variable of the function."""

    def __init__(self, b: Loops, pointer: str, dtype: str):
        self.b, self.pointer, self.dtype = b, pointer, dtype

    @property
    def value(self) -> Element:
        return load(self.b.w, self.pointer, self.dtype)

    @value.setter
    def value(self, x: Any) -> None:
        if not isinstance(x, Element):
            x = self.b.number(x, self.dtype)
        store(self.b.w, cast(x, self.dtype, self.b.w), self.pointer)


@dataclass
class View:
    """An array: ``x[i, j]`` is an element, ``x[i]`` a row; ``x.value`` the one of no dimension.

    Attributes
    ----------
    lengths : tuple of Element
    strides : tuple of Element
        In elements.
    core : int
        How many of the last dimensions the signature names.
    """

    b: Loops
    pointer: str
    dtype: str
    lengths: tuple[Element, ...]
    strides: tuple[Element, ...]
    core: int = 0

    def offset(self, index: Sequence[Any]) -> str:
        """The address of an element."""
        total: Element | None = None
        for i, stride in zip(index, self.strides, strict=False):
            step = i * stride if isinstance(i, Element) else stride * i
            total = step if total is None else total + step
        if total is None:
            return self.pointer
        kinds = f"(!llvm.ptr, i64) -> !llvm.ptr, {memory_type(self.dtype)}"
        return self.b.w.let(f"llvm.getelementptr {self.pointer}[{total.name}] : {kinds}")

    def at(self, index: Sequence[Element]) -> View:
        """The part at a place of the batch, whose last dimensions are those of this array's."""
        own = len(self.lengths) - self.core
        return self._part(list(index[len(index) - own :]) if own else [])

    def _part(self, index: Sequence[Any]) -> View:
        n = len(index)
        pointer = self.offset(index)
        return View(self.b, pointer, self.dtype, self.lengths[n:], self.strides[n:], self.core)

    def __getitem__(self, index: Any) -> Any:
        entries = index if isinstance(index, tuple) else (index,)
        part = self._part(entries)
        return part if part.lengths else part.value

    def __setitem__(self, index: Any, x: Any) -> None:
        entries = index if isinstance(index, tuple) else (index,)
        self._part(entries).value = x

    @property
    def value(self) -> Element:
        return load(self.b.w, self.pointer, self.dtype)

    @value.setter
    def value(self, x: Any) -> None:
        if not isinstance(x, Element):
            x = self.b.number(x, self.dtype)
        store(self.b.w, cast(x, self.dtype, self.b.w), self.pointer)


Operand = View | Element


def row_major(b: Loops, lengths: Sequence[Element]) -> tuple[Element, ...]:
    """The strides of an array without gaps."""
    strides = [b.number(1)]
    for n in reversed(lengths[1:]):
        strides.append(strides[-1] * n)
    return tuple(reversed(strides))[: len(lengths)] if lengths else ()
