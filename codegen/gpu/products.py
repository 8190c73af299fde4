"""Products of matrices on a device, as kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xdsl.ir import Block

import lamina.ir.operators as ops
from lamina.codegen.emit_scalar import Element
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Array
    from lamina.codegen.gpu.host import DeviceHost


def emit_product(host: DeviceHost, op: Any) -> None:
    """Write a dot, gemv or gemm."""
    a, b = (host.arrays[v] for v in op.operands[:2])
    definition = op.definition
    if op.name == "nd.dot":
        ones = [[n == 1 for n in nd.static_shape(v)[:-2]] for v in op.operands]
        lead = [b.lengths[i] if ones[0][i] else n for i, n in enumerate(a.lengths[:-2])]
        lengths = (*lead, a.lengths[-2], b.lengths[-1])
        result = host._array_for(op, 0, lengths)
        _multiply(host, a, b, result, a.lengths[-1], ones)
        host.arrays[op.results[0]] = result
        return
    if op.name == "nd.gemv":
        a = _flipped(a) if definition.transposed else a
        b = replace(b, lengths=(*b.lengths, host.i64(1)), strides=(*b.strides, host.i64(1)))
        lengths = a.lengths[:1]
    else:
        a = _flipped(a) if definition.transpose_a else a
        b = _flipped(b) if definition.transpose_b else b
        lengths = (a.lengths[0], b.lengths[1])
    product = _place(host, lengths, a.dtype)
    matrix = product
    if op.name == "nd.gemv":
        strides = (host.i64(1), host.i64(1))
        matrix = replace(product, lengths=(*lengths, host.i64(1)), strides=strides)
    _multiply(host, a, b, matrix, a.lengths[1], [[], []])
    terms: list[Any] = [product, host._operand(op.operands[2])]
    result = host._array_for(op, 0, lengths)
    inplace: int | None = None
    if definition.accumulate:
        y = host.arrays[op.operands[3]]
        terms += [y, host._operand(op.operands[4])]
        inplace = 2 if y.pointer == result.pointer else None
    _scale(host, terms, result, inplace)
    host.arrays[op.results[0]] = result


def _flipped(x: Array) -> Array:
    return replace(x, lengths=x.lengths[::-1], strides=x.strides[::-1], contiguous=False)


def _place(host: DeviceHost, lengths: Sequence[str], dtype: str) -> Array:
    from lamina.codegen.emit_linalg import Array

    lengths = tuple(lengths)
    return Array(host._workspace(lengths, dtype), dtype, lengths, host._row_major(lengths))


def _body(dtypes: Sequence[str], combine: Any) -> Block:
    body = Block(arg_types=[nd.TensorType(nd.ELEMENT[d], []) for d in dtypes])

    def value(op: Any, *operands: Any) -> Any:
        made = nd.create(op, list(operands))
        body.add_op(made)
        return made.results[0]

    body.add_op(nd.YieldOp.create(operands=[combine(value, *body.args)]))
    return body


def _multiply(
    host: DeviceHost, a: Array, b: Array, c: Array, summed: str, ones: list[list[bool]]
) -> None:
    """c = a b, the sums innermost."""
    batch = len(c.lengths) - 2
    i, j, k = batch, batch + 1, batch + 2
    maps = [
        [-1 if one else d for d, one in enumerate(side)] + ends
        for side, ends in zip(ones, ([i, k], [k, j]), strict=True)
    ]
    is_bool = c.dtype == "bool"
    body = _body(
        [a.dtype, b.dtype], lambda value, x, y: value(ops.and_ if is_bool else ops.mul, x, y)
    )
    host._call_kernel(
        body, ("parallel",) * (batch + 2) + ("reduction",), [a, b], maps, [c],
        [tuple(range(batch + 2))], ("any" if is_bool else "sum",), (None,),
        dict(enumerate((*c.lengths, summed))), [c.dtype],
    )  # fmt: skip


def _scale(host: DeviceHost, terms: Sequence[Any], result: Array, inplace: int | None) -> None:
    """alpha product, or alpha product + beta y."""

    def combine(value: Any, product: Any, alpha: Any, *rest: Any) -> Any:
        scaled = value(ops.mul, alpha, product)
        return value(ops.add, scaled, value(ops.mul, rest[1], rest[0])) if rest else scaled

    whole = tuple(range(len(result.lengths)))
    maps = [() if isinstance(x, Element) or not x.lengths else whole for x in terms]
    host._call_kernel(
        _body([x.dtype for x in terms], combine), ("parallel",) * len(whole), terms, maps,
        [result], [whole], ("",), (inplace,), dict(enumerate(result.lengths)), [result.dtype],
    )  # fmt: skip
