"""How the host function launches kernels and copies: calls of CUDA's driver, written as MLIR text.

The record of a call, %ctx, has behind its four numbers about an error the addresses of the table
of kernels and of the table of constants, and the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lamina.codegen.array import Array
from lamina.codegen.emit_kernel import Nest
from lamina.codegen.emit_scalar import Element
from lamina.codegen.gpu import columns, parts, rows
from lamina.codegen.gpu.choices import choose
from lamina.codegen.gpu.cooperation import THREADS
from lamina.codegen.gpu.kernels import DeviceKernel, Parameter
from lamina.codegen.gpu.loop_order import in_order
from lamina.codegen.gpu.parts import Grid
from lamina.codegen.gpu.tiles import TILE, tiling
from lamina.codegen.memory import load, memory_type, to_memory
from lamina.runtime.descriptor import (
    DEVICE_CONSTANTS,
    DEVICE_KERNELS,
    DEVICE_STREAM,
    ERROR_DEVICE,
)

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

BLOCKS = 4096  # of a grid in x, at most: for more work there is a loop
BLOCKS_IN_Y = 65535
PARTS = 1024  # blocks of a total, at most
_PTR = "!llvm.ptr"
_COPIES = {
    "in": "cuMemcpyHtoDAsync_v2",
    "out": "cuMemcpyDtoHAsync_v2",
    "over": "cuMemcpyDtoDAsync_v2",
}


def _function(name: str, types: Sequence[str]) -> str:
    return f"func.func private @{name}({', '.join(types)}) -> i32"


class Launcher:
    """Writes into the function of `host`."""

    DRIVER: ClassVar[dict[str, list[str]]] = {
        "cuLaunchKernel": [_PTR, *["i32"] * 7, *[_PTR] * 3],
        "cuStreamSynchronize": [_PTR],
        **{name: [_PTR, _PTR, "i64", _PTR] for name in _COPIES.values()},
        "lamina_cuda_gemm": [
            "i32", "i32", "i64", "i64", "i64", _PTR, *[_PTR, "i64", "i64"] * 2, _PTR,
            _PTR, "i64", "i64", "i64",
        ],
        "lamina_cuda_solver": [*["i32"] * 3, *["i64"] * 4, _PTR, _PTR],
    }  # fmt: skip

    def __init__(self, host: DeviceHost):
        self.host, self.w = host, host.w

    # -- the record of a call ----------------------------------------------------------------------

    def _word(self, number: int) -> str:
        at = self.w.let(f"llvm.getelementptr %ctx[{number}] : (!llvm.ptr) -> !llvm.ptr, i64")
        return self.w.let(f"llvm.load {at} : !llvm.ptr -> !llvm.ptr")

    def _entry(self, table: int, number: int) -> str:
        base = self._word(table)
        at = self.w.let(f"llvm.getelementptr {base}[{number}] : (!llvm.ptr) -> !llvm.ptr, i64")
        return self.w.let(f"llvm.load {at} : !llvm.ptr -> !llvm.ptr")

    def constant(self, number: int) -> str:
        """The address of a constant on the device."""
        return self._entry(DEVICE_CONSTANTS, number)

    def _call(self, name: str, operands: Sequence[str]) -> None:
        types = self.DRIVER[name]
        self.w.declare(name, _function(name, types))
        status = self.w.let(
            f"func.call @{name}({', '.join(operands)}) : ({', '.join(types)}) -> i32"
        )
        failed = self.w.let(f"arith.cmpi ne, {status}, {self.w.constant('0', 'i32')} : i32")
        detail = self.w.let(f"arith.extsi {status} : i32 to i64")
        self.host._leave_if(failed, ERROR_DEVICE, (detail,))

    # -- copies ------------------------------------------------------------------------------------

    def copy(self, direction: str, to: Array, frm: Array) -> None:
        """Copy bytes "in" to the device, "out" of it, or "over" from one place on it to another."""
        host = self.host
        size = host.mul(host._product(frm.lengths), host.i64(np.dtype(frm.dtype).itemsize))
        stream = self._word(DEVICE_STREAM)
        self._call(_COPIES[direction], [to.pointer, frm.pointer, size, stream])
        if direction == "out":
            self._call("cuStreamSynchronize", [stream])

    def fetched(self, pointer: str, dtype: str) -> Element:
        """A number that is on the device; the host waits for it."""
        cell = self.host.on_stack(1, memory_type(dtype))
        self.copy("out", Array(cell, dtype, (), ()), Array(pointer, dtype, (), ()))
        return load(self.w, cell, dtype)

    def gemm(
        self,
        dtype: int,
        transposes: int,
        lengths: tuple[str, str, str],
        alpha: Element,
        a: tuple[str, str, str],
        b: tuple[str, str, str],
        beta: Element,
        c: tuple[str, str, str],
        count: str,
    ) -> None:
        """C = alpha op(A) op(B) + beta C by the device's BLAS, see `lamina.runtime.cuda.blas`:
        addresses, leading dimensions and steps of matrices, and how many there are.
        """
        w = self.w
        codes = [w.constant(str(code), "i32") for code in (dtype, transposes)]
        scales = [self._place(to_memory(w, x), memory_type(x.dtype)) for x in (alpha, beta)]
        operands = [*codes, *lengths, scales[0], *a, *b, scales[1], *c, count]
        self._call("lamina_cuda_gemm", operands)

    # -- launches ----------------------------------------------------------------------------------

    def launch(
        self,
        kernel: DeviceKernel,
        number: int,
        nest: Nest,
        ins: Sequence[Any],
        outs: Sequence[Any],
        lengths: Sequence[str],
    ) -> None:
        """Launch a kernel of the table, and the one behind it where there are parts to merge.

        Operands and results are a nest's arguments, each with its address, lengths and strides.
        """
        host = self.host
        if kernel.schedule in ("columns", "rows"):
            of = columns if kernel.schedule == "columns" else rows
            grid = of.grid(host, nest, kernel.threads, lengths, BLOCKS)
            self._divided(kernel, number, grid, ins, outs, lengths)
            return
        grid, block = self._grid(kernel, nest, lengths)
        given: dict[tuple, tuple[str, str]] = {("count",): (grid[0], "i64")}
        for k, dtype in enumerate(kernel.part_dtypes):
            given["parts", k] = host._workspace([grid[0]], dtype), _PTR
        places = self.arguments(kernel, ins, outs, lengths, given)
        self._launch(number, grid, block, places)
        if kernel.schedule == "total":
            one, most = host.i64(1), host.i64(THREADS)
            self._launch(number + 1, (one, one), (most, one), places)

    def _divided(
        self,
        kernel: DeviceKernel,
        number: int,
        grid: Grid,
        ins: Sequence[Any],
        outs: Sequence[Any],
        lengths: Sequence[str],
    ) -> None:
        """Launch a kernel, and the one that merges parts if there are several."""
        host, w = self.host, self.w
        given: dict[tuple, tuple[str, str]] = {(k,): (n, "i64") for k, n in grid.numbers.items()}
        room = [host.i64(parts.BLOCKS * parts.WIDTH)]
        for k, dtype in enumerate(kernel.part_dtypes):
            given["parts", k] = host._workspace(room, dtype), _PTR
        places = self.arguments(kernel, ins, outs, lengths, given)
        self._launch(number, grid.blocks, grid.block, places)
        several = w.let(f"arith.cmpi sgt, {grid.numbers['count']}, {host.i64(1)} : i64")

        def merge() -> None:
            self._launch(number + 1, grid.end_blocks, grid.end_block, places)

        choose(host, [(several, merge), (True, lambda: None)])

    def run(
        self,
        number: int,
        work: str | None,
        threads: int,
        values: Sequence[tuple[str, str]],
        most: int = BLOCKS,
    ) -> None:
        """Launch a kernel that takes `values`, names and types: a thread for each piece of `work`,
        of which there are at most those of `most` blocks, or a single one.
        """
        one = self.host.i64(1)
        blocks = one if work is None else self.blocks(work, threads, most)
        block = one if work is None else self.host.i64(threads)
        self._launch(number, (blocks, one), (block, one), [self._place(*v) for v in values])

    def _place(self, value: str, type: str) -> str:
        """The address of a value."""
        cell = self.host.on_stack(1, type)
        self.w.line(f"llvm.store {value}, {cell} : {type}, !llvm.ptr")
        return cell

    def _launch(
        self, number: int, grid: Sequence[str], block: Sequence[str], places: Sequence[str]
    ) -> None:
        self.launch_handle(self.handle(number), grid, block, places)

    def handle(self, number: int) -> str:
        """What the driver knows a kernel of the table by."""
        return self._entry(DEVICE_KERNELS, number)

    def launch_handle(
        self, handle: str, grid: Sequence[str], block: Sequence[str], places: Sequence[str]
    ) -> None:
        """Launch a kernel: blocks, and threads of one, in x and y; addresses of its arguments."""
        w, host = self.w, self.host
        table = host.on_stack(max(len(places), 1), _PTR)
        for i, place in enumerate(places):
            at = w.let(f"llvm.getelementptr {table}[{i}] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr")
            w.line(f"llvm.store {place}, {at} : !llvm.ptr, !llvm.ptr")
        one, nothing = w.constant("1", "i32"), w.constant("0", "i32")
        sizes = [w.let(f"arith.trunci {n} : i64 to i32") for n in (*grid, *block)]
        null = w.let("llvm.mlir.zero : !llvm.ptr")
        stream = self._word(DEVICE_STREAM)
        self._call(
            "cuLaunchKernel",
            [handle, *sizes[:2], one, *sizes[2:], one, nothing, stream, table, null],
        )

    def arguments(
        self,
        kernel: DeviceKernel,
        ins: Sequence[Any],
        outs: Sequence[Any],
        lengths: Sequence[str],
        given: dict[tuple, tuple[str, str]],
    ) -> list[str]:
        """The addresses of what a kernel gets."""
        return [self._value(p, ins, outs, lengths, kernel, given) for p in kernel.parameters]

    def _value(
        self,
        parameter: Parameter,
        ins: Sequence[Any],
        outs: Sequence[Any],
        lengths: Sequence[str],
        kernel: DeviceKernel,
        given: dict[tuple, tuple[str, str]],
    ) -> str:
        """The address of what a kernel gets for a parameter."""
        w = self.w
        value: tuple[Any, str]
        match parameter.source:
            case ("in", i):
                value = ins[i][1], _PTR
            case ("out", i):
                value = outs[i][1], _PTR
            case ("stride", side, i, d):
                value = (ins if side == "in" else outs)[i][3][d], "i64"
            case ("number", i):
                a, name, *_ = ins[i]
                value = to_memory(w, Element(name, a.dtype, w)), memory_type(a.dtype)
            case ("part", i, part):
                a, name, *_ = ins[i]
                half = ("re", "im")[part]
                value = w.let(f"complex.{half} {name} : {a.type}"), parameter.type
            case ("length", loop):
                value = lengths[int(loop)], "i64"
            case ("vectors",):
                value = self._vectors(kernel, ins, outs, lengths[0]), "i64"
            case source:
                value = given[source]
        return self._place(*value)

    def _vectors(
        self, kernel: DeviceKernel, ins: Sequence[Any], outs: Sequence[Any], n: str
    ) -> str:
        """How many whole vectors there are: none if an array does not lie where vectors may."""
        host, w = self.host, self.w
        off = host.i64(0)
        for a, pointer, *_ in (*ins, *outs):
            if a.scalar or not a.loops:
                continue
            address = w.let(f"llvm.ptrtoint {pointer} : !llvm.ptr to i64")
            last = host.i64(kernel.lanes * np.dtype(a.dtype).itemsize - 1)
            beside = w.let(f"arith.andi {address}, {last} : i64")
            off = w.let(f"arith.ori {off}, {beside} : i64")
        aligned = w.let(f"arith.cmpi eq, {off}, {host.i64(0)} : i64")
        whole = w.let(f"arith.divui {n}, {host.i64(kernel.lanes)} : i64")
        return w.let(f"arith.select {aligned}, {whole}, {host.i64(0)} : i64")

    # -- grids -------------------------------------------------------------------------------------

    def blocks(self, work: str, each: int, most: int) -> str:
        """How many blocks do `work`, `each` of it a block, one at least."""
        host, w = self.host, self.w
        more = w.let(f"arith.addi {work}, {host.i64(each - 1)} : i64")
        count = w.let(f"arith.divui {more}, {host.i64(each)} : i64")
        count = w.let(f"arith.minsi {count}, {host.i64(most)} : i64")
        return w.let(f"arith.maxsi {count}, {host.i64(1)} : i64")

    def _grid(
        self, kernel: DeviceKernel, nest: Nest, lengths: Sequence[str]
    ) -> tuple[tuple[str, str], tuple[str, str]]:
        """Blocks, and threads of a block, in x and y."""
        host = self.host
        one, most = host.i64(1), host.i64(THREADS)
        kept = [n for n, kind in zip(lengths, nest.kinds, strict=True) if kind == "parallel"]
        reduced = [lengths[loop] for loop in in_order(nest, "reduction")]
        if kernel.schedule == "line" and not kept:
            return (one, one), (one, one)
        if kernel.schedule == "line":
            each = THREADS * kernel.lanes
            return (self.blocks(kept[0], each, BLOCKS), one), (most, one)
        tiled = tiling(nest) if kernel.schedule == "tiles" else None
        if tiled:
            across = self.blocks(lengths[tiled.across], TILE, BLOCKS)
            down = self.blocks(lengths[tiled.down], TILE, BLOCKS_IN_Y)
            batch = host._product([lengths[loop] for loop in tiled.batch])
            down = self.blocks(host.mul(down, batch), 1, BLOCKS_IN_Y)
            return (across, down), (host.i64(TILE), host.i64(THREADS // TILE))
        if kernel.schedule == "grid":
            across = self.blocks(kept[-1], TILE, BLOCKS)
            down = self.blocks(host._product(kept[:-1]), THREADS // TILE, BLOCKS_IN_Y)
            return (across, down), (host.i64(TILE), host.i64(THREADS // TILE))
        if len(reduced) > 1:
            return (self.blocks(host._product(reduced[:-1]), 1, PARTS), one), (most, one)
        return (self.blocks(reduced[0], 8 * THREADS, PARTS), one), (most, one)
