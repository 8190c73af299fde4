"""Kernels that multiply matrices and map each element of the product before it is stored.

The map is that of a kernel of the stage buffers, and is written by the same code. Lengths and
strides are parameters, and any length may be 0. The terms of a sum are taken in the order of the
summed dimension, whatever the other lengths are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.codegen.emit_kernel import Argument, Nest
from lamina.codegen.emit_scalar import STORED_TYPE, Element, Writer, cast, literal
from lamina.codegen.gpu.kernels import DeviceWriter, on_device
from lamina.codegen.gpu.matrix_operands import MatrixOperand


@dataclass(frozen=True)
class Product:
    """A product ready to be written.

    Attributes
    ----------
    nest : Nest
        The map. Its loops are those of a stack of matrices, then the rows, the columns, and what is
        summed; the first argument of its body is the element of the product, and those of its
        inputs follow.
    a, b : Argument
    """

    nest: Nest
    a: Argument
    b: Argument

    @property
    def dtype(self) -> str:
        return self.a.dtype

    @property
    def batch(self) -> list[int]:
        """The loops of the stack."""
        return list(range(self.rows))

    @property
    def rows(self) -> int:
        return len(self.nest.kinds) - 3

    @property
    def columns(self) -> int:
        return self.rows + 1

    @property
    def summed(self) -> int:
        return self.rows + 2


def sum_dtype(dtype: str) -> str:
    """What products of a dtype are summed in: halves in float32, rounded once; narrow integers in
    32 bits, of which the low ones are the same.
    """
    if dtype == "float16":
        return "float32"
    return "int32" if np.dtype(dtype).itemsize < 4 else dtype


class ProductWriter(DeviceWriter):
    """Writes a kernel, which is launched with the inputs of the map, then A and B."""

    def __init__(self, symbol: str, task: Product, writer: Writer):
        super().__init__(symbol, on_device(task.nest), writer)
        self.task, self.schedule = task, "product"
        self.a, self.b = (
            MatrixOperand(self, name, len(task.nest.inputs) + i, x, outer, task.summed)
            for i, (name, x, outer) in enumerate(
                (("a", task.a, task.rows), ("b", task.b, task.columns))
            )
        )
        for x in (self.a, self.b):
            self.parameters.extend(x.parameters())

    # -- indices -----------------------------------------------------------------------------------

    def number(self, n: int) -> str:
        """A constant index."""
        return self.w.constant(str(n), "index")

    def plus(self, a: str, b: str) -> str:
        """The sum of two indices."""
        if self.zero in (a, b):
            return b if a == self.zero else a
        return self.index(f"arith.addi {a}, {b} : index")

    def times(self, a: str, b: str) -> str:
        """The product of two indices."""
        if self.zero in (a, b):
            return self.zero
        if self.one in (a, b):
            return b if a == self.one else a
        return self.index(f"arith.muli {a}, {b} : index")

    def over(self, a: str, n: int) -> str:
        """The quotient of an index and a number."""
        return self.index(f"arith.divui {a}, {self.number(n)} : index")

    def rest(self, a: str, n: int) -> str:
        """The remainder of an index and a number."""
        return self.index(f"arith.remui {a}, {self.number(n)} : index")

    def below(self, a: str, b: str) -> str:
        """Whether one index is less than another."""
        return self.index(f"arith.cmpi slt, {a}, {b} : index")

    def both(self, a: str, b: str) -> str:
        """Whether two conditions hold."""
        return self.index(f"arith.andi {a}, {b} : i1")

    def least(self, a: str, b: str) -> str:
        """The smaller of two indices."""
        return self.index(f"arith.minsi {a}, {b} : index")

    # -- elements ----------------------------------------------------------------------------------

    def nothing(self) -> str:
        """An empty sum."""
        return literal(0, sum_dtype(self.task.dtype), self.w).name

    def term(self, stored: str) -> str:
        """An element, as it is in memory, in the dtype of sums."""
        dtype = "uint8" if self.task.dtype == "bool" else self.task.dtype
        return cast(Element(stored, dtype, self.w), sum_dtype(dtype), self.w).name

    def multiply_add(self, x: str, y: str, total: str) -> str:
        """x y + total, in the dtype of sums; rounded once where it is real."""
        w, dtype = self.w, sum_dtype(self.task.dtype)
        kind = STORED_TYPE[dtype]
        if dtype in ("float32", "float64"):
            return w.let(f"math.fma {x}, {y}, {total} : {kind}")
        if dtype.startswith("complex"):
            return self._complex_multiply_add(x, y, total, kind)
        both, join = ("andi", "ori") if self.task.dtype == "bool" else ("muli", "addi")
        product = w.let(f"arith.{both} {x}, {y} : {kind}")
        return w.let(f"arith.{join} {total}, {product} : {kind}")

    def _complex_multiply_add(self, x: str, y: str, total: str, kind: str) -> str:
        w, part = self.w, kind[8:-1]
        (xr, xi), (yr, yi), (re, im) = (
            [w.let(f"complex.{half} {name} : {kind}") for half in ("re", "im")]
            for name in (x, y, total)
        )
        minus = w.let(f"arith.negf {xi} : {part}")
        for one, two in ((xr, yr), (minus, yi)):
            re = w.let(f"math.fma {one}, {two}, {re} : {part}")
        for one, two in ((xr, yi), (xi, yr)):
            im = w.let(f"math.fma {one}, {two}, {im} : {part}")
        return w.let(f"complex.create {re}, {im} : {kind}")

    def finish(self, total: str, at: dict[int, str]) -> None:
        """Compute the map of an element of the product, whose sum is at hand, and store what it
        results in.
        """
        dtype = self.task.dtype
        element = cast(Element(total, sum_dtype(dtype), self.w), dtype, self.w)
        for i, y in enumerate(self._body([element, *self._load(at)], at.__getitem__)):
            self._store(i, y, at)
