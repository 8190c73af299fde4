"""Indices as entries, an axis each: integers as values, slices as Slice; and how slices compose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.basic_indexing import Entry, Subtensor
from lamina.passes.driver import Rewriter
from lamina.passes.length_bounds import least

Known = tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class Slice:
    """start:stop:step; None is left out."""

    start: SSAValue | None = None
    stop: SSAValue | None = None
    step: SSAValue | None = None

    @staticmethod
    def of(start: int | None, stop: int | None, step: int | None, rewriter: Rewriter) -> Slice:
        """A slice of numbers."""
        return Slice(
            *(None if n is None else rewriter.number(n, "int64") for n in (start, stop, step))
        )

    def known(self, which: str) -> int | None:
        """A part, if it is a constant."""
        value = getattr(self, which)
        data = None if value is None else nd.constant_data(value)
        return None if data is None else int(data)

    def constants(self) -> Known | None:
        """All three parts, None for what is left out, if all others are constants."""
        names = ("start", "stop", "step")
        if any(getattr(self, n) is not None and self.known(n) is None for n in names):
            return None
        return tuple(self.known(n) for n in names)  # type: ignore[return-value]

    def positions(self, n: int) -> range | None:
        """What it takes of `n` elements, if that is known."""
        known = self.constants()
        return None if known is None or known[2] == 0 else range(n)[slice(*known)]

    @property
    def has_unit_step(self) -> bool:
        return self.step is None or self.known("step") == 1

    @property
    def is_whole(self) -> bool:
        return self.start is None and self.stop is None and self.has_unit_step


WHOLE = Slice()
Index = Any  # an SSAValue or a Slice


def is_whole(entry: Index) -> bool:
    """Whether an entry takes the axis as it is."""
    return isinstance(entry, Slice) and entry.is_whole


def entries_of(op: Any) -> list[Index]:
    """The entries of an nd.subtensor or nd.inc_subtensor, one for each axis."""
    first = 1 if op.name == "nd.subtensor" else 2
    rest = iter(op.operands[first:])
    entries: list[Index] = []
    for entry in op.definition.idx_list:
        if entry is True:
            entries.append(next(rest))
        else:
            entries.append(Slice(*(next(rest) if given else None for given in entry)))
    return entries + [WHOLE] * (nd.rank(op.operands[0]) - len(entries))


def indexed(x: SSAValue, entries: Sequence[Index], rewriter: Rewriter) -> SSAValue:
    """x at an index."""
    idx_list: list[Entry] = []
    operands: list[SSAValue] = []
    last = max((i for i, entry in enumerate(entries) if not is_whole(entry)), default=-1)
    for entry in entries[: last + 1]:
        if not isinstance(entry, Slice):
            idx_list.append(True)
            operands.append(entry)
            continue
        parts = (entry.start, entry.stop, None if entry.has_unit_step else entry.step)
        idx_list.append(tuple(p is not None for p in parts))  # type: ignore[arg-type]
        operands += [p for p in parts if p is not None]
    return rewriter.apply(Subtensor(tuple(idx_list)), [x, *operands]) if idx_list else x


def same_index(a: Sequence[Index], b: Sequence[Index]) -> bool:
    """Whether two indices are made of the same values."""
    return len(a) == len(b) and all(
        (one == other if isinstance(one, Slice) and isinstance(other, Slice) else one is other)
        for one, other in zip(a, b, strict=True)
    )


def composed(first: Slice, second: Index, n: int | None, rewriter: Rewriter) -> Index | None:
    """The entry that takes what `second` takes of what `first` takes of an axis of length n."""
    if is_whole(second):
        return first
    if first.is_whole:
        return second
    known = first.constants()
    if known is None:
        return None
    if not isinstance(second, Slice):
        position = nd.constant_data(second)
        found = None if position is None else _position(known, int(position), n)
        return None if found is None else rewriter.number(found, "int64")
    other = second.constants()
    if other is None or known[2] == 0 or other[2] == 0:
        return None
    both = _positions(known, other, n)
    return None if both is None else Slice.of(*both, rewriter)


def _position(first: Known, i: int, n: int | None) -> int | None:
    """Where element i of a slice is, for every length unless `n` is given."""
    start, stop, step = first
    if n is not None:
        taken = range(n)[slice(*first)]
        return taken[i] if -len(taken) <= i < len(taken) else None
    if (step or 1) > 0 and (start or 0) >= 0 and stop is None and i >= 0:
        return (start or 0) + i * (step or 1)
    if first == (None, None, -1):
        return -1 - i
    if step in (None, 1) and not start and stop is not None:
        if stop < 0 and i < 0:
            return stop + i
        if 0 <= i < stop:
            return i
    return None


def _positions(first: Known, second: Known, n: int | None) -> Known | None:
    """The slice of a slice, for every length unless `n` is given."""
    if n is not None:
        taken = range(n)[slice(*first)][slice(*second)]
        if not len(taken):
            return 0, 0, None
        end = taken[-1] + (1 if taken.step > 0 else -1)
        stop = None if end < 0 else end
        return taken.start, stop, None if taken.step == 1 else taken.step
    if first == second == (None, None, -1):
        return None, None, None
    (a, b, s), (c, d, t) = first, second
    a, c, s, t = a or 0, c or 0, s or 1, t or 1
    if a < 0 or c < 0 or s < 1 or t < 1:
        return None
    start = a + s * c or None
    if b is None and d is None:
        return start, None, s * t
    if s != 1 or t != 1:
        return None
    if b is None and d is not None:
        return start, d if d < 0 else a + d, None
    if d is None or b is None:
        return start, b, None
    if b < 0 and d < 0:
        return start, b + d, None
    if b >= 0 and d >= 0:
        return start, min(b, a + d), None
    return None


def taken_length(entry: Slice, n: SSAValue, rewriter: Rewriter) -> SSAValue | None:
    """How many of n elements a slice takes: from one end, with constants that are not negative."""
    if entry.is_whole:
        return n
    known = entry.constants()
    if known == (None, None, -1):
        return n
    length = nd.constant_data(n)
    if known is not None and length is not None and known[2] != 0:
        return rewriter.number(len(range(int(length))[slice(*known)]), "int64")
    if not entry.has_unit_step or least(n) is None:
        return None
    count = rewriter.value(n)
    bounds = [None if v is None else rewriter.value(v) for v in (entry.start, entry.stop)]
    if any(v is not None and (least(v.ssa) or 0) < 0 for v in bounds):
        return None
    if any(v is not None and least(v.ssa) is None for v in bounds):
        return None
    start, stop = bounds
    end = count if stop is None else ops.minimum(count, stop)
    return (end if start is None else ops.maximum(end - start, 0)).ssa
