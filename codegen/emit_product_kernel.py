"""Products of matrices whose elements are mapped: on a processor a product, and a kernel for the
map.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_blas import multiply_stacks
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host


def transposed(x: Array) -> Array:
    """The matrices of a stack, transposed."""
    return replace(
        x, lengths=(*x.lengths[:-2], x.lengths[-1], x.lengths[-2]),
        strides=(*x.strides[:-2], x.strides[-1], x.strides[-2]), contiguous=False,
    )  # fmt: skip


def emit_product_kernel(host: Host, op: Any) -> None:
    """The product in the workspace, and the map."""
    a, b = (
        transposed(host.arrays[v]) if op.flag(name) else host.arrays[v]
        for v, name in zip(op.operands, ("transpose_a", "transpose_b"), strict=False)
    )
    ones = [[n == 1 for n in nd.static_shape(v)] for v in op.operands[:2]]
    lead = (n if one else m for one, m, n in zip(ones[0], a.lengths[:-2], b.lengths, strict=False))
    lengths = (*lead, a.lengths[-2], b.lengths[-1])
    pointer = host._workspace(lengths, a.dtype)
    product = Array(pointer, a.dtype, lengths, host._row_major(lengths))
    multiply_stacks(host, a, b, product, ones)
    maps = [tuple(m.get_values()) for m in op.attributes["maps"]]
    whole, others = tuple(range(len(lengths))), op.operands[2:]
    results = [host._array_for(op, i, lengths) for i in range(len(op.results))]
    places = [planned_place(op, i) for i in range(len(op.results))]
    host._call_kernel(
        op.body.block, ("parallel",) * len(lengths), [product, *map(host._operand, others)],
        [whole, *maps[: len(others)]], results, [whole] * len(results), ("",) * len(results),
        tuple(number - 1 if kind == "operand" else None for kind, number in places),
        dict(enumerate(lengths)), [x.dtype for x in results],
    )  # fmt: skip
    for result, array in zip(op.results, results, strict=True):
        host.arrays[result] = array
