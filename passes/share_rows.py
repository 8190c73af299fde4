"""Let kernels that read the rows that others have just made go through the rows together.

Before: softmax is a kernel for the largest of each row, one for exponentials and their sum, one for
quotients; each goes through all rows, which memory holds in between. After: the same kernels, each
with the attribute ``rows``, the number of leading loops that it shares with the next; all but the
last ``continue``. A device makes one kernel of them: for each row it does them one after the other,
and what only they use is never in memory, but kept in registers or computed again from what is.

It runs on planned buffers, for devices: on a processor rows that are in its caches gain nothing,
and short rows lose, since one then waits for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, UnitAttr, i64
from xdsl.ir import Block, Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.elementwise import Elemwise
from lamina.passes.fuse import VIEWS
from lamina.passes.infer_shapes import Length, Lengths, Shape
from lamina.passes.plan_buffers import root

MOST_KERNELS = 12


def share_rows(block: Block, lengths: Lengths | None = None) -> None:
    """Annotate the kernels of `block`, and of the loops in it, that share their rows.

    Parameters
    ----------
    block : Block
        Planned by `plan_buffers`.
    lengths : Lengths, optional
        What is known of the arguments.
    """
    lengths = Lengths() if lengths is None else lengths
    group: _Group | None = None
    for op in block.ops:
        if isinstance(op, (nd.ScanOp, nd.IfOp)):
            for region in op.regions:
                inside = lengths.copy()
                inside.seed(op)
                share_rows(region.block, inside)
        lengths.visit(op)
        if isinstance(op, nd.KernelOp):
            kernel = _Kernel.of(op, lengths)
            if group is not None and group.takes(kernel, lengths):
                group.kernels.append(kernel)
                continue
            if group is not None:
                group.annotate()
            group = _Group.begun_by(kernel)
        elif group is not None and not _needs_no_memory(op):
            group.annotate()
            group = None
    if group is not None:
        group.annotate()


def _needs_no_memory(op: Operation) -> bool:
    """Whether an operation may be done before the kernels in front of it: views, lengths, numbers
    and what is checked of them.
    """
    if op.name in VIEWS:
        return nd.rank(op.results[0]) > 0  # a number is loaded
    if op.name in ("nd.dim", "nd.constant"):
        return True
    if isinstance(op, (nd.AssertEqualOp, nd.AssertIndexOp)):
        return True
    numbers = not any(map(nd.rank, (*op.operands, *op.results)))
    return numbers and isinstance(op, nd.NdOp) and isinstance(op.definition, Elemwise)


@dataclass(frozen=True)
class _Use:
    """An array that a kernel reads or writes: the loop along each dimension, and its lengths."""

    value: SSAValue
    positions: tuple[int, ...]
    shape: Shape

    def is_own_row(self, rows: int) -> bool:
        """Whether it is read or written at the kernel's row, the first `rows` dimensions."""
        return self.positions[:rows] == tuple(range(rows))


@dataclass
class _Kernel:
    op: Any
    kinds: tuple[str, ...]
    loops: dict[int, Length]
    reads: list[_Use]
    writes: list[_Use]

    @classmethod
    def of(cls, op: nd.KernelOp, lengths: Lengths) -> _Kernel:
        maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        kinds = tuple(s.data for s in op.attributes["iterators"])  # type: ignore[attr-defined]
        loops = lengths.loops(op)
        outs = maps[len(op.operands) :]
        for result, positions in zip(op.results, outs, strict=True):
            for loop, n in zip(positions, lengths.shape(result), strict=True):
                loops.setdefault(loop, n)

        def uses(values: Any, maps: Any) -> list[_Use]:
            both = zip(values, maps, strict=False)
            return [_Use(v, m, lengths.shape(v)) for v, m in both if nd.rank(v)]

        return cls(op, kinds, loops, uses(op.operands, maps), uses(op.results, outs))

    def inner(self, rows: int) -> list[int]:
        """The loops behind those over rows that do not have the length 1."""
        return [i for i in range(rows, len(self.kinds)) if self.loops.get(i) != 1]


