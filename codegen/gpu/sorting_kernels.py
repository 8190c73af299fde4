"""Kernels that sort rows: tiles in workgroup memory, then runs merged to runs of twice the length.

A tile is sorted by Batcher's bitonic network, on the places of elements where these tie; rows that
are shorter share a tile. A merge gives each block as many results as a tile has: a search along the
diagonal finds which elements of both runs they are (O. Green, R. McColl, D. A. Bader, "GPU merge
path", 2012). Equal elements stay in their order.
"""

from __future__ import annotations

from collections.abc import Callable

from lamina.codegen.emit_scalar import STORED_TYPE, Element
from lamina.codegen.gpu.cooperation import THREADS
from lamina.codegen.gpu.kernel_text import KernelText
from lamina.codegen.memory import from_stored
from lamina.ir.ops.searching import precedes

TILE = 1024  # elements that a block sorts or merges
_EACH = TILE // THREADS


class RowSort:
    """How rows of a dtype are sorted.

    Parameters
    ----------
    dtype : str
    places : bool
        Whether the places of the elements are wanted; they are int64.
    gathered : bool
        Whether rows are taken in an order that there is, and what is told are places in that.
    descending : bool
    """

    def __init__(
        self, dtype: str, places: bool = False, gathered: bool = False, descending: bool = False
    ):
        self.dtype, self.places = dtype, places
        self.gathered, self.descending = gathered, descending
        self.type = STORED_TYPE[dtype]

    def _precedes(self, k: KernelText, a: str, b: str) -> str:
        x, y = (from_stored(k.w, name, self.dtype) for name in (a, b))
        made: Element = precedes(y, x) if self.descending else precedes(x, y)
        return made.name

    # -- tiles -------------------------------------------------------------------------------------

    def tile(self) -> str:
        """Sort each `width` elements, 2 to the power of `levels`, of rows of `n`, of which there
        are `chunks` in a row.

        Row i begins at i * pitch + begin of the source, which may be the result.
        """
        arrays = [("x", self.type), ("y", self.type)] + [("i", "i64")] * self.places
        arrays += [("o", "i64")] * self.gathered
        numbers = ["total", "n", "rows", "pitch", "begin", "levels", "chunks", "tiles"]
        k = KernelText(arrays, numbers, [("keys", self.type), ("own", "i32")], TILE)
        width = k.op("shli", 1, "%levels")
        with k.each(*k.tiles()) as tile:
            k.barrier()  # what was there before has been written out
            for e in range(_EACH):
                self._fetch(k, tile, self._slot(k, e), width)
            k.barrier()
            with k.each(1, k.op("addi", "%levels", 1), 1) as level, k.each(0, level, 1) as step:
                size = k.op("shli", 1, level)
                last = k.op("subi", level, 1)
                distance = k.op("shli", 1, k.op("subi", last, step))
                for e in range(_EACH // 2):
                    self._exchange(k, self._slot(k, e), size, distance, width)
                k.barrier()
            for e in range(_EACH):
                self._keep(k, tile, self._slot(k, e), width)
        return k.text()

    def _slot(self, k: KernelText, e: int) -> str:
        return k.op("addi", k.thread, e * THREADS)

    def _position(self, k: KernelText, tile: str, slot: str, width: str) -> tuple[str, ...]:
        """Of a slot of a tile: the row, where in the row, where in its chunk, where the chunk
        begins, and whether there is such an element.
        """
        each = k.op("divui", TILE, width)
        segment = k.op("addi", k.op("muli", tile, each), k.op("divui", slot, width))
        place = k.op("remui", slot, width)
        row = k.op("divui", segment, "%chunks")
        first = k.op("muli", k.op("remui", segment, "%chunks"), width)
        at = k.op("addi", first, place)
        inside = k.both(k.less(row, "%rows"), k.less(at, "%n"))
        return row, at, place, first, inside

    def _fetch(self, k: KernelText, tile: str, slot: str, width: str) -> None:
        row, at, place, _, inside = self._position(k, tile, slot, width)
        w, key = k.w, k.w.name()
        w.line(f"{key} = scf.if {inside} -> ({self.type}) {{")
        column = at
        if self.gathered:
            here = k.op("addi", k.op("muli", row, "%n"), at)
            column = k.index(f"arith.index_cast {k.load('o', here)} : i64 to index")
        start = k.op("addi", k.op("muli", row, "%pitch"), "%begin")
        w.line(f"scf.yield {k.load('x', k.op('addi', start, column))} : {self.type}")
        w.line("} else {")
        w.line(f"scf.yield {self._nothing(k)} : {self.type}")
        w.line("}")
        k.store(key, "keys", slot)
        # what is no element comes behind all that are
        told = k.choose(inside, place, k.op("addi", place, TILE))
        k.store(k.index(f"arith.index_cast {told} : index to i32"), "own", slot)

    def _nothing(self, k: KernelText) -> str:
        if self.dtype.startswith("complex"):
            part = self.type[8:-1]
            zero = k.w.constant("0.0", part)
            return k.index(f"complex.create {zero}, {zero} : {self.type}")
        return k.w.constant("0.0" if self.type.startswith("f") else "0", self.type)

    def _exchange(self, k: KernelText, pair: str, size: str, distance: str, width: str) -> None:
        """Put the elements of a pair of slots in order."""
        w = k.w
        below = k.op("subi", distance, 1)
        inner = k.op("andi", pair, below)
        lower = k.op("addi", k.op("shli", k.op("subi", pair, inner), 1), inner)
        upper = k.op("addi", lower, distance)
        # ascending or not by the place in the segment: the last level ascends
        place = k.op("andi", lower, k.op("subi", width, 1))
        ascends = k.op("cmpi eq,", k.op("andi", place, size), 0)
        (a, b), (p, q) = ([k.load(m, at) for at in (lower, upper)] for m in ("keys", "own"))
        tie = k.index(f"arith.cmpi slt, {q}, {p} : i32")
        one, other = self._precedes(k, b, a), self._precedes(k, a, b)
        true = w.constant("true", "i1")
        differ = k.index(f"arith.ori {one}, {other} : i1")
        wrong = k.index(f"arith.select {differ}, {one}, {tie} : i1")
        limit = w.constant(str(TILE), "i32")
        outside = k.index(
            f"arith.ori {k.index(f'arith.cmpi sge, {p}, {limit} : i32')}, "
            f"{k.index(f'arith.cmpi sge, {q}, {limit} : i32')} : i1"
        )
        wrong = k.index(f"arith.select {outside}, {tie}, {wrong} : i1")
        falls = k.index(f"arith.xori {ascends}, {true} : i1")
        with k.when(k.index(f"arith.xori {wrong}, {falls} : i1")):
            for memory, first, second in (("keys", a, b), ("own", p, q)):
                k.store(second, memory, lower)
                k.store(first, memory, upper)

    def _keep(self, k: KernelText, tile: str, slot: str, width: str) -> None:
        row, at, _, first, inside = self._position(k, tile, slot, width)
        with k.when(inside):
            begun = k.op("muli", row, "%n")
            here = k.op("addi", begun, at)
            k.store(k.load("keys", slot), "y", here)
            if self.places:
                place = k.index(f"arith.index_cast {k.load('own', slot)} : i32 to index")
                where = k.op("addi", first, place)
                told = (
                    k.load("o", k.op("addi", begun, where))
                    if self.gathered
                    else k.index(f"arith.index_cast {where} : index to i64")
                )
                k.store(told, "i", here)

    # -- merges ------------------------------------------------------------------------------------

    def merge(self) -> str:
        """Merge neighbouring runs of `run` elements of rows of `n`, which take `each` tiles."""
        arrays = [("x", self.type), ("y", self.type)]
        arrays += [("i", "i64"), ("j", "i64")] if self.places else []
        memory = [("keys", self.type)] + [("own", "i64")] * self.places
        k = KernelText(arrays, ["total", "n", "run", "each", "tiles"], memory, TILE)
        with k.each(*k.tiles()) as tile:
            row = k.op("muli", k.op("divui", tile, "%each"), "%n")
            begun = k.op("muli", k.op("remui", tile, "%each"), TILE)
            pair = k.op("shli", "%run", 1)
            base = k.op("muli", k.op("divui", begun, pair), pair)
            left = k.op("subi", "%n", base)
            of_a = k.op("minsi", "%run", left)
            of_b = k.op("maxsi", k.op("minsi", "%run", k.op("subi", left, "%run")), 0)
            a = k.op("addi", row, base)
            b = k.op("addi", a, "%run")
            first = k.op("subi", begun, base)
            last = k.op("minsi", k.op("addi", first, TILE), k.op("addi", of_a, of_b))
            ends = [
                self._split(k, d, of_a, of_b, lambda at: k.load("x", k.op("addi", a, at)),
                            lambda at: k.load("x", k.op("addi", b, at)))
                for d in (first, last)
            ]  # fmt: skip
            count_a = k.op("subi", ends[1], ends[0])
            count = k.op("subi", last, first)
            count_b = k.op("subi", count, count_a)
            from_a = k.op("addi", a, ends[0])
            from_b = k.op("addi", b, k.op("subi", first, ends[0]))
            k.barrier()  # what was there before has been read
            with k.each(k.thread, count, THREADS) as slot:
                in_a = k.less(slot, count_a)
                rest = k.op("addi", from_b, k.op("subi", slot, count_a))
                source = k.choose(in_a, k.op("addi", from_a, slot), rest)
                for memory_name, array in (("keys", "x"), ("own", "i"))[: 1 + self.places]:
                    k.store(k.load(array, source), memory_name, slot)
            k.barrier()
            target = k.op("addi", row, begun)
            self._merge_own(k, count, count_a, count_b, target)
        return k.text()

    def _split(
        self,
        k: KernelText,
        d: str,
        of_a: str,
        of_b: str,
        a: Callable[[str], str],
        b: Callable[[str], str],
    ) -> str:
        """How many of the first `d` elements of two merged runs are of the first one."""
        low = k.op("maxsi", k.op("subi", d, of_b), 0)
        high = k.op("minsi", d, of_a)

        def goes_on(middle: str) -> str:
            other = k.op("subi", k.op("subi", d, 1), middle)
            before = self._precedes(k, b(other), a(middle))
            return k.index(f"arith.xori {before}, {k.w.constant('true', 'i1')} : i1")

        return k.search(low, high, goes_on)

    def _merge_own(
        self, k: KernelText, count: str, count_a: str, count_b: str, target: str
    ) -> None:
        """Merge the thread's part of the tile in workgroup memory."""
        w = k.w
        first = k.op("minsi", k.op("muli", k.thread, _EACH), count)
        last = k.op("minsi", k.op("addi", first, _EACH), count)
        in_b = lambda at: k.load("keys", k.op("addi", count_a, at))  # noqa: E731
        split = self._split(k, first, count_a, count_b, lambda at: k.load("keys", at), in_b)
        a, a_out, a_next = (w.name() for _ in range(3))
        out = w.name()
        one = k.number(1)
        w.line(
            f"{a_out} = scf.for {out} = {first} to {last} step {one} iter_args({a} = {split}) "
            "-> (index) {"
        )
        b = k.op("subi", out, a)
        has_a, has_b = k.less(a, count_a), k.less(b, count_b)
        at_a = k.choose(has_a, a, 0)
        at_b = k.choose(has_b, k.op("addi", count_a, b), 0)
        later = self._precedes(k, k.load("keys", at_b), k.load("keys", at_a))
        true = w.constant("true", "i1")
        no_b = k.index(f"arith.xori {has_b}, {true} : i1")
        not_later = k.index(f"arith.xori {later}, {true} : i1")
        takes = k.both(has_a, k.index(f"arith.ori {no_b}, {not_later} : i1"))
        place = k.choose(takes, at_a, at_b)
        here = k.op("addi", target, out)
        for memory, array in (("keys", "y"), ("own", "j"))[: 1 + self.places]:
            k.store(k.load(memory, place), array, here)
        w.line(f"{a_next} = arith.addi {a}, {k.choose(takes, 1, 0)} : index")
        w.line(f"scf.yield {a_next} : index")
        w.line("}")
