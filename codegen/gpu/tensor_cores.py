"""Tensor cores for tiles of a product: float16 with sums in float32, and float64.

Where the elements of a matrix are in the registers of a warp: PTX ISA 8.5, sections 9.7.14.5.8
(mma.m16n8k16), 9.7.14.5.2 (mma.m8n8k4) and 9.7.14.5.15 (ldmatrix). With g = lane / 4 and
t = lane % 4, a result has rows g (and g + 8) and columns 2 t and 2 t + 1. Products of float64 are
rounded as by the arithmetic of threads; those of float16 are exact in float32.
"""

from __future__ import annotations

from lamina.codegen.gpu.matrix_operands import Slab
from lamina.codegen.gpu.product_tiles import TileWriter
from lamina.codegen.gpu.shuffles import WARP


class _TensorCores:
    """Warps of a block, and the pieces of the tile that each has.

    Piece (i, j) of a warp begins at row ``(i warps_down + y) height`` and column
    ``(j warps_across + x) 8``: bands of rows have pieces of all warps.
    """

    height: int  # of a piece
    sums: str  # the type of a thread's part of one

    def __init__(self, rows: int, columns: int, depth: int, warps: tuple[int, int]):
        self.rows, self.columns, self.depth = rows, columns, depth
        self.warps = warps
        self.threads = WARP * warps[0] * warps[1]
        self.band = self.height * warps[0]
        self.down, self.across = rows // self.band, columns // (8 * warps[1])

    def begin(self, k: TileWriter, a: Slab, b: Slab) -> None:
        """Write the numbers of the warp and of the thread in it."""
        self.k, self.w, self.a, self.b = k, k.w, a, b
        thread = k.index("gpu.thread_id x")
        self.lane, warp = k.rest(thread, WARP), k.over(thread, WARP)
        self.warp_x, self.warp_y = k.rest(warp, self.warps[1]), k.over(warp, self.warps[1])
        self.g, self.t = k.over(self.lane, 4), k.rest(self.lane, 4)

    def initial(self) -> tuple[list[str], str]:
        """Zeros, piece by piece."""
        zeros = self.w.constant("dense<0.0>", self.sums)
        return [zeros] * (self.down * self.across), self.sums

    def _row(self, i: int) -> str:
        """The first row of the warp's pieces number `i` downwards."""
        k = self.k
        own = k.times(self.warp_y, k.number(self.height))
        return k.plus(own, k.number(i * self.band))

    def _column(self, j: int) -> str:
        """The first column of the warp's pieces number `j` across."""
        k = self.k
        return k.plus(k.times(self.warp_x, k.number(8)), k.number(8 * j * self.warps[1]))

    def _put_pair(self, value: str, type: str, row: str, column: str) -> None:
        self.w.line(
            f"vector.store {value}, %band[{row}, {column}] {{alignment = 8 : i64}} "
            f": {self.k.band_type}, {type}"
        )


