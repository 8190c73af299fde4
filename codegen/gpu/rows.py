"""Reductions of rows: 32 threads take a short one, a block a long one; where there are few, blocks
take parts of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lamina.codegen.emit_kernel import Nest
from lamina.codegen.gpu.cooperation import THREADS
from lamina.codegen.gpu.loop_order import in_order
from lamina.codegen.gpu.parts import NUMBERS, WIDTH, Divided, Grid, Numbers
from lamina.codegen.gpu.shuffles import WARP

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

LONG_ROW = 512  # from here on a whole block takes a row


class Rows(Divided):
    """The reductions of a kernel, `kernel` its writer; its grid is that of `grid`."""

    def write(self, kept: Sequence[int]) -> None:
        """Reduce the terms; keep results, or parts of them."""
        k = self.k
        *outer, inner = self.order
        x, size = k.index("gpu.thread_id x"), k.team_size()
        with k.each_row(kept) as (at, active), self.each_part() as part:
            self.at = dict(at)
            n = k.index(f"arith.select {active}, {k._length(inner)}, {self.zero} : index")
            part_out, part_in, parts_out = self.of_part(part)
            before = k.index(f"arith.muli {part_in}, {size} : index")
            start = k.index(f"arith.addi {before}, {x} : index")
            span = start, n, k.index(f"arith.muli %divided, {size} : index")
            totals = self.combined(self.share((part_out, k.product(outer), parts_out), span))
            with k.when(self.is_first(active)):
                self.keep_or_put(totals, part, self._result(at, kept), kept)

    def _result(self, at: dict[int, str], kept: Sequence[int]) -> str:
        """The number of a result."""
        k, number = self.k, at[kept[0]]
        for loop in kept[1:]:
            before = k.index(f"arith.muli {number}, {k._length(loop)} : index")
            number = k.index(f"arith.addi {before}, {at[loop]} : index")
        return str(number)


def grid(host: DeviceHost, nest: Nest, threads: int, lengths: Sequence[str], most: int) -> Grid:
    """The grid for lengths of the loops, of at most so many blocks in x; `threads` is how many a
    block has that merges parts.
    """
    number, w, one = Numbers(host), host.w, host.i64(1)
    results = host._product([lengths[loop] for loop in in_order(nest, "parallel")])
    *outer, inner = (lengths[loop] for loop in in_order(nest, "reduction"))
    long = w.let(f"arith.cmpi sge, {inner}, {host.i64(LONG_ROW)} : i64")
    team = w.let(f"arith.select {long}, {host.i64(THREADS)}, {host.i64(WARP)} : i64")
    teams = w.let(f"arith.select {long}, {one}, {host.i64(THREADS // WARP)} : i64")
    blocks = number.over(results, teams)
    count, divided = number.divide(host._product(outer), inner, blocks, team)
    numbers: dict[str, str] = dict(zip(NUMBERS, (count, divided, one), strict=True))
    width = number.power(results, min(WIDTH, threads))
    ends = number.op("minsi", number.over(results, width), most)
    return Grid(
        (number.op("minsi", blocks, most), count), (team, teams), numbers,
        (ends, one), (width, number.op("divui", threads, width)),
    )  # fmt: skip
