"""Sorting on a device: rows of any length, along the last axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lamina.codegen.array import Array
from lamina.codegen.emit_routine import keep_results, leave_unless_zero, result_arrays
from lamina.codegen.gpu import element_kernels
from lamina.codegen.gpu.cooperation import THREADS
from lamina.codegen.gpu.launch import BLOCKS
from lamina.codegen.gpu.sorting_kernels import TILE, RowSort

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

_PTR = "!llvm.ptr"
_LEVELS = TILE.bit_length() - 1


class _Rows:
    """Rows to be sorted, in the function of `host`.

    Attributes
    ----------
    n, rows : str
        Their length, and how many there are.
    """

    def __init__(self, host: DeviceHost, sort: RowSort, n: str, rows: str):
        self.host, self.w, self.sort, self.n, self.rows = host, host.w, sort, n, rows
        i64 = host.i64
        levels = self._log(n)
        self.levels = self._op("minsi", levels, i64(_LEVELS))
        self.width = self._op("shli", i64(1), self.levels)
        self.chunks = self._op("maxsi", self._over(n, self.width), i64(1))
        self.merges = self._log(self.chunks)
        each = self._op("divui", i64(TILE), self.width)
        self.tiles = self._over(host.mul(rows, self.chunks), each)
        self.each = self._over(n, i64(TILE))

    def _op(self, name: str, a: str, b: str) -> str:
        return self.w.let(f"arith.{name} {a}, {b} : i64")

    def _over(self, a: str, b: str) -> str:
        """a / b, rounded up."""
        last = self._op("subi", b, self.host.i64(1))
        return self._op("divui", self._op("addi", a, last), b)

    def _log(self, n: str) -> str:
        """The least power of 2 that is not below n, as its exponent; 0 for n of 0."""
        i64 = self.host.i64
        before = self._op("subi", self._op("maxsi", n, i64(1)), i64(1))
        zeros = self.w.let(
            f'"llvm.intr.ctlz"({before}) <{{is_zero_poison = false}}> : (i64) -> i64'
        )
        return self._op("subi", i64(64), zeros)

    def odd(self, a: str, b: str) -> tuple[str, str]:
        """Where tiles go, and where merges begin to: of two places, such that all ends in `a`."""
        i64 = self.host.i64
        bit = self._op("andi", self.merges, i64(1))
        is_odd = self.w.let(f"arith.cmpi ne, {bit}, {i64(0)} : i64")
        return (
            self.w.let(f"arith.select {is_odd}, {b}, {a} : !llvm.ptr"),
            self.w.let(f"arith.select {is_odd}, {a}, {b} : !llvm.ptr"),
        )

    def run(
        self,
        source: str,
        pitch: str,
        begin: str,
        keys: tuple[str, str],
        places: tuple[str, str] | None = None,
        order: str | None = None,
    ) -> None:
        """Sort; what is sorted ends in the first of two places after an even number of merges, in
        the second after an odd one.
        """
        host, i64 = self.host, self.host.i64
        total = host.mul(self.rows, self.n)
        pointers = [source, keys[0], *([places[0]] if places else []), *([order] if order else [])]
        numbers = [total, self.n, self.rows, pitch, begin, self.levels, self.chunks]
        self._launch(self.sort.tile(), pointers, [*numbers, self.tiles], self.tiles)
        carried = [i64(TILE), *keys, *(places or ())]
        types = ["i64", *[_PTR] * (len(carried) - 1)]
        host.blocks += 1
        look, merge, done = (f"^{name}{host.blocks}" for name in ("runs", "merge", "sorted"))
        listed = ", ".join(types)
        self.w.line(f"cf.br {look}({', '.join(carried)} : {listed})")
        names = [self.w.name() for _ in carried]
        given = ", ".join(f"{n}: {t}" for n, t in zip(names, types, strict=True))
        self.w.line(f"{look}({given}):")
        more = self.w.let(f"arith.cmpi slt, {names[0]}, {self.n} : i64")
        self.w.line(f"cf.cond_br {more}, {merge}, {done}")
        self.w.line(f"{merge}:")
        tiles = host.mul(self.rows, self.each)
        self._launch(
            self.sort.merge(), names[1:], [total, self.n, names[0], self.each, tiles], tiles
        )
        twice = self._op("shli", names[0], i64(1))
        swapped = [names[2], names[1], *([names[4], names[3]] if places else [])]
        self.w.line(f"cf.br {look}({', '.join([twice, *swapped])} : {listed})")
        self.w.line(f"{done}:")

    def _launch(
        self, text: str, pointers: Sequence[str], numbers: Sequence[str], tiles: str
    ) -> None:
        host = self.host
        values = [*((p, _PTR) for p in pointers), *((n, "i64") for n in numbers)]
        work = host.mul(tiles, host.i64(THREADS))
        host.launcher.run(host.routine(text, {}), work, THREADS, values, BLOCKS)

    def scratch(self, dtype: str) -> str:
        """Memory for all elements."""
        return self.host._workspace((self.rows, self.n), dtype)


def emit_sort(host: DeviceHost, op: Any) -> None:
    """Write a sort, argsort, lexsort or argtopk."""
    results = result_arrays(host, op)
    _EMITTED[op.name](host, op, results[0])
    keep_results(host, op, results)


def _sort(host: DeviceHost, op: Any, y: Array) -> None:
    x = host.arrays[op.operands[0]]
    if not x.contiguous:
        host._copy(x, y)
        x = y
    rows = _Rows(host, RowSort(y.dtype), y.lengths[-1], host._product(y.lengths[:-1]))
    rows.run(x.pointer, rows.n, host.i64(0), rows.odd(y.pointer, rows.scratch(y.dtype)))


def _argsort(host: DeviceHost, op: Any, y: Array, descending: bool = False) -> None:
    x = host.without_gaps(host.arrays[op.operands[0]])
    sort = RowSort(x.dtype, places=True, descending=descending)
    rows = _Rows(host, sort, x.lengths[-1], host._product(x.lengths[:-1]))
    keys = rows.odd(rows.scratch(x.dtype), rows.scratch(x.dtype))
    places = rows.odd(y.pointer, rows.scratch("int64"))
    rows.run(x.pointer, rows.n, host.i64(0), keys, places)


def _argtopk(host: DeviceHost, op: Any, y: Array) -> None:
    """The first places of all."""
    w, k, x = host.w, y.lengths[-1], host.arrays[op.operands[0]]
    beyond = w.let(f"arith.cmpi sgt, {k}, {x.lengths[-1]} : i64")
    status = w.let(f"arith.extui {beyond} : i1 to i64")
    leave_unless_zero(host, status, op)
    whole = Array(
        host._workspace(x.lengths, "int64"), "int64", x.lengths, host._row_major(x.lengths)
    )
    _argsort(host, op, whole, descending=not op.definition.smallest)
    host._copy(replace(whole, lengths=y.lengths, contiguous=False), y)


def _lexsort(host: DeviceHost, op: Any, y: Array) -> None:
    """By the first key, and then stably by each later one."""
    w, x = host.w, host.without_gaps(host.arrays[op.operands[0]])
    n, i64 = y.lengths[-1], host.i64
    rows = _Rows(
        host, RowSort(x.dtype, places=True, gathered=True), n, host._product(y.lengths[:-1])
    )
    count = x.lengths[-2]
    keys = rows.scratch(x.dtype), rows.scratch(x.dtype)
    own, other = y.pointer, rows.scratch("int64")
    loops = list(range(len(y.lengths)))
    element_kernels.run(host, y.lengths, [], [(y, loops)], lambda at: at(loops[-1]))
    host.blocks += 1
    look, sort, done = (f"^{name}{host.blocks}" for name in ("keys", "key", "ordered"))
    types = f"i64, {_PTR}, {_PTR}"
    w.line(f"cf.br {look}({i64(0)}, {own}, {other} : {types})")
    number, now, free = (w.name() for _ in range(3))
    w.line(f"{look}({number}: i64, {now}: {_PTR}, {free}: {_PTR}):")
    more = w.let(f"arith.cmpi slt, {number}, {count} : i64")
    w.line(f"cf.cond_br {more}, {sort}, {done}")
    w.line(f"{sort}:")
    rows.run(x.pointer, host.mul(count, n), host.mul(number, n), keys, (free, now), order=now)
    # where it ends after the merges
    ended, left = rows.odd(free, now)
    following = w.let(f"arith.addi {number}, {i64(1)} : i64")
    w.line(f"cf.br {look}({following}, {ended}, {left} : {types})")
    w.line(f"{done}:")
    elsewhere = w.let(f'llvm.icmp "ne" {now}, {own} : !llvm.ptr')
    host.blocks += 1
    copy, end = f"^copy{host.blocks}", f"^end{host.blocks}"
    w.line(f"cf.cond_br {elsewhere}, {copy}, {end}")
    w.line(f"{copy}:")
    host.launcher.copy("over", y, replace(y, pointer=now))
    w.line(f"cf.br {end}")
    w.line(f"{end}:")


_EMITTED: dict[str, Callable[[Any, Any, Array], None]] = {
    "nd.sort": _sort,
    "nd.argsort": _argsort,
    "nd.argtopk": _argtopk,
    "nd.lexsort": _lexsort,
}
SORTS = frozenset(_EMITTED)
