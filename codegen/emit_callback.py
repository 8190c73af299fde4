"""Calls from the host function back to Python, as MLIR text.

A block of words on the stack has, for each operand and then each result, where its array lies and
its lengths; the host writes those of the operands, the runtime (`lamina_callback`) those of the
results. Their lengths known, results get the buffers that the plan says, and their elements are
copied there; 0-d ones are loaded. Each call uses the same block: what is on the stack in a loop
would grow it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lamina.codegen.array import Array
from lamina.codegen.memory import store
from lamina.ir import dialect as nd
from lamina.runtime.descriptor import ERROR_RAISED

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host

_RUNTIME = {
    "lamina_callbacks": "llvm.mlir.global external @lamina_callbacks() : i8",
    "lamina_callback": (
        "func.func private @lamina_callback(!llvm.ptr, !llvm.ptr, i64, !llvm.ptr) -> i64"
    ),
    "lamina_callback_end": "func.func private @lamina_callback_end(!llvm.ptr)",
}


def emit_callback(host: Host, op: nd.CallbackOp) -> None:
    """Write the call of the callback that `op` is, and what takes its results."""
    host.does(None)
    w = host.w
    for symbol, text in _RUNTIME.items():
        w.declare(symbol, text)
    block = _Block(host, sum(1 + nd.rank(v) for v in (*op.operands, *op.results)))
    w.line(f"// Python computes {op.title} (node {op.node})")
    for v in op.operands:
        if nd.rank(v):
            array = host.arrays[v]
            block.store(array.pointer, "!llvm.ptr")
            for n in array.lengths:
                block.store(n, "i64")
        else:
            x = host.scalars[v]
            pointer = host.on_stack(2)  # as many words as the largest number has
            store(w, x, pointer)
            block.store(pointer, "!llvm.ptr")
    host.callbacks.append(op.node)
    table = w.let("llvm.mlir.addressof @lamina_callbacks : !llvm.ptr")
    status = w.let(
        f"func.call @lamina_callback(%ctx, {table}, {host.i64(op.node)}, {block.name}) "
        ": (!llvm.ptr, !llvm.ptr, i64, !llvm.ptr) -> i64"
    )
    failed = w.let(f"arith.cmpi ne, {status}, {host.i64(0)} : i64")
    host._leave_if(failed, ERROR_RAISED, ())
    for i, result in enumerate(op.results):
        pointer = block.load("!llvm.ptr")
        lengths = [block.load("i64") for _ in range(nd.rank(result))]
        if result.first_use is None:
            continue
        dtype = nd.dtype_of(result)
        if not lengths:
            host.scalars[result] = host.load(Array(pointer, dtype, (), ()))
            continue
        known = zip(lengths, nd.static_shape(result), strict=True)
        array = host._array_for(op, i, [n if k is None else host.i64(k) for n, k in known])
        host.move(replace(array, pointer=pointer), array)
        host.arrays[result] = array
    w.line("func.call @lamina_callback_end(%ctx) : (!llvm.ptr) -> ()")


class _Block:
    """Words on the stack, written and read one after the other."""

    def __init__(self, host: Host, size: int):
        self.host = host
        self.name = host.on_stack(size)
        self.place = 0

    def _next(self) -> str:
        at = self.host.w.let(
            f"llvm.getelementptr {self.name}[{self.place}] : (!llvm.ptr) -> !llvm.ptr, i64"
        )
        self.place += 1
        return at

    def store(self, value: str, type: str) -> None:
        self.host.w.line(f"llvm.store {value}, {self._next()} : {type}, !llvm.ptr")

    def load(self, type: str) -> str:
        return self.host.w.let(f"llvm.load {self._next()} : !llvm.ptr -> {type}")
