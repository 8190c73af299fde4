"""The ways to compute a product on a device: launches of kernels, and calls of its BLAS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.codegen.array import Array
from lamina.codegen.emit_kernel import Argument, Nest
from lamina.codegen.emit_scalar import Element, literal
from lamina.codegen.gpu.choices import at_most, choose
from lamina.codegen.gpu.kernels import DeviceKernel
from lamina.codegen.gpu.matrix_operands import VECTOR_BYTES
from lamina.codegen.gpu.matrix_products import Product
from lamina.codegen.gpu.product_kernels import (
    HAS_LARGE,
    TILES_FOR_LARGE,
    engine_for,
    small_kernel,
    tiled_kernel,
)
from lamina.codegen.gpu.small_products import LONGEST, THREADS
from lamina.codegen.merge_loops import merge_loops
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost
    from lamina.codegen.gpu.products import Operands

# cudaDataType
BLAS_DTYPES = {"float32": 0, "float64": 1, "float16": 2, "complex64": 4, "complex128": 5}
_MOST_BLOCKS = 1 << 20  # for more tiles there is a loop

Given = dict[tuple, tuple[str, str]]
Placed = tuple[Argument, str, tuple[str, ...], tuple[str, ...]]


class ProductLaunches:
    """Writes them for one product into the function of `host`.

    Dimensions of a stack that all arrays run through without a gap are one, and are part of the
    rows where B is the same for all.
    """

    def __init__(self, host: DeviceHost, p: Operands):
        self.host, self.w, self.p = host, host.w, p
        lengths, batch = dict(enumerate(p.lengths)), p.batch
        arrays = [(p.a, p.dimensions(0)), (p.b, p.dimensions(1))]
        whole = tuple(range(batch + 2))
        terms = list(zip(p.terms, p.maps, strict=True))
        arrays += [(x, m) for x, m in terms if isinstance(x, Array)]
        arrays += [(x, whole) for x in p.results]
        kinds = ("parallel",) * (batch + 2) + ("reduction",)
        # rows, columns and what is summed stay loops, even of length 1
        kept = lengths | dict.fromkeys(range(batch, batch + 3), "")
        indexed = any(isinstance(o, nd.LoopIndexOp) for o in p.body.ops)
        groups = merge_loops(kinds, arrays, kept, host.i64(1), keep_all=indexed)
        place = {loop: g for g, group in enumerate(groups) for loop in group}
        self.ins, self.outs, (self.a, self.b) = (
            [host._argument(x, m, groups, place) for x, m in side]
            for side in (terms, [(x, whole) for x in p.results], arrays[:2])
        )
        self.lengths = [host._product([lengths[k] for k in group]) for group in groups]
        nest = Nest(
            tuple(kinds[g[0]] for g in groups), tuple(a for a, *_ in self.ins),
            tuple(a for a, *_ in self.outs), ("",) * len(self.outs), tuple(p.inplace), (), p.body,
            tuple(map(tuple, groups)),
        )  # fmt: skip
        self.task = Product(nest, self.a[0], self.b[0])

    # -- kernels -----------------------------------------------------------------------------------

    def tiles(self) -> None:
        """A kernel by tiles."""
        dtype = self.task.dtype
        if dtype not in HAS_LARGE:
            self._tiles(False)
            return
        tiles = self._count(engine_for(dtype, large=True))
        few = at_most(self.host, tiles, TILES_FOR_LARGE - 1)
        choose(self.host, [(few, lambda: self._tiles(False)), (True, lambda: self._tiles(True))])

    def _tiles(self, large: bool) -> None:
        declared: dict[str, str] = {}
        engine = engine_for(self.task.dtype, large)
        kernel = tiled_kernel(self.task, engine, declared)
        given: Given = {
            ("aligned", "a"): self._aligned(self.a),
            ("aligned", "b"): self._aligned(self.b),
        }
        blocks = self.host.launcher.blocks(self._count(engine), 1, _MOST_BLOCKS)
        self._launch(kernel, declared, blocks, engine.threads, given)

    def _count(self, engine: Any) -> str:
        """How many tiles there are."""
        host, (m, n, _) = self.host, self.lengths[-3:]
        counts = []
        for length, size in ((m, engine.rows), (n, engine.columns)):
            known = host._known(length)
            if known is not None:
                counts.append(host.i64(-(-known // size)))
            else:
                more = self.w.let(f"arith.addi {length}, {host.i64(size - 1)} : i64")
                counts.append(self.w.let(f"arith.divui {more}, {host.i64(size)} : i64"))
        return host._product([*self.lengths[:-3], *counts])

    def _aligned(self, x: Placed) -> tuple[str, str]:
        """1 if all rows of an operand begin where vectors may, else 0."""
        host, w = self.host, self.w
        argument, pointer, _, strides = x
        size = host.i64(np.dtype(argument.dtype).itemsize)
        off = w.let(f"llvm.ptrtoint {pointer} : !llvm.ptr to i64")
        for stride in strides:
            if host._known(stride) != 1:
                off = w.let(f"arith.ori {off}, {host.mul(stride, size)} : i64")
        off = w.let(f"arith.andi {off}, {host.i64(VECTOR_BYTES - 1)} : i64")
        aligned = w.let(f"arith.cmpi eq, {off}, {host.i64(0)} : i64")
        return w.let(f"arith.extui {aligned} : i1 to i64"), "i64"

    def small(self) -> None:
        """The kernel for stacks of small matrices."""
        declared: dict[str, str] = {}
        kernel = small_kernel(self.task, declared)
        width = self._width(self.lengths[-2])
        work = self.host._product([*self.lengths[:-3], width])
        blocks = self.host.launcher.blocks(work, THREADS, _MOST_BLOCKS)
        self._launch(kernel, declared, blocks, THREADS, {("width",): (width, "i64")})

    def _width(self, n: str) -> str:
        """The power of 2 from `n` on, `LONGEST` at most."""
        host, w = self.host, self.w
        powers = [1 << i for i in range(LONGEST.bit_length())]
        known = host._known(n)
        if known is not None:
            return host.i64(next(p for p in powers if p >= min(known, LONGEST)))
        width = host.i64(1)
        for p in powers[:-1]:
            more = w.let(f"arith.cmpi sgt, {n}, {host.i64(p)} : i64")
            width = w.let(f"arith.select {more}, {host.i64(2 * p)}, {width} : i64")
        return width

    def _launch(
        self,
        kernel: DeviceKernel,
        declared: dict[str, str],
        blocks: str,
        threads: int,
        given: Given,
    ) -> None:
        host, one = self.host, self.host.i64(1)
        number = host.routine(kernel.text, declared)
        ins = [*self.ins, self.a, self.b]
        places = host.launcher.arguments(kernel, ins, self.outs, self.lengths, given)
        handle = host.launcher.handle(number)
        host.launcher.launch_handle(handle, (blocks, one), (host.i64(threads), one), places)

    # -- BLAS --------------------------------------------------------------------------------------

    @property
    def suits_blas(self) -> bool:
        """Whether the matrices lie as the device's BLAS takes them, and it knows their dtype."""
        known = self.host._known
        unit = [any(known(s) == 1 for s in self._matrix_strides(x)) for x in (self.a, self.b)]
        return (
            bool(self.host.blas)
            and self.task.dtype in BLAS_DTYPES
            and all(unit)
            and (len(self.task.batch) <= 1)
        )

    def _matrix_strides(self, x: Placed) -> list[str]:
        """The strides along rows and columns."""
        argument, _, _, strides = x
        return [s for s, loop in zip(strides, argument.loops, strict=True)
                if loop not in self.task.batch]  # fmt: skip

    def blas_into(
        self, pointer: str, alpha: Element | None = None, beta: Element | None = None
    ) -> None:
        """C = alpha A B + beta C, of a row-major C, by BLAS."""
        host, (m, n, k) = self.host, self.lengths[-3:]
        dtype = "float32" if self.task.dtype == "float16" else self.task.dtype
        one, nothing = (literal(x, dtype, self.w) for x in (1, 0))
        (a, flip_a), (b, flip_b) = self._matrix(self.a, m, k), self._matrix(self.b, k, n)
        batch = self.lengths[:-3]
        step = host.mul(m, n) if batch else host.i64(0)
        host.launcher.gemm(
            BLAS_DTYPES[self.task.dtype], flip_a + 4 * flip_b, (m, n, k), alpha or one, a, b,
            beta or nothing, (pointer, self._at_least(n, host.i64(1)), step), host._product(batch),
        )  # fmt: skip

    def _matrix(self, x: Placed, rows: str, columns: str) -> tuple[tuple[str, str, str], bool]:
        """The address, leading dimension and step of an operand, and whether it is transposed."""
        argument, pointer, _, strides = x
        down, across = self._matrix_strides(x)
        flipped = self.host._known(across) != 1
        # of one row, the stride may be anything, but BLAS wants it to be as long as the row
        leading = self._at_least(across, rows) if flipped else self._at_least(down, columns)
        in_stack = [s for s, loop in zip(strides, argument.loops, strict=True)
                    if loop in self.task.batch]  # fmt: skip
        step = in_stack[0] if in_stack else self.host.i64(0)
        return (pointer, self._at_least(leading, self.host.i64(1)), step), flipped

    def _at_least(self, a: str, b: str) -> str:
        known = [self.host._known(x) for x in (a, b)]
        if None not in known:
            return self.host.i64(max(known))  # type: ignore[type-var]
        return a if a == b else self.w.let(f"arith.maxsi {a}, {b} : i64")
