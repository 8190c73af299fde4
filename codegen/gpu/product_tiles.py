"""Products of matrices by tiles.

A block takes a tile of the result. It goes through the summed dimension slab by slab: while one is
multiplied, the next is on its way to workgroup memory. What multiplies is an `Engine`: tensor
cores, or the arithmetic of threads, with sums in registers. In the end the sums go by way of
workgroup memory, band by band, to threads that have neighbouring elements; these compute the map,
read what it needs and write what it results in.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from lamina.codegen.emit_scalar import STORED_TYPE, Writer
from lamina.codegen.gpu.cooperation import WORKGROUP
from lamina.codegen.gpu.matrix_operands import STAGES, Slab, SlabCopy
from lamina.codegen.gpu.matrix_products import Product, ProductWriter, sum_dtype

GROUP = 8  # rows of tiles that are taken together, whose operands the caches then have
_PADDING = 4  # elements between the rows of a band


class Engine(Protocol):
    """What multiplies slabs.

    Attributes
    ----------
    rows, columns : int
        Of a tile.
    depth : int
        How much of the summed dimension a slab has.
    threads : int
        Of a block.
    band : int
        Rows of the tile that go through workgroup memory at a time.
    """

    rows: int
    columns: int
    depth: int
    threads: int
    band: int

    def begin(self, k: TileWriter, a: Slab, b: Slab) -> None:
        """Write what a thread computes once: where its elements are."""
        ...

    def initial(self) -> tuple[list[str], str]:
        """The empty sums of a thread, and their type."""
        ...

    def multiplied(self, stage: str, sums: list[str]) -> list[str]:
        """Write the products of the slabs of a stage, %a_slab and %b_slab; the sums after them."""
        ...

    def put(self, sums: list[str], band: int) -> None:
        """Write the sums of a band to %band."""
        ...


class TileWriter(ProductWriter):
    """A block for each tile, or for some of them in turn."""

    def __init__(self, symbol: str, task: Product, writer: Writer, engine: Engine):
        super().__init__(symbol, task, writer)
        self.engine, self.copies = engine, []
        for x, outer in ((self.a, engine.rows), (self.b, engine.columns)):
            slab = Slab(outer, engine.depth, x.along_k, task.dtype)
            self.copies.append(SlabCopy(x, slab, f"%{x.name}_slab", engine.threads))
            self.parameters.extend(self.copies[-1].parameters())
        element = STORED_TYPE[sum_dtype(task.dtype)]
        self.band_type = f"memref<{engine.band}x{engine.columns + _PADDING}x{element}, {WORKGROUP}>"

    def function(self) -> str:
        """The text of the kernel."""
        engine, task = self.engine, self.task
        self._divide_memory()
        engine.begin(self, *(copy.slab for copy in self.copies))
        down = self._pieces(task.rows, engine.rows)
        across = self._pieces(task.columns, engine.columns)
        count = self.index(f"arith.muli {down}, {across} : index")
        total = self.times(count, self.product(task.batch))
        # a block's threads go through this loop together, for in it they wait for each other
        with self.each(self.index("gpu.block_id x"), total, self.index("gpu.grid_dim x")) as number:
            at = self.spread(self.index(f"arith.divui {number}, {count} : index"), task.batch)
            tile = self.index(f"arith.remui {number}, {count} : index")
            row, column = self._tile(tile, down, across)
            first = {
                task.rows: self.times(row, self.number(engine.rows)),
                task.columns: self.times(column, self.number(engine.columns)),
            }
            self._map(self._sums(at, first), at, first)
        # one block of a multiprocessor is enough: rather fewer of them than registers in memory
        bounds = f"known_block_size = array<i32: {engine.threads}, 1, 1>, nvvm.minctasm = 1 : i32"
        return self._text().replace(" kernel {", f" kernel attributes {{{bounds}}} {{", 1)

    def _pieces(self, loop: int, size: int) -> str:
        """How many pieces cover a loop."""
        return self.over(self.plus(self._length(loop), self.number(size - 1)), size)

    def _divide_memory(self) -> None:
        """Say where slabs are and, when these have been multiplied, the band."""
        itemsize = np.dtype(sum_dtype(self.task.dtype)).itemsize
        band = self.engine.band * (self.engine.columns + _PADDING) * itemsize
        a, b = (copy.slab for copy in self.copies)
        size = max(a.nbytes + b.nbytes, band)
        type = f"memref<{size}xi8, {WORKGROUP}>"
        self.memory = f" workgroup(%memory: {type} {{llvm.align = 16 : i64}})"
        views = ("a_slab", 0, a.type), ("b_slab", a.nbytes, b.type), ("band", 0, self.band_type)
        for name, start, view in views:
            at = self.number(start)
            self.w.line(f"%{name} = memref.view %memory[{at}][] : {type} to {view}")

    def _tile(self, tile: str, down: str, across: str) -> tuple[str, str]:
        """The row and column of a tile: columns of up to `GROUP` tiles, side by side."""
        size = self.times(across, self.number(GROUP))
        group, own = (self.index(f"arith.{op} {tile}, {size} : index") for op in ("divui", "remui"))
        first = self.times(group, self.number(GROUP))
        left = self.index(f"arith.subi {down}, {first} : index")
        high = self.least(left, self.number(GROUP))
        row = self.plus(first, self.index(f"arith.remui {own}, {high} : index"))
        return row, self.index(f"arith.divui {own}, {high} : index")

    # -- sums --------------------------------------------------------------------------------------

    def _sums(self, at: dict[int, str], first: dict[int, str]) -> list[str]:
        w, engine = self.w, self.engine
        bases = [copy.x.offset(at) for copy in self.copies]
        slabs = self._pieces(self.task.summed, engine.depth)

        def copy_next(number: str, stage: str) -> None:
            with self.when(self.below(number, slabs)):
                k0 = self.times(number, self.number(engine.depth))
                for copy, base in zip(self.copies, bases, strict=True):
                    copy.write(base, first[copy.x.outer], stage, k0)
            w.line("nvvm.cp.async.commit.group")

        copy_next(self.zero, self.zero)
        empty, type = engine.initial()
        number, found, sums = w.name(), w.name(), [w.name() for _ in empty]
        begun = ", ".join(f"{name} = {x}" for name, x in zip(sums, empty, strict=True))
        types = ", ".join([type] * len(empty))
        w.line(
            f"{found}:{len(empty)} = scf.for {number} = {self.zero} to {slabs} step {self.one} "
            f"iter_args({begun}) -> ({types}) {{"
        )
        stage = self.rest(number, STAGES)
        w.line("nvvm.cp.async.wait.group 0")
        w.line("gpu.barrier")  # the slab is there, and the one before has been read
        other = self.index(f"arith.subi {self.one}, {stage} : index")
        copy_next(self.plus(number, self.one), other)
        sums = engine.multiplied(stage, sums)
        w.line(f"scf.yield {', '.join(sums)} : {types}")
        w.line("}")
        w.line("gpu.barrier")  # the last slab has been read
        return [f"{found}#{i}" for i in range(len(empty))]

    # -- the map -----------------------------------------------------------------------------------

    def _map(self, sums: list[str], at: dict[int, str], first: dict[int, str]) -> None:
        engine, task, w = self.engine, self.task, self.w
        bands = engine.rows // engine.band
        with self.each(self.zero, self.number(bands), self.one) as band:
            w.line(f"scf.index_switch {band}")
            for number in range(bands):
                w.line(f"case {number} {{" if number < bands - 1 else "default {")
                engine.put(sums, number)
                w.line("scf.yield")
                w.line("}")
            w.line("gpu.barrier")
            top = self.plus(first[task.rows], self.times(band, self.number(engine.band)))
            count = engine.band * engine.columns
            with self.each(
                self.index("gpu.thread_id x"), self.number(count), self.number(engine.threads)
            ) as number:
                row, column = self.over(number, engine.columns), self.rest(number, engine.columns)
                i, j = self.plus(top, row), self.plus(first[task.columns], column)
                inside = self.both(
                    self.below(i, self._length(task.rows)),
                    self.below(j, self._length(task.columns)),
                )
                with self.when(inside):
                    total = w.let(f"memref.load %band[{row}, {column}] : {self.band_type}")
                    self.finish(total, at | {task.rows: i, task.columns: j})
            w.line("gpu.barrier")  # the band has been read
