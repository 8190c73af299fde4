"""Running sums and products on a device: chunks of lines, each a thread's.

The first kernel makes the total of each chunk, the second what comes before each, the third all
totals from there on; of short lines, and where there are enough of them, a chunk is a line, and the
third is all. Neighbouring threads have neighbouring lines where the axis is not the last. How lines
are cut depends on lengths alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import lamina.ir.operators as ops
from lamina.codegen.emit_kernel import RowReduction
from lamina.codegen.emit_routine import keep_results, result_arrays
from lamina.codegen.emit_scalar import STORED_TYPE, Element, literal
from lamina.codegen.gpu.kernel_text import KernelText
from lamina.codegen.memory import from_stored

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

THREADS = 128  # of a block
CHUNKS = 1 << 16  # in all, as far as none is shorter than
SHORTEST = 64
NUMBERS = ["total", "n", "inner", "chunks", "size", "work"]


def emit_cumulate(host: DeviceHost, op: Any) -> None:
    """Write a CumOp."""
    (result,) = result_arrays(host, op)
    x = host.without_gaps(host.arrays[op.operands[0]])
    axis = len(result.lengths) + op.definition.axis
    i64, w = host.i64, host.w
    n = result.lengths[axis]
    outer = host._product(result.lengths[:axis])
    inner = host._product(result.lengths[axis + 1 :])
    lines = host.mul(outer, inner)

    def each(name: str, a: str, b: str) -> str:
        return w.let(f"arith.{name} {a}, {b} : i64")

    def over(a: str, b: str) -> str:
        return each("divui", each("addi", a, each("subi", b, i64(1))), b)

    most = over(n, i64(SHORTEST))
    wanted = each("divui", i64(CHUNKS), each("maxsi", lines, i64(1)))
    chunks = each("maxsi", each("minsi", wanted, most), i64(1))
    size = each("maxsi", over(n, chunks), i64(1))
    parts = host._workspace([lines, chunks], x.dtype)
    combine = ops.add if op.definition.mode == "add" else ops.mul
    start = 0 if op.definition.mode == "add" else 1
    total = host.mul(lines, n)

    def launch(kernel: Callable[..., str], arrays: list[str], work: str) -> None:
        values = [(p, "!llvm.ptr") for p in arrays]
        values += [(v, "i64") for v in (total, n, inner, chunks, size, work)]
        number = host.routine(kernel(x.dtype, combine, start), {})
        host.launcher.run(number, work, THREADS, values)

    several = w.let(f"arith.cmpi sgt, {chunks}, {i64(1)} : i64")
    work = host.mul(lines, chunks)
    host.blocks += 1
    cut, whole = f"^cut{host.blocks}", f"^whole{host.blocks}"
    w.line(f"cf.cond_br {several}, {cut}, {whole}")
    w.line(f"{cut}:")
    launch(_totals, [x.pointer, parts], work)
    launch(_before, [parts], lines)
    w.line(f"cf.br {whole}")
    w.line(f"{whole}:")
    launch(_running, [x.pointer, parts, result.pointer], work)
    keep_results(host, op, [result])


class _Kernel(KernelText):
    """A kernel of which a thread has every k-th piece of the work.

    Parameters
    ----------
    names : str
        Of the arrays, a letter each; ``t`` is that of the parts, a place for each chunk.
    """

    def __init__(self, names: str, dtype: str, combine: Any, start: int):
        super().__init__([(name, STORED_TYPE[dtype]) for name in names], NUMBERS, [], 0)
        self.dtype, self.combine, self.start = dtype, combine, start

    def write(self, piece: Callable[[_Kernel, str], None]) -> str:
        """The text, with what is done for a piece of the work by its number."""
        block, threads = self.index("gpu.block_id x"), self.index("gpu.block_dim x")
        first = self.op("addi", self.op("muli", block, threads), self.thread)
        step = self.op("muli", threads, self.index("gpu.grid_dim x"))
        with self.each(first, "%work", step) as number:
            piece(self, number)
        return self.text().replace(" workgroup()", "")

    def element(self, array: str, at: str) -> Element:
        """An element."""
        return from_stored(self.w, self.load(array, at), self.dtype)

    def identity(self) -> Element:
        """What totals begin with."""
        return literal(self.start, self.dtype, self.w)

    def along(
        self, first: str, stop: str, begun: Element, body: Callable[[str, Element], Element]
    ) -> Element:
        """A loop that carries a total."""
        (ended,) = RowReduction._for(
            self,  # type: ignore[arg-type]
            first, stop, self.number(1), [begun], lambda at, carried: [body(at, carried[0])],
        )  # fmt: skip
        return ended

    def chunk(self, number: str) -> tuple[str, str, str]:
        """Where the line of a chunk begins, and which of its elements the chunk has."""
        i = self.op("remui", number, "%inner")
        rest = self.op("divui", number, "%inner")
        c, outer = self.op("remui", rest, "%chunks"), self.op("divui", rest, "%chunks")
        begins = self.op("muli", self.op("muli", outer, "%n"), "%inner")
        first = self.op("muli", c, "%size")
        stop = self.op("minsi", self.op("addi", first, "%size"), "%n")
        return self.op("addi", begins, i), self.op("minsi", first, "%n"), stop

    def place(self, line: str, j: str) -> str:
        """Where element j of a line is."""
        return self.op("addi", line, self.op("muli", j, "%inner"))


def _totals(dtype: str, combine: Any, start: int) -> str:
    """The total of each chunk of x."""

    def piece(k: _Kernel, number: str) -> None:
        line, first, stop = k.chunk(number)
        total = k.along(
            first, stop, k.identity(), lambda j, t: combine(t, k.element("x", k.place(line, j)))
        )
        k.store(total.name, "t", number)

    return _Kernel("xt", dtype, combine, start).write(piece)


def _before(dtype: str, combine: Any, start: int) -> str:
    """For each chunk of a line, the total of those before it, in the place of its own."""

    def piece(k: _Kernel, number: str) -> None:
        i, outer = k.op("remui", number, "%inner"), k.op("divui", number, "%inner")
        line = k.op("addi", k.op("muli", k.op("muli", outer, "%chunks"), "%inner"), i)

        def step(c: str, before: Element) -> Element:
            at = k.place(line, c)
            own = k.element("t", at)
            k.store(before.name, "t", at)
            return combine(before, own)  # type: ignore[no-any-return]

        k.along(k.number(0), "%chunks", k.identity(), step)

    return _Kernel("t", dtype, combine, start).write(piece)


def _running(dtype: str, combine: Any, start: int) -> str:
    """The totals of each chunk of x from what is before it on, as y."""

    def piece(k: _Kernel, number: str) -> None:
        line, first, stop = k.chunk(number)
        several = Element(k.op("cmpi sgt,", "%chunks", 1), "bool", k.w)
        begun = ops.switch(several, k.element("t", number), k.identity())

        def step(j: str, total: Element) -> Element:
            at = k.place(line, j)
            after: Element = combine(total, k.element("x", at))
            k.store(after.name, "y", at)
            return after

        k.along(first, stop, begun, step)

    return _Kernel("xty", dtype, combine, start).write(piece)