class HalfCores(_TensorCores):
    """mma.m16n8k16: float16, summed in float32."""

    height = 16
    sums = "vector<2x2xf32>"

    def _column(self, j: int) -> str:
        """Pieces come in pairs side by side, which one ldmatrix reads."""
        k = self.k
        own = k.times(self.warp_x, k.number(16))
        return k.plus(own, k.number(16 * (j // 2) * self.warps[1] + 8 * (j % 2)))

    def multiplied(self, stage: str, sums: list[str]) -> list[str]:
        """Multiply 16 positions of the summed dimension at a time."""
        sums = list(sums)
        for k0 in range(0, self.depth, 16):
            a = [self._read_a(stage, i, k0) for i in range(self.down)]
            b = [x for j in range(0, self.across, 2) for x in self._read_b(stage, j, k0)]
            for i in range(self.down):
                for j in range(self.across):
                    n = i * self.across + j
                    sums[n] = self.w.let(
                        f"nvgpu.mma.sync ({a[i]}, {b[j]}, {sums[n]}) {{mmaShape = [16, 8, 16]}} : "
                        f"(vector<4x2xf16>, vector<2x2xf16>, {self.sums}) -> {self.sums}"
                    )
        return sums

    def _read(self, name: str, slab: Slab, place: str, transpose: bool) -> str:
        return self.w.let(
            f"nvgpu.ldmatrix %{name}_slab[{place}] {{numTiles = 4 : i32, "
            f"transpose = {str(transpose).lower()}}} : {slab.type} -> vector<4x2xf16>"
        )

    def _read_a(self, stage: str, i: int, k0: int) -> str:
        """16 rows of 16 positions: two matrices of 8 x 8 one below the other, then the next two."""
        k = self.k
        if self.a.along_k:
            row = k.plus(self._row(i), k.rest(self.lane, 16))
            at_k = k.plus(k.times(k.over(self.lane, 16), k.number(8)), k.number(k0))
            return self._read("a", self.a, f"{stage}, {row}, {at_k}", False)
        row = k.plus(self._row(i), self._second_of_two())
        at_k = k.plus(self._far_half(), k.number(k0))
        return self._read("a", self.a, f"{stage}, {at_k}, {row}", True)

    def _second_of_two(self) -> str:
        """8 for the threads whose 8 x 8 matrix is the second of two, else 0."""
        k = self.k
        return k.times(k.rest(k.over(self.lane, 8), 2), k.number(8))

    def _far_half(self) -> str:
        """The thread's number among 8, and 8 more in the second half of the warp."""
        k = self.k
        half = k.times(k.over(self.lane, 16), k.number(8))
        return k.plus(half, k.rest(self.lane, 8))

    def _read_b(self, stage: str, j: int, k0: int) -> list[str]:
        """16 positions of 16 columns, of which a piece has 8."""
        k = self.k
        if self.b.along_k:
            column = k.plus(self._column(j), self._far_half())
            at_k = k.plus(self._second_of_two(), k.number(k0))
            both = self._read("b", self.b, f"{stage}, {column}, {at_k}", False)
        else:
            at_k = k.plus(k.rest(self.lane, 16), k.number(k0))
            half = k.times(k.over(self.lane, 16), k.number(8))
            column = k.plus(self._column(j), half)
            both = self._read("b", self.b, f"{stage}, {at_k}, {column}", True)
        return [
            self.w.let(
                f"vector.extract_strided_slice {both} {{offsets = [{first}], sizes = [2], "
                "strides = [1]} : vector<4x2xf16> to vector<2x2xf16>"
            )
            for first in (0, 2)
        ]

    def put(self, sums: list[str], band: int) -> None:
        """Write the two rows of each piece."""
        k, type = self.k, "vector<2xf32>"
        start = k.number(band * self.band)
        top = k.index(f"arith.subi {k.plus(self._row(band), self.g)}, {start} : index")
        for j in range(self.across):
            column = k.plus(self._column(j), k.times(self.t, k.number(2)))
            for half in range(2):
                value = self.w.let(
                    f"vector.extract {sums[band * self.across + j]}[{half}] : {type} "
                    f"from {self.sums}"
                )
                self._put_pair(value, type, k.plus(top, k.number(8 * half)), column)


class DoubleCores(_TensorCores):
    """mma.m8n8k4: float64."""

    height = 8
    sums = "vector<1x2xf64>"

    def multiplied(self, stage: str, sums: list[str]) -> list[str]:
        """Multiply 4 positions of the summed dimension at a time."""
        k, sums, one = self.k, list(sums), "vector<1x1xf64>"
        for k0 in range(0, self.depth, 4):
            at_k = k.plus(self.t, k.number(k0))
            a = [self._read("a", self.a, stage, k.plus(self._row(i), self.g), at_k)
                 for i in range(self.down)]  # fmt: skip
            b = [self._read("b", self.b, stage, k.plus(self._column(j), self.g), at_k)
                 for j in range(self.across)]  # fmt: skip
            for i in range(self.down):
                for j in range(self.across):
                    n = i * self.across + j
                    sums[n] = self.w.let(
                        f"nvgpu.mma.sync ({a[i]}, {b[j]}, {sums[n]}) {{mmaShape = [8, 8, 4]}} : "
                        f"({one}, {one}, {self.sums}) -> {self.sums}"
                    )
        return sums

    def _read(self, name: str, slab: Slab, stage: str, outer: str, at_k: str) -> str:
        place = f"{stage}, {slab.place(outer, at_k)}"
        x = self.w.let(f"memref.load %{name}_slab[{place}] : {slab.type}")
        return self.w.let(f"vector.broadcast {x} : f64 to vector<1x1xf64>")

    def put(self, sums: list[str], band: int) -> None:
        """Write the row of each piece."""
        k, type = self.k, "vector<2xf64>"
        start = k.number(band * self.band)
        row = k.index(f"arith.subi {k.plus(self._row(band), self.g)}, {start} : index")
        for j in range(self.across):
            value = self.w.let(
                f"vector.extract {sums[band * self.across + j]}[0] : {type} from {self.sums}"
            )
            column = k.plus(self._column(j), k.times(self.t, k.number(2)))
            self._put_pair(value, type, row, column)