@dataclass
class _Group:
    """Kernels that follow each other, and the lengths of the loops that they share and of rows."""

    kernels: list[_Kernel]
    rows: tuple[Length, ...]
    length: Length

    @classmethod
    def begun_by(cls, kernel: _Kernel) -> _Group | None:
        """A kernel alone, if it reduces rows by a loop, its last."""
        *outer, last = kernel.kinds or ("",)
        if not outer or last != "reduction" or "reduction" in outer:
            return None
        numbers = tuple(kernel.loops[i] for i in range(len(kernel.kinds)))
        return cls([kernel], numbers[:-1], numbers[-1])

    def takes(self, kernel: _Kernel, lengths: Lengths) -> bool:
        """Whether a kernel that comes behind these may go with them, and has a reason to."""
        count = len(self.rows)
        inner = kernel.inner(count)
        if len(self.kernels) >= MOST_KERNELS or len(inner) > 1 or not all(self._ranks(kernel)):
            return False
        if kernel.kinds[:count] != ("parallel",) * count:
            return False
        own = [kernel.loops[i] for i in (*range(count), *inner)]
        if own != [lengths.find(n) for n in (*self.rows, self.length)][: len(own)]:
            return False
        made = {w.value for k in self.kernels for w in k.writes}
        read = [r for r in kernel.reads if root(r.value) in made]
        if not read or not all(r.value in made and r.is_own_row(count) for r in read):
            return False
        return all(self._overwrites_nothing(kernel, w) for w in kernel.writes) and not any(
            self._is_overwritten(r) for r in kernel.reads
        )

    def _ranks(self, kernel: _Kernel) -> list[int]:
        return [nd.rank(r) for k in (*self.kernels, kernel) for r in k.op.results]

    def _overwrites_nothing(self, kernel: _Kernel, written: _Use) -> bool:
        """Whether what a last kernel writes is read before, element by element, or not at all.

        The number of a row that is overwritten may be read by a thread that comes later.
        """
        place, rows = place_of(written.value), len(self.rows)
        by_element = any(loop in kernel.inner(rows) for loop in written.positions)
        made = {w.value for k in self.kernels for w in k.writes}
        for k in (*self.kernels, kernel):
            for r in k.reads:
                if r.value in made or place_of(r.value) != place:
                    continue
                same = r.shape == written.shape and r.value is root(r.value)
                if not same or not by_element or r.positions != written.positions:
                    return False
        return place is not None

    def _is_overwritten(self, read: _Use) -> bool:
        """Whether one of these kernels takes the buffer of what a later one reads, or reads again
        for what it makes of that.
        """
        taken = {place_of(w.value) for k in self.kernels for w in k.writes}
        made = {w.value for k in self.kernels for w in k.writes}
        known = [r for k in self.kernels for r in k.reads]
        return any(r.value not in made and place_of(r.value) in taken for r in (read, *known))

    def annotate(self) -> None:
        """Note on the kernels that they share rows."""
        if len(self.kernels) < 2:
            return
        for kernel in self.kernels:
            kernel.op.attributes["rows"] = IntegerAttr(len(self.rows), i64)
        for kernel in self.kernels[:-1]:
            kernel.op.attributes["continues"] = UnitAttr()


def place_of(value: SSAValue) -> Any:
    """What stands for the buffer of a value: where the plan has it, or the value that is given."""
    while True:
        value = root(value)
        if not isinstance(value.owner, Operation) or "buffers" not in value.owner.attributes:
            return value
        owner: Any = value.owner
        number = list(owner.results).index(value)
        kind, _, place = owner.attributes["buffers"].data[number].data.partition(" ")
        if kind != "operand":
            return kind, place
        value = owner.operands[int(place)]
