"""The arithmetic of threads for tiles of a product: each has 8 x 4 elements in registers."""

from __future__ import annotations

import numpy as np

from lamina.codegen.emit_scalar import STORED_TYPE
from lamina.codegen.gpu.matrix_operands import Slab
from lamina.codegen.gpu.matrix_products import sum_dtype
from lamina.codegen.gpu.product_tiles import TileWriter

ROWS, COLUMNS = 8, 4  # elements of a thread
_ACROSS, _DOWN = 16, 8  # threads
_AT_A_TIME = 4  # elements that are read from workgroup memory together


class RegisterTiles:
    """64 x 64 elements by 128 threads, of any dtype but float16."""

    rows, columns = ROWS * _DOWN, COLUMNS * _ACROSS
    threads = _ACROSS * _DOWN
    band = _AT_A_TIME * _DOWN

    def __init__(self, dtype: str):
        self.dtype = dtype
        # two slabs of each operand have to fit in 48 KiB
        self.depth = 8 if np.dtype(dtype).itemsize > 4 else 16

    def begin(self, k: TileWriter, a: Slab, b: Slab) -> None:
        """Write where the thread's elements are."""
        self.k, self.w, self.slabs = k, k.w, {"a": a, "b": b}
        thread = k.index("gpu.thread_id x")
        x, y = k.rest(thread, _ACROSS), k.over(thread, _ACROSS)
        # Along k a vector has neighbours of one row, else of one position: the rows of a thread
        # are those that it reads, and threads beside each other read from different banks.
        self.row = [
            k.plus(y, k.number(_DOWN * i)) if a.along_k
            else k.plus(k.times(y, k.number(_AT_A_TIME)), k.number(i % 4 + self.band * (i // 4)))
            for i in range(ROWS)
        ]  # fmt: skip
        self.column = [
            k.plus(x, k.number(_ACROSS * j)) if b.along_k
            else k.plus(k.times(x, k.number(_AT_A_TIME)), k.number(j))
            for j in range(COLUMNS)
        ]  # fmt: skip

    def initial(self) -> tuple[list[str], str]:
        """Zeros, row by row."""
        return [self.k.nothing()] * (ROWS * COLUMNS), STORED_TYPE[sum_dtype(self.dtype)]

    def multiplied(self, stage: str, sums: list[str]) -> list[str]:
        """Multiply and add, four positions of the summed dimension at a time."""
        sums = list(sums)
        for k0 in range(0, self.depth, _AT_A_TIME):
            a = self._read("a", stage, self.row, k0)
            b = self._read("b", stage, self.column, k0)
            for k in range(_AT_A_TIME):
                for i in range(ROWS):
                    for j in range(COLUMNS):
                        n = i * COLUMNS + j
                        sums[n] = self.k.multiply_add(a[i][k], b[j][k], sums[n])
        return sums

    def _read(self, name: str, stage: str, at: list[str], k0: int) -> list[list[str]]:
        """Four elements of each of the thread's rows of A, or columns of B."""
        slab, number = self.slabs[name], self.k.number
        if slab.along_k:
            return [self._neighbours(name, slab, f"{stage}, {x}, {number(k0)}") for x in at]
        found: list[list[str]] = [[] for _ in at]
        for k in range(_AT_A_TIME):
            for first in range(0, len(at), _AT_A_TIME):
                place = f"{stage}, {number(k0 + k)}, {at[first]}"
                for i, value in enumerate(self._neighbours(name, slab, place), first):
                    found[i].append(value)
        return found

    def _neighbours(self, name: str, slab: Slab, place: str) -> list[str]:
        w, element = self.w, STORED_TYPE[self.dtype]
        if self.dtype.startswith("complex"):
            *row, column = place.split(", ")
            return [
                w.let(
                    f"memref.load %{name}_slab[{', '.join(row)}, "
                    f"{self.k.plus(column, self.k.number(i))}] : {slab.type}"
                )
                for i in range(_AT_A_TIME)
            ]
        aligned = min(_AT_A_TIME * slab.itemsize, 16)
        type = f"vector<{_AT_A_TIME}x{element}>"
        read = w.let(
            f"vector.load %{name}_slab[{place}] {{alignment = {aligned} : i64}} "
            f": {slab.type}, {type}"
        )
        return [
            self.k.term(w.let(f"vector.extract {read}[{i}] : {element} from {type}"))
            for i in range(_AT_A_TIME)
        ]

    def put(self, sums: list[str], band: int) -> None:
        """Write half of the thread's rows."""
        type = self.k.band_type
        start = self.k.number(band * self.band)
        for i in range(band * _AT_A_TIME, (band + 1) * _AT_A_TIME):
            row = self.k.index(f"arith.subi {self.row[i]}, {start} : index")
            for j in range(COLUMNS):
                self.w.line(
                    f"memref.store {sums[i * COLUMNS + j]}, %band[{row}, {self.column[j]}] : {type}"
                )
