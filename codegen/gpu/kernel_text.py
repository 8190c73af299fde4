"""Kernels written by hand, as text: arithmetic on indices, arrays, loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from lamina.codegen.emit_scalar import Writer
from lamina.codegen.gpu.cooperation import GLOBAL, WORKGROUP


class KernelText:
    """The text of a kernel under construction, on indices.

    Parameters
    ----------
    arrays : sequence of (str, str)
        Names and MLIR types of elements.
    numbers : sequence of str
        Indices; one is ``total``, how many elements the arrays have.
    memory : sequence of (str, str)
        The workgroup memory, as arrays.
    size : int
        How many elements each of these has.
    """

    def __init__(
        self,
        arrays: Sequence[tuple[str, str]],
        numbers: Sequence[str],
        memory: Sequence[tuple[str, str]],
        size: int,
    ):
        self.w = Writer({})
        self.types = {n: f"memref<?x{t}, strided<[1]>, {GLOBAL}>" for n, t in arrays}
        self.types |= {n: f"memref<{size}x{t}, {WORKGROUP}>" for n, t in memory}
        self.given = [f"%p_{n}: memref<{t}, {GLOBAL}>" for n, t in arrays]
        self.given += [f"%{n}: index" for n in numbers]
        self.workgroup = ", ".join(f"%{n}: {self.types[n]}" for n, _ in memory)
        for n, t in arrays:
            self.w.head.append(
                f"    %{n} = memref.reinterpret_cast %p_{n} to offset: [0], sizes: [%total], "
                f"strides: [1] : memref<{t}, {GLOBAL}> to {self.types[n]}"
            )
        self.thread = self.index("gpu.thread_id x")

    def text(self) -> str:
        """The function."""
        given, body = ", ".join(self.given), self.w.text()
        head = f"gpu.func @KERNEL({given}) workgroup({self.workgroup}) kernel {{"
        return f"{head}\n{body}\n    gpu.return\n  }}\n"

    def index(self, text: str) -> str:
        """A new name."""
        return self.w.let(text)

    def number(self, n: int) -> str:
        """A constant."""
        return self.w.constant(str(n), "index")

    def op(self, name: str, a: str | int, b: str | int) -> str:
        """An operation of arith on indices, or on conditions."""
        names = [self.number(x) if isinstance(x, int) else x for x in (a, b)]
        return self.index(f"arith.{name} {', '.join(names)} : index")

    def less(self, a: str | int, b: str | int) -> str:
        """Whether a < b."""
        return self.op("cmpi slt,", a, b)

    def both(self, a: str, b: str) -> str:
        """Whether both hold."""
        return self.index(f"arith.andi {a}, {b} : i1")

    def choose(self, condition: str, a: str | int, b: str | int) -> str:
        """a if the condition holds, else b."""
        names = [self.number(x) if isinstance(x, int) else x for x in (a, b)]
        return self.index(f"arith.select {condition}, {', '.join(names)} : index")

    def load(self, array: str, at: str) -> str:
        """An element."""
        return self.index(f"memref.load %{array}[{at}] : {self.types[array]}")

    def store(self, x: str, array: str, at: str) -> None:
        """Put an element."""
        self.w.line(f"memref.store {x}, %{array}[{at}] : {self.types[array]}")

    def barrier(self) -> None:
        self.w.line("gpu.barrier")

    @contextmanager
    def each(self, start: str | int, stop: str | int, step: str | int) -> Iterator[str]:
        """A loop."""
        names = [self.number(x) if isinstance(x, int) else x for x in (start, stop, step)]
        at = self.w.name()
        self.w.line(f"scf.for {at} = {names[0]} to {names[1]} step {names[2]} {{")
        yield at
        self.w.line("}")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """A branch."""
        self.w.line(f"scf.if {condition} {{")
        yield
        self.w.line("}")

    def search(self, low: str, high: str, goes_on: Callable[[str], str]) -> str:
        """The first of the numbers from `low` on, of which the ones that `goes_on` is true of come
        first, or `high`.
        """
        w = self.w
        lo, hi, lo_in, hi_in, found, _end = (w.name() for _ in range(6))
        types = "(index, index) -> (index, index)"
        w.line(f"{found}, {_end} = scf.while ({lo} = {low}, {hi} = {high}) : {types} {{")
        w.line(f"scf.condition({self.less(lo, hi)}) {lo}, {hi} : index, index")
        w.line("} do {")
        w.line(f"^bb0({lo_in}: index, {hi_in}: index):")
        middle = self.op("shrui", self.op("addi", lo_in, hi_in), 1)
        after = goes_on(middle)
        low = self.choose(after, self.op("addi", middle, 1), lo_in)
        high = self.choose(after, hi_in, middle)
        w.line(f"scf.yield {low}, {high} : index, index")
        w.line("}")
        return found

    def tiles(self) -> tuple[str, str, str]:
        """The span of a block's tiles."""
        return self.index("gpu.block_id x"), "%tiles", self.index("gpu.grid_dim x")
