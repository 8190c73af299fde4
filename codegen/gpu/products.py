"""Products of matrices on a device, as kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xdsl.ir import Block

import lamina.ir.operators as ops
from lamina.codegen.emit_blas import at_least_one
from lamina.codegen.emit_scalar import Element, literal
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Array
    from lamina.codegen.gpu.host import DeviceHost


# cudaDataType
DTYPES = {"float32": 0, "float64": 1, "complex64": 4, "complex128": 5}


def emit_product(host: DeviceHost, op: Any) -> None:
    """Write a dot, gemv or gemm: a call of the device's BLAS if it has one, else kernels."""
    if host.blas and nd.dtype_of(op.operands[0]) in DTYPES and _call_blas(host, op):
        return
    a, b = (host.arrays[v] for v in op.operands[:2])
    definition = op.definition
    if op.name == "nd.dot":
        ones, lead = _stack(host, op)
        result = host._array_for(op, 0, (*lead, a.lengths[-2], b.lengths[-1]))
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


def _stack(host: DeviceHost, op: Any) -> tuple[list[list[bool]], list[str]]:
    """Where each operand of a dot has but one along a dimension of the stack; its lengths."""
    a, b = (host.arrays[v] for v in op.operands)
    ones = [[n == 1 for n in nd.static_shape(v)[:-2]] for v in op.operands]
    return ones, [b.lengths[i] if ones[0][i] else n for i, n in enumerate(a.lengths[:-2])]


# -- BLAS ------------------------------------------------------------------------------------------


def _call_blas(host: DeviceHost, op: Any) -> bool:
    """Write a call of the device's BLAS; False if its matrices do not lie as it takes them."""
    a, b = (host.arrays[v] for v in op.operands[:2])
    one, nothing = host.i64(1), host.i64(0)
    definition, count, steps = op.definition, one, [nothing, nothing, nothing]
    flipped = [False, False]
    if op.name == "nd.dot":
        ones, lead = _stack(host, op)
        if len(lead) > 1:
            return False
        for i, x in enumerate((a, b)):
            if host._known(x.strides[-1]) != 1:
                return False
            if lead and not ones[i][0]:
                steps[i] = x.strides[0]
        m, k, n = a.lengths[-2], a.lengths[-1], b.lengths[-1]
        result = host._array_for(op, 0, (*lead, m, n))
        if lead:
            count, steps[2] = lead[0], result.strides[0]
        leading = a.strides[-2], b.strides[-2], n
    elif op.name == "nd.gemv":
        flipped[0] = definition.transposed
        m, k = reversed(a.lengths) if definition.transposed else a.lengths
        n, result = one, host._array_for(op, 0, (m,))
        leading = a.strides[0], b.strides[0], one
    else:
        flipped = [definition.transpose_a, definition.transpose_b]
        m, k = reversed(a.lengths) if flipped[0] else a.lengths
        n = b.lengths[0 if flipped[1] else 1]
        result = host._array_for(op, 0, (m, n))
        leading = a.strides[0], b.strides[0], n
    alpha, beta = (literal(x, a.dtype, host.w) for x in (1, 0))
    if op.name != "nd.dot":
        alpha = host.scalars[op.operands[2]]
        if definition.accumulate:
            y, beta = host.arrays[op.operands[3]], host.scalars[op.operands[4]]
            if y.pointer != result.pointer:
                host._copy(y, result)
    matrices = zip((a, b, result), (at_least_one(host, n) for n in leading), steps, strict=True)
    (pa, la, sa), (pb, lb, sb), (pc, lc, sc) = ((x.pointer, ld, step) for x, ld, step in matrices)
    transposes = 1 * flipped[0] + 4 * flipped[1]
    host.launcher.gemm(
        DTYPES[a.dtype], transposes, (m, n, k), alpha, (pa, la, sa), (pb, lb, sb), beta,
        (pc, lc, sc), count,
    )  # fmt: skip
    host.arrays[op.results[0]] = result
    return True


# -- kernels ---------------------------------------------------------------------------------------


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
