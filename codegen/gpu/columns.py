"""Reductions within a loop that stays and has the neighbouring elements: sums of columns.

The threads of a block in x take neighbouring results, those in y each a share of the terms, and
merge what they have in workgroup memory. Where there are fewer results than a device has threads,
the terms are divided among blocks in y too, whose parts a second kernel merges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from lamina.codegen.emit_kernel import Nest
from lamina.codegen.emit_scalar import STORED_TYPE, Element
from lamina.codegen.gpu.cooperation import THREADS, WORKGROUP, Span
from lamina.codegen.gpu.loop_order import in_order
from lamina.codegen.gpu.parts import BLOCKS, NUMBERS, WIDTH, Divided, Grid, Numbers
from lamina.codegen.memory import from_stored

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

_MEMORY = 48 << 10  # bytes that every device has for a block


class Columns(Divided):
    """The reductions of a kernel, `kernel` its writer; its grid is that of `grid`."""

    def threads(self) -> int:
        """How many a block has: as many as there is memory for."""
        count = THREADS
        while count * sum(np.dtype(d).itemsize for d in self.dtypes) > _MEMORY:
            count //= 2
        return count

    def memory(self) -> str:
        parts = [f"%w{k} : {self._place_type(d)}" for k, d in enumerate(self.dtypes)]
        return f" workgroup({', '.join(parts)})"

    def _place_type(self, dtype: str) -> str:
        return f"memref<{self.threads()}x{STORED_TYPE[dtype]}, {WORKGROUP}>"

    # -- kernels -----------------------------------------------------------------------------------

    def write(self, kept: Sequence[int]) -> None:
        """Reduce the terms; keep results, or parts of them."""
        with self._results(kept) as (result, active), self.each_part() as part:
            totals = self.combined(self._terms(part, active))
            with self.k.when(self.is_first(active)):
                self.keep_or_put(totals, part, result, kept)

    def write_end(self, kept: Sequence[int]) -> None:
        """Merge the parts."""
        k = self.k
        y, size = k.index("gpu.thread_id y"), k.index("gpu.block_dim y")
        with self._results(kept) as (result, active):
            count = k.index(f"arith.select {active}, %count, {self.zero} : index")

            def merge(part: str, carried: list[Element]) -> list[Element]:
                at = self._slot(part, result, kept)
                loaded = [
                    from_stored(
                        self.w, self.w.let(f"memref.load %part{i}[{at}] : {self._part_type(d)}"), d
                    )
                    for i, d in enumerate(self.dtypes)
                ]
                return self._merged(carried, loaded)

            totals = self.combined(self._for(y, count, size, self.initial(), merge))
            with k.when(self.is_first(active)):
                self.keep(self._finals(totals))

    @contextmanager
    def _results(self, kept: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Each result of the thread's, and whether it is one: a block's threads go through this
        loop together, for in it they wait for each other.
        """
        k = self.k
        size, own = k.index("gpu.block_dim x"), k.index("gpu.thread_id x")
        block, blocks = k.index("gpu.block_id x"), k.index("gpu.grid_dim x")
        results = k.product(kept)
        last = k.index(f"arith.subi {results}, {self.one} : index")
        first = k.index(f"arith.muli {block}, {size} : index")
        step = k.index(f"arith.muli {blocks}, {size} : index")
        with k.each(first, results, step) as begun:
            at = k.index(f"arith.addi {begun}, {own} : index")
            active = k.index(f"arith.cmpi slt, {at}, {results} : index")
            result = k.index(f"arith.minsi {at}, {last} : index")
            self.at = k.spread(result, kept)
            yield result, active

    def _terms(self, part: str, active: str) -> list[Element]:
        """A thread's share of the terms of a part."""
        k = self.k
        *outer, inner = self.order
        y, size = k.index("gpu.thread_id y"), k.index("gpu.block_dim y")
        n = k.index(f"arith.select {active}, {k._length(inner)}, {self.zero} : index")

        def span(part: str, thread: str, parts: str, threads: str, stop: str) -> Span:
            before = k.index(f"arith.muli {part}, {threads} : index")
            start = k.index(f"arith.addi {before}, {thread} : index")
            return start, stop, k.index(f"arith.muli {parts}, {threads} : index")

        def quotient(a: str, b: str) -> tuple[str, str]:
            return k.index(f"arith.divui {a}, {b} : index"), k.index(
                f"arith.remui {a}, {b} : index"
            )

        part_out, part_in = quotient(part, "%divided")
        thread_out, thread_in = quotient(y, "%along")
        parts_out, _ = quotient("%count", "%divided")
        threads_out, _ = quotient(size, "%along")
        rows = span(part_out, thread_out, parts_out, threads_out, k.product(outer))
        return self.share(rows, span(part_in, thread_in, "%divided", "%along", n))

    def combined(self, values: Sequence[Element]) -> list[Element]:
        """The values of the threads that have one x, for the one whose y is 0."""
        k, w = self.k, self.w
        x, y = k.index("gpu.thread_id x"), k.index("gpu.thread_id y")
        width, height = k.index("gpu.block_dim x"), k.index("gpu.block_dim y")
        row = k.index(f"arith.muli {y}, {width} : index")
        slot = k.index(f"arith.addi {row}, {x} : index")
        self._put(values, slot)
        half, after = w.name(), w.name()
        begun = k.index(f"arith.shrui {height}, {self.one} : index")
        w.line(f"{w.name()} = scf.while ({half} = {begun}) : (index) -> index {{")
        more = k.index(f"arith.cmpi ne, {half}, {self.zero} : index")
        w.line(f"scf.condition({more}) {half} : index")
        w.line("} do {")
        w.line(f"^bb0({after}: index):")
        w.line("gpu.barrier")
        with k.when(k.index(f"arith.cmpi slt, {y}, {after} : index")):
            distance = k.index(f"arith.muli {after}, {width} : index")
            other = k.index(f"arith.addi {slot}, {distance} : index")
            self._put(self._merged(self._got(slot), self._got(other)), slot)
        w.line(f"scf.yield {k.index(f'arith.shrui {after}, {self.one} : index')} : index")
        w.line("}")
        totals = self._got(slot)
        w.line("gpu.barrier")  # before others write where this one has merged
        return totals

    def is_first(self, active: str) -> str:
        """Whether this thread is the one that keeps an active result."""
        k = self.k
        y = k.index("gpu.thread_id y")
        first = k.index(f"arith.cmpi eq, {y}, {self.zero} : index")
        return str(k.index(f"arith.andi {first}, {active} : i1"))


def grid(host: DeviceHost, nest: Nest, threads: int, lengths: Sequence[str], most: int) -> Grid:
    """The grid for lengths of the loops, of at most so many blocks in x."""
    number = Numbers(host)
    results = host._product([lengths[loop] for loop in in_order(nest, "parallel")])
    *outer, inner = (lengths[loop] for loop in in_order(nest, "reduction"))
    full = host.w.let(f"arith.cmpi sge, {results}, {host.i64(threads * BLOCKS)} : i64")
    narrow = number.power(results, min(WIDTH, threads))
    width = host.w.let(f"arith.select {full}, {host.i64(threads)}, {narrow} : i64")
    height = number.op("divui", threads, width)
    blocks = number.over(results, width)
    along = height
    if outer:
        along = number.op("minsi", number.power(inner, threads), height)
    count, divided = number.divide(host._product(outer), inner, blocks, along)
    numbers: dict[str, str] = dict(zip(NUMBERS, (count, divided, along), strict=True))
    blocks, block = number.op("minsi", blocks, most), (width, height)
    return Grid((blocks, count), block, numbers, (blocks, host.i64(1)), block)
