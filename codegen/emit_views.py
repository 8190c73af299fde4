"""Views: other lengths and strides on the same elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xdsl.ir import Operation, SSAValue

from lamina.codegen.array import Array
from lamina.ir import dialect as nd
from lamina.ir.ops.dimshuffle import NEW

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host


def emit_dimshuffle(host: Host, op: Any) -> None:
    """The same elements along other dimensions."""
    array, y = host.in_memory(op.operands[0]), op.results[0]
    if not nd.rank(y):
        host.keep(y, array)
        return
    order = op.definition.order
    one = host.i64(1)
    kept = [d for d in order if d != NEW]
    host.arrays[y] = replace(
        array,
        lengths=tuple(one if d == NEW else array.lengths[d] for d in order),
        strides=tuple(one if d == NEW else array.strides[d] for d in order),
        contiguous=array.contiguous and kept == sorted(kept),
    )


def emit_slice(host: Host, op: Operation) -> None:
    """Some of the elements, of which there may be one."""
    host.keep(op.results[0], view(host, op, host.arrays[op.operands[0]], op.operands[1:]))


def view(host: Host, op: Operation, x: Array, triples: Sequence[SSAValue]) -> Array:
    """What a start, a length and a step for each axis of `x` leave of it."""
    dropped = set(op.attributes["dropped"].get_values())  # type: ignore[attr-defined]
    numbers = [host._scalar_length(v) for v in triples]
    offset = host.i64(0)
    lengths, strides = [], []
    for axis in range(len(x.lengths)):
        start, length, step = numbers[3 * axis : 3 * axis + 3]
        moved = host.mul(start, x.strides[axis])
        if host._known(moved) != 0:
            offset = host.moved(offset, moved)
        if axis not in dropped:
            lengths.append(length)
            strides.append(host.mul(step, x.strides[axis]))
    return Array(host._offset(x, offset), x.dtype, tuple(lengths), tuple(strides), contiguous=False)


def emit_reshape(host: Host, op: Operation) -> None:
    """The same elements in the same order, with other lengths."""
    lengths = tuple(host._scalar_length(v) for v in op.operands[1:])
    array, y = host.in_memory(op.operands[0]), op.results[0]
    if nd.rank(y):
        array = replace(array, lengths=lengths, strides=host._row_major(lengths))
    host.keep(y, array)
