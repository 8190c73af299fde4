"""Times of the pieces of a host function, in the text of one that is to be profiled.

A piece is an operation that computes arrays: a kernel, a product, a routine, a callback, a loop, a
branch. The clock is read before and after each, and the difference added to its record, which the
runtime (`lamina.runtime.profile`) owns. Arithmetic on numbers belongs to what it stands in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import Operation

from lamina.ir import dialect as nd
from lamina.ir.ops.elementwise import Elemwise
from lamina.runtime.descriptor import RECORD_WORDS, Piece

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host
    from lamina.codegen.host_function import HostFunction

_RUNTIME = {
    "lamina_records": "llvm.mlir.global external @lamina_records() : i8",
    "lamina_profile_start": "func.func private @lamina_profile_start() -> i64",
    "lamina_profile_end": "func.func private @lamina_profile_end(!llvm.ptr, !llvm.ptr, i64)",
    "lamina_profile_bytes": "func.func private @lamina_profile_bytes(!llvm.ptr, i64)",
}
_CALL = re.compile(r"func\.call @(\w+)\(")
_OWN = re.compile(r"lamina_(?!product)|PyErr_")
# What gives numbers, addresses and errors, and no time to speak of.
_NO_PIECES = (
    "assert_equal", "assert_index", "constant", "dim", "dimshuffle", "make_vector", "reshape_to",
    "slice",
)  # fmt: skip


@dataclass
class Pieces:
    """The pieces of one host function; number 0 is the function."""

    table: list[Piece] = field(default_factory=list)
    _open: list[int] = field(default_factory=lambda: [-1])

    def begin_function(self, host: Host) -> str:
        """Start the clock of the whole; the name of the time."""
        for symbol, text in _RUNTIME.items():
            host.w.declare(symbol, text)
        self.table.append(Piece("function", "", (), -1))
        self._open.append(0)
        return host.w.let("func.call @lamina_profile_start() : () -> i64")

    def end_function(self, host: Host, start: str) -> None:
        """Stop it, where the function returns and nothing failed."""
        self._end(host, 0, start)

    def emit(self, host: Host, op: Operation) -> None:
        """Write `op`, between two looks at the clock if it is a piece."""
        if not _is_piece(op):
            host._emit(op)
            return
        number = len(self.table)
        self.table.append(_piece(op, self._open[-1]))
        self._open.append(number)
        start = host.w.let("func.call @lamina_profile_start() : () -> i64")
        lines, at = host.w.lines, len(host.w.lines)
        host._emit(op)
        self._open.pop()
        own = [] if isinstance(op, nd.ScanOp | nd.IfOp) else lines[at:]
        called = dict.fromkeys(name for line in own for name in _CALL.findall(line))
        self.table[number].calls = tuple(name for name in called if not _OWN.match(name))
        self._end(host, number, start)

    def allocated(self, host: HostFunction, lengths: Sequence[str], dtype: str) -> None:
        """Add the size of an array to the record of the piece that makes it."""
        size = host.mul(host._product(lengths), host.i64(np.dtype(dtype).itemsize))
        record = self._record(host, self._open[-1])
        host.w.line(f"func.call @lamina_profile_bytes({record}, {size}) : (!llvm.ptr, i64) -> ()")

    def _end(self, host: Host, number: int, start: str) -> None:
        host.w.line(
            f"func.call @lamina_profile_end(%ctx, {self._record(host, number)}, {start}) "
            ": (!llvm.ptr, !llvm.ptr, i64) -> ()"
        )

    def _record(self, host: HostFunction, number: int) -> str:
        records = host.w.let("llvm.mlir.addressof @lamina_records : !llvm.ptr")
        return host.w.let(
            f"llvm.getelementptr {records}[{number * RECORD_WORDS}] : (!llvm.ptr) -> !llvm.ptr, i64"
        )


def _is_piece(op: Operation) -> bool:
    if op.name.removeprefix("nd.") in _NO_PIECES:
        return False
    return not (isinstance(op, nd.NdOp) and isinstance(op.definition, Elemwise))


def _piece(op: Operation, parent: int) -> Piece:
    line = op.attributes.get("line")
    lines = tuple(line.data.split(", ")) if line is not None else ()  # type: ignore[attr-defined]
    buffers = op.attributes.get("buffers")
    places = [b.data for b in buffers.data] if buffers is not None else []  # type: ignore[attr-defined]
    kind, title = _what(op)
    return Piece(
        kind,
        title,
        lines,
        parent,
        inplace=any(place.startswith("operand") for place in places),
        by_python=isinstance(op, nd.CallbackOp),
    )


def _what(op: Operation) -> tuple[str, str]:
    """The class of an operation and what it computes."""
    if isinstance(op, nd.KernelOp):
        return _what_kernel(op)
    if isinstance(op, nd.CallbackOp):
        return op.title.partition("{")[0], op.title
    if isinstance(op, nd.ScanOp):
        name = op.attributes.get("name")
        return "Scan", name.data if name is not None else "scan"  # type: ignore[attr-defined]
    if isinstance(op, nd.IfOp):
        return "IfElse", "if"
    name = op.name.removeprefix("nd.")
    definition = getattr(op, "definition", None)
    return type(definition).__name__ if definition is not None else name.title(), name


def _what_kernel(op: nd.KernelOp) -> tuple[str, str]:
    computed = Counter(
        inner.name.removeprefix("nd.")
        for inner in op.body.block.ops
        if not isinstance(inner, nd.ConstantOp | nd.LoopIndexOp | nd.YieldOp)
    )
    reduced = Counter(c.data for c in op.attributes["combine"] if c.data)  # type: ignore[attr-defined]
    terms = [name if n == 1 else f"{n} {name}" for name, n in computed.items()]
    sums = [name if n == 1 else f"{n} {name}" for name, n in reduced.items()]
    title = ", ".join(terms) or ("copy" if not sums else "")
    if sums:
        title = f"{', '.join(sums)} of {{{title}}}" if title else ", ".join(sums)
    kind = "CAReduce" if sums else "Elemwise" if computed.total() <= 1 else "Composite"
    return kind, title
