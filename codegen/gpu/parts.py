"""Reductions of few results, whose terms are divided among blocks in y: each makes a part, and a
second kernel merges the parts in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lamina.codegen.emit_scalar import STORED_TYPE, Element
from lamina.codegen.gpu.cooperation import GLOBAL, Cooperation

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

WIDTH = 32  # neighbouring results of a block, unless there are enough for all blocks
BLOCKS = 1024  # that keep a device busy: with fewer, terms are divided
TERMS = 16  # of a thread, before another block takes some

# What a kernel is given besides its arrays: how many parts the terms are divided in, how many of
# these along the innermost reduced loop, and how many of a block's threads in y go along it.
NUMBERS = ("count", "divided", "along")


class Divided(Cooperation):
    """Reductions of which a block makes a part."""

    @contextmanager
    def each_part(self) -> Iterator[str]:
        """The parts of a block."""
        k = self.k
        first, step = k.index("gpu.block_id y"), k.index("gpu.grid_dim y")
        with k.each(first, "%count", step) as part:
            yield part

    def quotient(self, a: str, b: str) -> tuple[str, str]:
        """a / b and the remainder."""
        k = self.k
        return k.index(f"arith.divui {a}, {b} : index"), k.index(f"arith.remui {a}, {b} : index")

    def of_part(self, part: str) -> tuple[str, str, str]:
        """The number of a part in the outer reduced loops and in the innermost one, and how many
        there are in the outer ones.
        """
        return *self.quotient(part, "%divided"), self.quotient("%count", "%divided")[0]

    def keep_or_put(
        self, totals: list[Element], part: str, result: str, kept: Sequence[int]
    ) -> None:
        """Keep a result, if it is one, or a part of it."""
        k = self.k
        whole = k.index(f"arith.cmpi eq, %count, {self.one} : index")
        k.w.line(f"scf.if {whole} {{")
        self.keep(self._finals(totals))
        k.w.line("} else {")
        self.put_part(totals, self._slot(part, result, kept))
        k.w.line("}")

    def declare_parts(self) -> None:
        """Give the memory of parts its shape."""
        for i, d in enumerate(self.dtypes):
            pointer = f"memref<{STORED_TYPE[d]}, {GLOBAL}>"
            self.w.head.append(
                f"    %part{i} = memref.reinterpret_cast %q{i} to offset: [0], "
                f"sizes: [{BLOCKS * WIDTH}], strides: [1] : {pointer} to {self._part_type(d)}"
            )

    def _part_type(self, dtype: str) -> str:
        return f"memref<{BLOCKS * WIDTH}x{STORED_TYPE[dtype]}, strided<[1]>, {GLOBAL}>"

    def _slot(self, part: str, result: str, kept: Sequence[int]) -> str:
        before = self.k.index(f"arith.muli {part}, {self.k.product(kept)} : index")
        return str(self.k.index(f"arith.addi {before}, {result} : index"))


@dataclass(frozen=True)
class Grid:
    """How a kernel and the one that merges its parts are launched.

    Attributes
    ----------
    blocks, block : pair of str
        Blocks, and threads of one, in x and y.
    numbers : dict of str
        Those of `NUMBERS`.
    end_blocks, end_block : pair of str
        Those of the second kernel.
    """

    blocks: tuple[str, str]
    block: tuple[str, str]
    numbers: dict[str, str]
    end_blocks: tuple[str, str]
    end_block: tuple[str, str]


class Numbers:
    """Arithmetic of the host function on lengths."""

    def __init__(self, host: DeviceHost):
        self.host, self.w = host, host.w

    def op(self, name: str, a: str | int, b: str | int) -> str:
        """An operation of arith."""
        names = ", ".join(self.host.i64(x) if isinstance(x, int) else x for x in (a, b))
        return self.w.let(f"arith.{name} {names} : i64")

    def over(self, a: str, b: str | int) -> str:
        """a / b rounded up, 1 at least."""
        last = self.op("subi", self.op("addi", a, b), 1)
        return self.op("maxsi", self.op("divui", last, b), 1)

    def power(self, n: str, most: int) -> str:
        """The least power of 2 that is not below a length, or `most`."""
        found = self.host.i64(most)
        while most > 1:
            most //= 2
            fits = self.w.let(f"arith.cmpi sle, {n}, {self.host.i64(most)} : i64")
            found = self.w.let(f"arith.select {fits}, {self.host.i64(most)}, {found} : i64")
        return found

    def divide(self, outer: str, inner: str, blocks: str, along: str) -> tuple[str, str]:
        """How many parts there are where so many blocks take a result each, and how many of them
        along the innermost reduced loop, along which a block has so many threads.
        """
        wanted = self.op("maxsi", self.op("divui", BLOCKS, blocks), 1)
        parts_out = self.op("maxsi", self.op("minsi", outer, wanted), 1)
        each = self.host.mul(along, self.host.i64(TERMS))
        worthwhile = self.op("maxsi", self.op("divui", inner, each), 1)
        parts_in = self.op("minsi", self.op("divui", wanted, parts_out), worthwhile)
        divided = self.op("maxsi", parts_in, 1)
        return self.host.mul(parts_out, divided), divided
