"""How a routine calls LAPACK and BLAS, and what linear algebra's ops have in common.

Both take all arguments by address, their integers have 32 bits, and matrices lie by columns. A
matrix that lies by rows is its transpose there, which is either what a routine asks for, with
``Lapack.columns`` where it must be the matrix itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.graph.gradient_types import DisconnectedType
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.reduction import sum_to_type
from lamina.ir.ops.routine import Routine

LETTER = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}


def lapack_dtype(*dtypes: str) -> str:
    """The dtype in which linear algebra on arrays of `dtypes` is done: floatX for integers and
    bools, float32 for float16.
    """
    dtype = common_dtype(dtypes)
    if np.dtype(dtype).kind not in "fc":
        dtype = config.floatX
    return "float32" if dtype == "float16" else dtype


class LinearAlgebra(Routine):
    """A routine on matrices of one of LAPACK's dtypes.

    Attributes
    ----------
    faults : tuple of str
        What can be wrong with a matrix, for LinAlgError: ``Lapack.fail_if`` tells them by number.
    """

    __module__ = "lamina.tensor.linalg"
    faults: ClassVar[tuple[str, ...]] = ()

    @property
    def failures(self) -> Any:  # type: ignore[override]
        return tuple({"kind": "linalg", "what": fault} for fault in self.faults)

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        sizes = self.signature.sizes.values()
        arrays = [dtype for i, dtype in enumerate(dtypes) if i not in sizes]
        return [lapack_dtype(*arrays)] * len(dtypes)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """``L_op``; of an output on which the cost does not depend, the cotangent is None."""
        raise MethodNotDefined(f"{type(self).__name__}.grad")

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        if type(self).pullback is LinearAlgebra.pullback:
            return super().L_op(inputs, outputs, output_grads)
        cotangents = [None if isinstance(g.type, DisconnectedType) else g for g in output_grads]
        terms = self.pullback(inputs, outputs, cotangents)
        return [
            None if term is None else sum_to_type(term, v.type)
            for term, v in zip(terms, inputs, strict=True)
        ]


class Lapack:
    """Calls of the routines of one dtype, while the loops `b` are written.

    ``lapack("getrf", m, n, a, ld, pivots)`` calls dgetrf and returns its info. A letter, an int, a
    float (and an element of the dtype) are passed by address, arrays and cells as they are.
    """

    def __init__(self, b: Any, dtype: str):
        self.b, self.dtype = b, dtype
        self.real = np.dtype(dtype).kind == "f"
        self.part = real_dtype(dtype)
        self._letters: dict[str, Any] = {}
        self._number: Any = None
        self._info = b.cell(0, "int32")

    def __call__(self, name: str, *arguments: Any) -> Any:
        self.blas(name, *arguments, self._info)
        return self.b.cast(self._info.value, "int64")

    def blas(self, name: str, *arguments: Any) -> None:
        """Call a routine that returns no info."""
        addresses = [self._address(x) for x in arguments]
        self.b.call(f"{LETTER[self.dtype]}{name}_", addresses)

    def _address(self, x: Any) -> Any:
        if isinstance(x, str):
            return self._letter(x) if len(x) == 1 else x
        if isinstance(x, int):
            return self.b.cell(x, "int32")
        if isinstance(x, float):
            return self.b.cell(x, self.dtype)
        if getattr(x, "writer", None) is None:
            return x
        return self.b.cell(self.b.cast(x, "int32") if x.dtype == "int64" else x)

    def _letter(self, x: str) -> Any:
        if x not in self._letters:
            self._letters[x] = self.b.cell(0, "int8")
        self._letters[x].value = ord(x)  # each time: the place may be first met in a branch
        return self._letters[x]

    # -- matrices ----------------------------------------------------------------------------------

    def leading(self, n: Any) -> Any:
        """A distance between columns of length n, which LAPACK wants to be at least 1."""
        return nd.maximum(self.b.element(n), 1)

    def matrix(self, columns: Any, rows: Any, dtype: str | None = None) -> Any:
        """Memory of a matrix by columns: its element i, j is ``[j, i]``."""
        return self.b.scratch(dtype or self.dtype, columns, rows)

    def columns(self, a: Any, target: Any) -> None:
        """Copy `a`, which lies in any way, to `target` by columns."""
        with self.b.loop(a.lengths[0]) as i, self.b.loop(a.lengths[1]) as j:
            target[j, i] = a[i, j]

    def from_columns(self, a: Any, target: Any) -> None:
        """Copy to `target` a matrix that lies by columns, or the first columns of one."""
        with self.b.loop(target.lengths[0]) as i, self.b.loop(target.lengths[1]) as j:
            target[i, j] = a[j, i]

    def rows(self, a: Any, target: Any) -> None:
        """Copy `a` to `target` element by element, as they lie."""
        if len(a.lengths) == 1:
            with self.b.loop(a.lengths[0]) as i:
                target[i] = a[i]
            return
        with self.b.loop(a.lengths[0]) as i, self.b.loop(a.lengths[1]) as j:
            target[i, j] = a[i, j]

    def workspace(self, name: str, *arguments: Any) -> list[Any]:
        """The workspace arguments of a routine, of the sizes that it asks for.

        In `arguments` they are named: "work", "rwork", "iwork" are arrays, "lwork" and so on their
        sizes. They are returned in their order.
        """
        dtypes = {"work": self.dtype, "rwork": self.part, "iwork": "int32"}
        named = [x for x in arguments if isinstance(x, str) and x.lstrip("l") in dtypes]
        wanted = {x: self.b.cell(0, d) for x, d in dtypes.items() if x in named}
        self(name, *(wanted.get(x, -1) if x in named else x for x in arguments))
        sizes = {x: self._size(cell.value) for x, cell in wanted.items()}
        space = {x: self.b.scratch(dtypes[x], n) for x, n in sizes.items()}
        return [space[x] if x in space else sizes[x[1:]] for x in named]

    def _size(self, stated: Any) -> Any:
        if stated.kind == "c":
            stated = nd.real(stated)
        size = nd.maximum(self.b.cast(stated, "int64"), 1)
        # a single does not hold large sizes exactly, and may have been rounded down
        return size + size // 1024 + 1 if stated.dtype == "float32" else size

    # -- the batch, and what goes wrong in it ------------------------------------------------------

    @contextmanager
    def batch(self) -> Iterator[tuple[Any, ...]]:
        """``b.batch()``, in which ``fail_if`` knows the number of the matrix."""
        y = self.b.results[0]
        counted = len(y.lengths) > y.core
        self._number = self.b.cell(0 if counted else -1)
        with self.b.batch() as parts:
            yield parts
            if counted:
                self._number.value = self._number.value + 1

    def fail_if(self, condition: Any, fault: int = 0) -> None:
        """Note that the matrix at hand has a fault, by its number in ``faults``."""
        with self.b.when(condition):
            self.b.fail(fault, self._number.value)

    def all_finite(self, a: Any) -> Any:
        """Whether no element is NaN or infinite: iterations might not end otherwise."""
        bad = self.b.cell(0)
        with self.b.loop(a.lengths[0]) as i, self.b.loop(a.lengths[1]) as j:
            x = a[i, j]
            finite = nd.isfinite(x) if self.real else nd.and_(
                nd.isfinite(nd.real(x)), nd.isfinite(nd.imag(x))
            )  # fmt: skip
            bad.value = nd.bitwise_or(bad.value, self.b.cast(nd.invert(finite), "int64"))
        return nd.eq(bad.value, 0)


def as_matrices(x: Any, name: str) -> Any:
    """`x` as a variable of at least two dimensions.

    Raises
    ------
    ValueError
        It has fewer.
    """
    x = as_tensor_variable(x)
    if x.type.ndim < 2:
        raise ValueError(f"{name} takes matrices (or stacks of them), got {x} of type {x.type}")
    return x


def as_square(x: Any, name: str) -> Any:
    """`x` as a variable of square matrices.

    Raises
    ------
    ValueError
        Its matrices are known not to be square.
    """
    x = as_matrices(x, name)
    rows, columns = x.type.shape[-2:]
    if None not in (rows, columns) and rows != columns:
        raise ValueError(f"{name} takes square matrices, got {x} of type {x.type}")
    return x
