"""Arrays made of others by copies of their elements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xdsl.ir import Operation

from lamina.codegen.emit_views import view
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host


def emit_update_slice(host: Host, op: Operation) -> None:
    """An array with other elements where a slice of it is, or with some added to them."""
    x, y = op.operands[:2]
    array = host.arrays[x]
    result = host._array_for(op, 0, array.lengths)
    if result.pointer != array.pointer:
        host._copy(array, result)
    target = view(host, op, result, op.operands[2:])
    n, static = len(target.lengths), nd.static_shape(y)
    source = host.in_memory(y)
    onto = [-1 if length == 1 else n - len(static) + d for d, length in enumerate(static)]
    accumulate = not op.attributes["set"].value.data  # type: ignore[attr-defined]
    host._copy(source, target, accumulate, onto)
    host.arrays[op.results[0]] = result


def emit_concatenate(host: Host, op: Any) -> None:
    """Arrays one behind the other along an axis."""
    axis = op.definition.axis
    parts = [host.arrays[v] for v in op.operands]
    total = parts[0].lengths[axis]
    for p in parts[1:]:
        a, b = host._known(total), host._known(p.lengths[axis])
        total = (
            host.i64(a + b) if a is not None and b is not None
            else host.w.let(f"arith.addi {total}, {p.lengths[axis]} : i64")
        )  # fmt: skip
    lengths = list(parts[0].lengths)
    lengths[axis] = total
    result = host._array_for(op, 0, lengths)
    start = host.i64(0)
    for p in parts:
        pointer = host._offset(result, host.mul(start, result.strides[axis]))
        host._copy(p, replace(result, pointer=pointer, lengths=p.lengths, contiguous=False))
        start = host.moved(start, p.lengths[axis])
    host.arrays[op.results[0]] = result


def emit_make_vector(host: Host, op: Any) -> None:
    """A vector of numbers."""
    result = host._array_for(op, 0, [host.i64(len(op.operands))])
    for i, v in enumerate(op.operands):
        x = host.scalars[v]
        at = host.w.let(
            f"llvm.getelementptr {result.pointer}[{i}] : (!llvm.ptr) -> !llvm.ptr, {result.element}"
        )
        host.store(x, at)
    host.arrays[op.results[0]] = result
