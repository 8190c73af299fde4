"""The final nd module as MLIR text: the function @lamina_main, which runs kernels, BLAS and checks,
and the kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects.func import ReturnOp
from xdsl.ir import Block, Operation, SSAValue

from lamina.codegen.array import Array
from lamina.codegen.emit_blas import emit_dot, emit_gemm, emit_gemv
from lamina.codegen.emit_branch import emit_branch
from lamina.codegen.emit_callback import emit_callback
from lamina.codegen.emit_checks import emit_assert_equal, emit_assert_index
from lamina.codegen.emit_copies import emit_concatenate, emit_make_vector, emit_update_slice
from lamina.codegen.emit_product_kernel import emit_product_kernel
from lamina.codegen.emit_routine import emit_routine
from lamina.codegen.emit_scalar import STORED_TYPE, Element, apply, literal
from lamina.codegen.emit_scan import emit_scan
from lamina.codegen.emit_views import emit_dimshuffle, emit_reshape, emit_slice
from lamina.codegen.kernel_calls import KernelCalls
from lamina.codegen.memory import from_stored
from lamina.codegen.profile import Pieces
from lamina.ir import dialect as nd
from lamina.ir.ops.elementwise import Elemwise
from lamina.runtime.descriptor import Piece


@dataclass
class Emitted:
    """MLIR text of a function and what the runtime must know of it.

    Attributes
    ----------
    errors : list of dict
        What went wrong when lamina_main returns k: entry k - 1.
    callbacks : list of int
        The applications of the graph, by number, that Python computes.
    pieces : list of Piece
        What the records of its profile are about; none if it makes none.
    """

    text: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    callbacks: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)


def emit(block: Block, profile: bool = False, vectorises: bool = True) -> Emitted:
    """MLIR text for the planned body of ``@main``, for an LLVM that vectorises; of one that takes
    times, if `profile`.
    """
    return Host(block, Pieces() if profile else None, vectorises).emit()


class Host(KernelCalls):
    """The host function of a block: each operation of it is emitted."""

    def __init__(self, block: Block, pieces: Pieces | None = None, vectorises: bool = True):
        super().__init__(pieces, vectorises)
        self.block = block
        self.globals: list[str] = []
        self.callbacks: list[int] = []

    def emit(self) -> Emitted:
        parameters = ["%ctx: !llvm.ptr"]
        for i, v in enumerate(self.block.args):
            dtype = nd.dtype_of(v)
            if nd.rank(v) == 0:
                parameters.append(self._number_parameter(i, v))
                continue
            lengths = tuple(f"%x{i}_{d}" for d in range(nd.rank(v)))
            parameters += [f"%x{i}: !llvm.ptr", *(f"{n}: i64" for n in lengths)]
            self.arrays[v] = Array(f"%x{i}", dtype, lengths, self._row_major(lengths))
        start = self.pieces.begin_function(self) if self.pieces else ""
        for op in self.block.ops:
            if isinstance(op, ReturnOp):
                self._return(op)
            else:
                self._op(op)
        if self.pieces:
            self.pieces.end_function(self, start)
        main = (
            f"func.func @lamina_main({', '.join(parameters)}) -> i64 {{\n{self.w.text()}\n"
            f"    %ok = arith.constant 0 : i64\n    return %ok : i64\n  }}"
        )
        kernels = [self._with_attributes(text, symbol) for text, symbol in self.kernels.items()]
        table = [
            f"// status {k}: " + ", ".join(f"{name} {value}" for name, value in error.items())
            for k, error in enumerate(self.errors, 1)
        ]
        parts = [*self.globals, *self.declared.values(), *kernels, *table, main]
        text = "module {\n  " + "\n  ".join(parts) + "\n}\n"
        pieces = self.pieces.table if self.pieces else []
        return Emitted(text, self.errors, self.callbacks, pieces)

    def _number_parameter(self, i: int, v: SSAValue) -> str:
        """The parameter of an argument that is a number."""
        self.scalars[v] = from_stored(self.w, f"%x{i}", nd.dtype_of(v))
        return f"%x{i}: {STORED_TYPE[nd.dtype_of(v)]}"

    def _with_attributes(self, kernel: str, symbol: str) -> str:
        """A kernel that carries the user's lines that it comes from, to the last text of LLVM."""
        lines = ", ".join(self.lines[symbol])
        attributes = ["llvm.always_inline"] if symbol in self.inlined else []
        if lines:
            attributes.append(f'llvm.passthrough = [["line", {_quoted(lines)}]]')
        if not attributes:
            return kernel
        head, end, body = kernel.partition(" {\n")
        return f"{head} attributes {{{', '.join(attributes)}}}{end}{body}"

    def _op(self, op: Operation) -> None:
        line: Any = op.attributes.get("line")
        self.line = line.data if line is not None else ""
        start = len(self.w.lines)
        if self.pieces:
            self.pieces.emit(self, op)
        else:
            self._emit(op)
        if self.line and len(self.w.lines) > start:
            self.w.lines.insert(start, f"    // {op.name}, {self.line}")

    def _emit(self, op: Operation) -> None:
        if isinstance(op, nd.RoutineOp):
            emit_routine(self, op)
        elif isinstance(op, nd.NdOp) and isinstance(op.definition, Elemwise):
            elements = [self.scalars[v] for v in op.operands]
            self.scalars[op.results[0]] = apply(op.definition, elements, self.w)
        else:
            _EMITTERS[op.name](self, op)

    def _return(self, op: ReturnOp) -> None:
        for k, v in enumerate(op.operands):
            if not nd.rank(v):
                x = self.scalars[v]
                self.store(x, self._new_output(k, ()))

    def _constant(self, op: nd.ConstantOp) -> None:
        data = op.data
        if not data.ndim:
            self.scalars[op.results[0]] = literal(data, data.dtype.name, self.w)
            return
        symbol = f"constant_{len(self.globals)}"
        stored = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        text = f'"0x{stored.tobytes().hex().upper()}"' if stored.size else "[]"
        self.globals.append(
            f"llvm.mlir.global private constant @{symbol}(dense<{text}> : tensor<{stored.size}xi8>)"
            f" {{alignment = 64 : i64}} : !llvm.array<{stored.size} x i8>"
        )
        pointer = self.w.let(f"llvm.mlir.addressof @{symbol} : !llvm.ptr")
        lengths = tuple(self.i64(n) for n in data.shape)
        self.arrays[op.results[0]] = Array(
            pointer, data.dtype.name, lengths, self._row_major(lengths)
        )


def _emit_dim(host: Host, op: Any) -> None:
    """The length of an array along an axis."""
    length = host.arrays[op.operands[0]].lengths[op.definition.i]
    host.scalars[op.results[0]] = Element(length, "int64", host.w)


_EMITTERS: dict[str, Callable[[Host, Any], None]] = {
    "nd.assert_equal": emit_assert_equal,
    "nd.assert_index": emit_assert_index,
    "nd.callback": emit_callback,
    "nd.concatenate": emit_concatenate,
    "nd.constant": lambda host, op: host._constant(op),  # a device has its own
    "nd.dim": _emit_dim,
    "nd.dimshuffle": emit_dimshuffle,
    "nd.dot": emit_dot,
    "nd.gemm": emit_gemm,
    "nd.gemv": emit_gemv,
    "nd.if": emit_branch,
    "nd.kernel": lambda host, op: host._kernel(op),
    "nd.make_vector": emit_make_vector,
    "nd.product_kernel": emit_product_kernel,
    "nd.reshape_to": emit_reshape,
    "nd.scan": emit_scan,
    "nd.slice": emit_slice,
    "nd.update_slice": emit_update_slice,
}


def _quoted(text: str) -> str:
    """A string of MLIR."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
