"""Calls of a device's LAPACK by the host function, and what is around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import lamina.ir.operators as ops
from lamina.codegen.array import Array
from lamina.codegen.emit_routine import keep_results, leave_unless_zero, result_arrays
from lamina.codegen.gpu import element_kernels
from lamina.codegen.gpu.unsupported import NotOnDevice
from lamina.ir import dialect as nd
from lamina.ir.ops.arithmetic import real_dtype
from lamina.runtime.descriptor import SOLVER, SOLVER_DTYPES
from lamina.runtime.descriptor import SolverOptions as Options
from lamina.runtime.descriptor import SolverStep as Step

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

_PTR = "!llvm.ptr"


class Matrices:
    """An op on stacks of matrices: its arrays, and calls in the function of `host`.

    A matrix that lies by rows is its transpose to LAPACK, which has it by columns.

    Attributes
    ----------
    dtype, real : str
        Of the matrices, and of their elements' parts.
    complex : bool
    results : list of Array
    batch : tuple of str
        The lengths of the dimensions before those of the matrices.
    loops : list of int
        Those along the batch.

    Raises
    ------
    NotOnDevice
        The device has no LAPACK, or none for the dtype.
    """

    def __init__(self, host: DeviceHost, op: Any):
        self.host, self.op, self.definition = host, op, op.definition
        self.dtype = nd.dtype_of(op.operands[0])
        self.real, self.complex = real_dtype(self.dtype), self.dtype.startswith("complex")
        if not host.solver:
            raise NotOnDevice("cuSOLVER is not installed: pip install lamina[cuda]")
        if self.dtype not in SOLVER_DTYPES:
            raise NotOnDevice(f"LAPACK has no matrices of {self.dtype}")
        self.results = result_arrays(host, op)
        core = len(self.definition.signature.results[0])
        self.batch = self.results[0].lengths[: len(self.results[0].lengths) - core]
        self.loops = list(range(len(self.batch)))

    def finish(self) -> None:
        """Note where the results are."""
        keep_results(self.host, self.op, self.results)

    # -- arrays ------------------------------------------------------------------------------------

    def place(self, *lengths: str, dtype: str = "") -> Array:
        """Scratch memory of arrays, one for each place of the batch."""
        host, whole = self.host, (*self.batch, *lengths)
        dtype = dtype or self.dtype
        return Array(host._workspace(whole, dtype), dtype, whole, host._row_major(whole))

    def info(self) -> Array:
        """A place for what LAPACK says of each matrix."""
        return self.place(dtype="int32")

    def identity(self, n: str, place: Array | None = None) -> Array:
        """Identity matrices; what LAPACK does not touch of vectors that belong to no value."""
        made = place or self.place(n, n)
        self.run((n, n), [], [(made, (0, 1))], lambda at: ops.eq(at(0), at(1)))
        return made

    def operand(self, i: int) -> Array:
        """An operand that is an array."""
        return self.host.arrays[self.op.operands[i]]

    def packed(self, i: int, turned: bool = False, own: bool = True) -> Array:
        """The matrices of an operand one behind the other, by rows, or `turned` by columns; their
        own copy if they are to be overwritten.
        """
        x, v = self.operand(i), self.op.operands[i]
        core = len(self.definition.signature.core(i))
        static = nd.static_shape(v)
        if not own and not turned and x.contiguous and self._whole(static[: len(static) - core]):
            return x
        if turned:
            x, static = flipped(x), (*static[:-2], static[-1], static[-2])
        made = self.place(*x.lengths[len(x.lengths) - core :], dtype=x.dtype)
        self._copy(x, static, made)
        return made

    def _whole(self, lead: Sequence[int | None]) -> bool:
        """Whether an operand has all dimensions of the batch."""
        batch = nd.static_shape(self.op.results[0])[: len(self.batch)]
        pairs = zip(lead, batch, strict=False)
        return len(lead) == len(batch) and all(n != 1 or k == 1 for n, k in pairs)

    def _copy(self, x: Array, static: Sequence[int | None], y: Array) -> None:
        skipped = len(y.lengths) - len(x.lengths)
        onto = [-1 if n == 1 else skipped + d for d, n in enumerate(static)]
        self.host._copy(x, y, onto=onto)

    def begun(self) -> Array:
        """The first result, which begins as the operand that the op overwrites."""
        i, y = self.definition.overwrites, self.results[0]
        x = self.operand(i)
        if x.pointer != y.pointer:
            self._copy(x, nd.static_shape(self.op.operands[i]), y)
        return y

    def turned_into(self, x: Array, result: int) -> None:
        """Copy matrices that lie by columns, or the first ones of each, to a result."""
        self.host._copy(flipped(x), self.results[result])

    def diagonal(self, x: Array) -> Array:
        """The diagonals of square matrices."""
        step = self.host.w.let(f"arith.addi {x.strides[-2]}, {x.strides[-1]} : i64")
        return replace(x, lengths=x.lengths[:-1], strides=(*x.strides[:-2], step), contiguous=False)

    # -- kernels -----------------------------------------------------------------------------------

    def run(
        self,
        lengths: Sequence[str],
        inputs: Sequence[tuple[Any, Sequence[int]]],
        outputs: Sequence[tuple[Array, Sequence[int]]],
        function: Callable[..., Any],
        combine: Sequence[str] = (),
    ) -> None:
        """`element_kernels.run` with the loops of the batch first; loops are counted behind them,
        and those of arrays are what follows the batch.
        """
        first = len(self.batch)

        def moved(x: Any, loops: Sequence[int]) -> list[int]:
            own = [first + loop for loop in loops]
            batch = len(getattr(x, "lengths", ())) - len(own)
            return [*self.loops[len(self.loops) - batch :], *own] if batch else own

        element_kernels.run(
            self.host, [*self.batch, *lengths], [(x, moved(x, m)) for x, m in inputs],
            [(y, moved(y, m)) for y, m in outputs],
            lambda at, *xs: function(lambda loop: at(first + loop), *xs), combine,
        )  # fmt: skip

    # -- calls -------------------------------------------------------------------------------------

    def solve(
        self,
        step: Step,
        options: Options,
        arrays: Sequence[Array],
        m: str = "",
        n: str = "",
        k: str = "",
        watched: bool = False,
    ) -> str:
        """Do a step for all matrices; if it is `watched`, the address of what went wrong."""
        host, w = self.host, self.host.w
        table = host.on_stack(len(arrays), _PTR)
        for i, x in enumerate(arrays):
            at = w.let(f"llvm.getelementptr {table}[{i}] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr")
            w.line(f"llvm.store {x.pointer}, {at} : !llvm.ptr, !llvm.ptr")
        fault = host.on_stack(2) if watched else w.let("llvm.mlir.zero : !llvm.ptr")
        codes = (int(step), SOLVER_DTYPES.index(self.dtype), int(options))
        none = host.i64(0)
        host.launcher._call(
            SOLVER,
            [
                *(w.constant(str(code), "i32") for code in codes), host._product(self.batch),
                m or n or none, n or none, k or none, table, fault,
            ],
        )  # fmt: skip
        return fault

    def fail(self, fault: str, number: int = 0, above: tuple[str, int] | None = None) -> None:
        """Leave the function if something went wrong: with a fault of the op's by its number; with
        another one where info is above a length.
        """
        host, w = self.host, self.host.w
        matrix = w.let(f"llvm.load {fault} : !llvm.ptr -> i64")
        failed = w.let(f"arith.cmpi sge, {matrix}, {host.i64(0)} : i64")
        told = matrix if self.batch else host.i64(-1)
        w.line(f"llvm.store {told}, %ctx : i64, !llvm.ptr")
        which = host.i64(number + 1)
        if above:
            at = w.let(f"llvm.getelementptr {fault}[1] : (!llvm.ptr) -> !llvm.ptr, i64")
            info = w.let(f"llvm.load {at} : !llvm.ptr -> i64")
            beyond = w.let(f"arith.cmpi sgt, {info}, {above[0]} : i64")
            which = w.let(f"arith.select {beyond}, {host.i64(above[1] + 1)}, {which} : i64")
        status = w.let(f"arith.select {failed}, {which}, {host.i64(0)} : i64")
        leave_unless_zero(host, status, self.op)

    def refuse(self, x: Array, is_wrong: Callable[[Any], Any], number: int = 0) -> None:
        """Leave the function if an element of an array is wrong."""
        info = self.info()
        own = list(range(len(x.lengths) - len(self.batch)))
        lengths = x.lengths[len(self.batch) :]
        self.run(lengths, [(x, own)], [(info, ())], lambda at, e: is_wrong(e).cast("int32"),
                 ["max"])  # fmt: skip
        self.fail(self.solve(Step.CHECK, Options(0), [info], watched=True), number)

    def refuse_infinite(self, x: Array) -> None:
        """Leave the function if an element is NaN or infinite: the first fault of the op."""

        def is_wrong(e: Any) -> Any:
            if not self.complex:
                return ops.invert(ops.isfinite(e))
            both = ops.and_(ops.isfinite(ops.real(e)), ops.isfinite(ops.imag(e)))
            return ops.invert(both)

        self.refuse(x, is_wrong)


def flipped(x: Array) -> Array:
    """The transposed matrices."""
    (*batch, m, n), (*steps, s, t) = x.lengths, x.strides
    return replace(x, lengths=(*batch, n, m), strides=(*steps, t, s), contiguous=False)
