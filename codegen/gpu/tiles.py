"""Maps some of whose inputs are transposed: tiles that are turned in workgroup memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.codegen.emit_kernel import Nest
from lamina.codegen.emit_scalar import STORED_TYPE, Element
from lamina.codegen.gpu.cooperation import WORKGROUP

if TYPE_CHECKING:
    from lamina.codegen.gpu.kernels import DeviceWriter

TILE = 32  # threads of a block in x
_PITCH = TILE + 1  # a column's elements lie in different banks of the memory
_MEMORY = 48 << 10  # bytes that every device has for a block


@dataclass(frozen=True)
class Tiling:
    """How a nest is tiled.

    Attributes
    ----------
    down, across : int
        The loop along which the elements of transposed inputs are neighbours, and the innermost
        one, along which those of the results are.
    batch : tuple of int
        The other loops.
    inputs : tuple of int
        The transposed ones.
    """

    down: int
    across: int
    batch: tuple[int, ...]
    inputs: tuple[int, ...]


def tiling(nest: Nest) -> Tiling | None:
    """The tiles of a map; None if none of its inputs is transposed, or a result is, too."""
    across = len(nest.kinds) - 1
    if across < 1 or any(nest.combine):
        return None
    if any(not a.loops or (a.loops[-1], a.strides[-1]) != (across, 1) for a in nest.outputs):
        return None
    turned: dict[int, list[int]] = {}
    for i, a in enumerate(nest.inputs):
        steps = dict(zip(a.loops, a.strides, strict=False))
        if i in nest.inplace or steps.get(across, 1) == 1:
            continue
        for loop in [loop for loop, step in steps.items() if step == 1]:
            turned.setdefault(loop, []).append(i)
    if not turned:
        return None
    down = max(turned, key=lambda loop: len(turned[loop]))
    chosen, left = [], _MEMORY
    for i in turned[down]:
        left -= TILE * _PITCH * np.dtype(nest.inputs[i].dtype).itemsize
        if left >= 0:
            chosen.append(i)
    batch = tuple(loop for loop in range(across) if loop != down)
    return Tiling(down, across, batch, tuple(chosen))


class Tiles:
    """The loops of a tiled map, `kernel` its writer.

    A block has 32 threads in x. It takes a tile of 32 positions `down` and `across` at a time: its
    threads in x read along `down`, and then compute and write along `across`.
    """

    def __init__(self, kernel: DeviceWriter, tiling: Tiling):
        self.k, self.w, self.tiling = kernel, kernel.w, tiling
        self.x, self.y = kernel.index("gpu.thread_id x"), kernel.index("gpu.thread_id y")
        self.side = self.w.constant(str(TILE), "index")

    def memory(self) -> str:
        """The workgroup memory of the kernel's function."""
        parts = [f"%tile{i} : {self._type(i)}" for i in self.tiling.inputs]
        return f" workgroup({', '.join(parts)})"

    def _type(self, i: int) -> str:
        return f"memref<{TILE}x{_PITCH}x{STORED_TYPE[self.k.nest.inputs[i].dtype]}, {WORKGROUP}>"

    def write(self) -> None:
        k, w, t = self.k, self.w, self.tiling
        downs, acrosses = k._length(t.down), k._length(t.across)
        most = w.constant(str(TILE - 1), "index")
        more = k.index(f"arith.addi {downs}, {most} : index")
        tiles = k.index(f"arith.divui {more}, {self.side} : index")
        count = k.index(f"arith.muli {tiles}, {k.product(t.batch)} : index")
        first, step = (
            k.index(f"arith.muli {k.index(f'gpu.{of} x')}, {self.side} : index")
            for of in ("block_id", "grid_dim")
        )
        # a block's threads go through these loops together, for in them they wait for each other
        with k.each(k.index("gpu.block_id y"), count, k.index("gpu.grid_dim y")) as number:
            tile = k.index(f"arith.remui {number}, {tiles} : index")
            at = k.spread(k.index(f"arith.divui {number}, {tiles} : index"), t.batch)
            down = k.index(f"arith.muli {tile}, {self.side} : index")
            with k.each(first, acrosses, step) as across:
                w.line("gpu.barrier")  # what was there before has been read
                self._rows(at, (t.across, across), (t.down, down), self._fill)
                w.line("gpu.barrier")
                self._rows(at, (t.down, down), (t.across, across), self._use)

    def _rows(
        self,
        at: dict[int, str],
        along_y: tuple[int, str],
        along_x: tuple[int, str],
        do: Callable[[dict[int, str], str], None],
    ) -> None:
        """Do something at each position of the tile; the loops, and where it begins in them."""
        k, size = self.k, self.k.index("gpu.block_dim y")
        (slow, y0), (fast, x0) = along_y, along_x
        x = k.index(f"arith.addi {x0}, {self.x} : index")
        x_inside = k.index(f"arith.cmpi slt, {x}, {k._length(fast)} : index")
        with k.each(self.y, self.side, size) as row:
            y = k.index(f"arith.addi {y0}, {row} : index")
            y_inside = k.index(f"arith.cmpi slt, {y}, {k._length(slow)} : index")
            with k.when(k.index(f"arith.andi {x_inside}, {y_inside} : i1")):
                do(at | {slow: y, fast: x}, row)

    def _fill(self, at: dict[int, str], row: str) -> None:
        for i in self.tiling.inputs:
            x = self.k._stored(self.k._input(i, at))
            self.w.line(f"memref.store {x}, %tile{i}[{row}, {self.x}] : {self._type(i)}")

    def _use(self, at: dict[int, str], row: str) -> None:
        elements: list[Element] = []
        for i, a in enumerate(self.k.nest.inputs):
            if i in self.tiling.inputs:
                name = self.w.let(f"memref.load %tile{i}[{self.x}, {row}] : {self._type(i)}")
                elements.append(self.k._loaded(name, a.dtype))
            else:
                elements.append(self.k._input(i, at))
        for i, y in enumerate(self.k._body(elements, at.__getitem__)):
            self.k._store(i, y, at)
