"""Operands of products of matrices: slabs of them, copied from the device's memory to that of a
workgroup while the slab before is multiplied.

A slab is as many rows of A, or columns of B, as a tile of the result has, and some positions of the
dimension that is summed. What lies beyond the matrix is 0 there. It lies in workgroup memory in the
order that it has on the device, so that 16 bytes can be copied at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.codegen.emit_kernel import Argument
from lamina.codegen.emit_scalar import STORED_TYPE, literal
from lamina.codegen.gpu.cooperation import GLOBAL, WORKGROUP
from lamina.codegen.gpu.kernels import Parameter

if TYPE_CHECKING:
    from lamina.codegen.gpu.matrix_products import ProductWriter

STAGES = 2  # slabs in workgroup memory: one that is multiplied and one on its way
VECTOR_BYTES = 16


@dataclass(frozen=True)
class Slab:
    """What of an operand is in workgroup memory.

    Attributes
    ----------
    outer : int
        How many rows of A or columns of B.
    depth : int
        How many positions of the dimension that is summed.
    along_k : bool
        Whether neighbours along the dimension that is summed are neighbours in memory.
    dtype : str
    """

    outer: int
    depth: int
    along_k: bool
    dtype: str

    @property
    def itemsize(self) -> int:
        return int(np.dtype(self.dtype).itemsize)

    @property
    def rows(self) -> int:
        return self.outer if self.along_k else self.depth

    @property
    def columns(self) -> int:
        return self.depth if self.along_k else self.outer

    @property
    def pitch(self) -> int:
        """Elements from row to row: with 16 bytes more, and 32 for doubles, the threads of a warp
        read from different banks.
        """
        return self.columns + (8 if self.itemsize == 2 else 4)

    @property
    def nbytes(self) -> int:
        """Of all stages, a multiple of 16."""
        return -(-STAGES * self.rows * self.pitch * self.itemsize // VECTOR_BYTES) * VECTOR_BYTES

    @property
    def type(self) -> str:
        return f"memref<{STAGES}x{self.rows}x{self.pitch}x{STORED_TYPE[self.dtype]}, {WORKGROUP}>"

    @property
    def vector(self) -> int:
        """Elements that are copied at a time where they may: 16 bytes, or 1."""
        return {2: 8, 4: 4, 8: 2}[self.itemsize] if self._is_asynchronous else 1

    @property
    def _is_asynchronous(self) -> bool:
        """Whether 16 bytes can be copied: float16, and what has 4 or 8 bytes and is a number of one
        part.
        """
        return self.dtype == "float16" or (self.itemsize in (4, 8) and self.dtype != "complex64")

    @property
    def by_element(self) -> bool:
        """Whether single elements can be copied without a thread that waits for them."""
        return self._is_asynchronous and self.itemsize >= 4

    def place(self, outer: str, k: str) -> str:
        """The subscripts of an element."""
        return f"{outer}, {k}" if self.along_k else f"{k}, {outer}"


class MatrixOperand:
    """An operand of the kernel that `kernel` writes.

    Parameters
    ----------
    kernel : ProductWriter
    name : {"a", "b"}
    number : int
        Among the inputs that the kernel is launched with.
    argument : Argument
        The operand.
    outer, summed : int
        The loops along its rows (A) or columns (B), and along what is summed.
    """

    def __init__(
        self,
        kernel: ProductWriter,
        name: str,
        number: int,
        argument: Argument,
        outer: int,
        summed: int,
    ):
        self.k, self.w, self.name, self.number = kernel, kernel.w, name, number
        self.argument, self.outer, self.summed = argument, outer, summed
        self.steps = dict(zip(argument.loops, argument.strides, strict=True))
        self.element = STORED_TYPE[argument.dtype]

    @property
    def along_k(self) -> bool:
        """Whether its elements are neighbours along the dimension that is summed."""
        return self.steps.get(self.outer) != 1 or self.steps.get(self.summed) == 1

    @property
    def has_unit_stride(self) -> bool:
        """Whether neighbours in memory are known."""
        return self.steps.get(self.summed if self.along_k else self.outer) == 1

    @property
    def type(self) -> str:
        return f"memref<?x{self.element}, strided<[1]>, {GLOBAL}>"

    def parameters(self) -> Iterator[Parameter]:
        """Its address, and the steps along its loops that are not known."""
        pointer = f"memref<{self.element}, {GLOBAL}>"
        yield Parameter(f"%{self.name}_at", pointer, ("in", self.number))
        for d, loop in enumerate(self.argument.loops):
            if self.steps[loop] != 1:
                source = ("stride", "in", self.number, d)
                yield Parameter(self.step(loop), "index", source)
        self.w.head.append(
            f"    %{self.name} = memref.reinterpret_cast %{self.name}_at to offset: [0], "
            f"sizes: [%n{self.summed}], strides: [1] : {pointer} to {self.type}"
        )

    def step(self, loop: int) -> str:
        """Elements from one position of a loop to the next."""
        if loop not in self.steps:
            return self.k.zero
        return self.k.one if self.steps[loop] == 1 else f"%{self.name}_step{loop}"

    def offset(self, at: dict[int, str]) -> str:
        """Elements from its first one to the one at a position; loops that are missing are at 0."""
        total = self.k.zero
        for loop in self.argument.loops:
            if loop in at:
                moved = self.k.times(at[loop], self.step(loop))
                total = self.k.plus(total, moved)
        return total

    def loaded(self, offset: str) -> str:
        """The element that is `offset` behind the first one."""
        return self.w.let(f"memref.load %{self.name}[{offset}] : {self.type}")


class SlabCopy:
    """The copies of an operand's slabs, by all threads of a block.

    Parameters
    ----------
    operand : MatrixOperand
    slab : Slab
    memory : str
        The name of its stages in workgroup memory.
    threads : int
    """

    def __init__(self, operand: MatrixOperand, slab: Slab, memory: str, threads: int):
        self.x, self.slab, self.memory, self.threads = operand, slab, memory, threads
        self.k, self.w = operand.k, operand.w
        self.vector = slab.vector if operand.has_unit_stride else 1
        self.is_aligned = f"%{operand.name}_is_aligned"

    def parameters(self) -> Iterator[Parameter]:
        """Whether all of the operand lies where 16 bytes can be copied at a time."""
        if self.vector > 1:
            name = f"%{self.x.name}_aligned"
            yield Parameter(name, "index", ("aligned", self.x.name))
            self.w.head.append(
                f"    {self.is_aligned} = arith.cmpi ne, {name}, {self.k.zero} : index"
            )

    def write(self, base: str, first: str, stage: str, k0: str) -> None:
        """Begin to copy a slab: of the matrix that begins at offset `base`, from row or column
        `first` and position `k0` on.
        """
        if self.vector == 1:
            self._elements(base, first, stage, k0)
            return
        self.w.line(f"scf.if {self.is_aligned} {{")
        self._vectors(base, first, stage, k0)
        self.w.line("} else {")
        self._elements(base, first, stage, k0)
        self.w.line("}")

    def _vectors(self, base: str, first: str, stage: str, k0: str) -> None:
        k, slab, across = self.k, self.slab, self.slab.columns // self.vector
        thread = k.index("gpu.thread_id x")
        column = k.times(k.rest(thread, across), k.number(self.vector))
        row = k.over(thread, across)
        for turn in range(slab.rows * across // self.threads):
            own = k.plus(row, k.number(turn * self.threads // across))
            outer, at_k = (own, column) if slab.along_k else (column, own)
            outer, at_k = k.plus(first, outer), k.plus(k0, at_k)
            fast, slow = (at_k, outer) if slab.along_k else (outer, at_k)
            length, other = self.x.summed, self.x.outer
            if not slab.along_k:
                length, other = other, length
            left = k.index(f"arith.subi {k._length(length)}, {fast} : index")
            left = k.index(f"arith.maxsi {left}, {k.zero} : index")
            left = k.least(left, k.number(self.vector))
            inside = k.below(slow, k._length(other))
            left = k.index(f"arith.select {inside}, {left}, {k.zero} : index")
            offset = k.plus(base, self.x.offset({self.x.outer: outer, self.x.summed: at_k}))
            self._copy(offset, f"{stage}, {own}, {column}", self.vector, left)

    def _elements(self, base: str, first: str, stage: str, k0: str) -> None:
        k, w, slab = self.k, self.w, self.slab
        thread = k.index("gpu.thread_id x")
        with k.each(thread, k.number(slab.rows * slab.columns), k.number(self.threads)) as number:
            row, column = k.over(number, slab.columns), k.rest(number, slab.columns)
            outer, at_k = (row, column) if slab.along_k else (column, row)
            outer, at_k = k.plus(first, outer), k.plus(k0, at_k)
            inside = k.both(
                k.below(outer, k._length(self.x.outer)), k.below(at_k, k._length(self.x.summed))
            )
            offset = k.plus(base, self.x.offset({self.x.outer: outer, self.x.summed: at_k}))
            place = f"{stage}, {row}, {column}"
            if slab.by_element:
                left = k.index(f"arith.select {inside}, {k.one}, {k.zero} : index")
                self._copy(offset, place, 1, left)
            else:
                # what is outside is not read, but the first element, which there is, instead
                offset = k.index(f"arith.select {inside}, {offset}, {base} : index")
                element, loaded = self.x.element, self.x.loaded(offset)
                value = w.let(f"arith.select {inside}, {loaded}, {self._zero()} : {element}")
                w.line(f"memref.store {value}, {self.memory}[{place}] : {slab.type}")

    def _zero(self) -> str:
        dtype = "int8" if self.slab.dtype == "bool" else self.slab.dtype
        return literal(0, dtype, self.w).name

    def _copy(self, offset: str, place: str, count: int, left: str) -> None:
        """Copy `count` elements, of which all but the first `left` are 0 and not read."""
        past = " {bypassL1}" if count > 1 else ""
        self.w.let(
            f"nvgpu.device_async_copy %{self.x.name}[{offset}], {self.memory}[{place}], {count}, "
            f"{left}{past} : {self.x.type} to {self.slab.type}"
        )
