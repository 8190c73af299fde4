"""Stacks of small matrices: some threads of a warp for each product.

Each thread has a column of the result. It takes eight rows at a time, with their sums in registers;
the elements of A, which the threads of a product read at the same time, come from the cache.
"""

from __future__ import annotations

from lamina.codegen.emit_scalar import STORED_TYPE, Writer
from lamina.codegen.gpu.kernels import Parameter
from lamina.codegen.gpu.matrix_products import Product, ProductWriter, sum_dtype

LONGEST = 32  # no dimension of matrices that are small is longer
THREADS = 128
_ROWS = 8


class SmallProductWriter(ProductWriter):
    """Is given %width, how many threads have a product: a power of 2, and `LONGEST` at most."""

    def __init__(self, symbol: str, task: Product, writer: Writer):
        super().__init__(symbol, task, writer)
        self.parameters.append(Parameter("%width", "index", ("width",)))

    def function(self) -> str:
        """The text of the kernel."""
        task = self.task
        thread, threads = self.thread("x"), self.threads("x")
        number, own = (
            self.index(f"arith.{op} {thread}, %width : index") for op in ("divui", "remui")
        )
        step = self.index(f"arith.divui {threads}, %width : index")
        with self.each(number, self.product(task.batch), step) as matrix:
            at = self.spread(matrix, task.batch)
            with self.each(own, self._length(task.columns), "%width") as column:
                begin = self.number(_ROWS)
                with self.each(self.zero, self._length(task.rows), begin) as top:
                    self._rows_of(at | {task.columns: column}, top)
        return self._text()

    def _rows_of(self, at: dict[int, str], top: str) -> None:
        """The elements of a column from row `top` on."""
        task, w = self.task, self.w
        last = self.index(f"arith.subi {self._length(task.rows)}, {self.one} : index")
        rows = [self.plus(top, self.number(i)) for i in range(_ROWS)]
        # the last row is read again where there are no more
        of_a = [self.a.offset(at | {task.rows: self.least(row, last)}) for row in rows]
        of_b = self.b.offset(at)
        type = STORED_TYPE[sum_dtype(task.dtype)]
        before, found, k = [w.name() for _ in rows], w.name(), w.name()
        begun = ", ".join(f"{x} = {self.nothing()}" for x in before)
        types = ", ".join([type] * _ROWS)
        w.line(
            f"{found}:{_ROWS} = scf.for {k} = {self.zero} to {self._length(task.summed)} "
            f"step {self.one} iter_args({begun}) -> ({types}) {{"
        )
        y = self.term(self.b.loaded(self.plus(of_b, self.times(k, self.b.step(task.summed)))))
        moved = self.times(k, self.a.step(task.summed))
        after = [
            self.multiply_add(self.term(self.a.loaded(self.plus(start, moved))), y, total)
            for start, total in zip(of_a, before, strict=True)
        ]
        w.line(f"scf.yield {', '.join(after)} : {types}")
        w.line("}")
        end = self.least(self.plus(top, self.number(_ROWS)), self._length(task.rows))
        with self.each(top, end, self.one) as row:
            which = self.index(f"arith.subi {row}, {top} : index")
            total = w.name()
            w.line(f"{total} = scf.index_switch {which} -> {type}")
            for i in range(_ROWS):
                w.line(f"case {i} {{" if i < _ROWS - 1 else "default {")
                w.line(f"scf.yield {found}#{i} : {type}")
                w.line("}")
            self.finish(total, at | {task.rows: row})
