"""Ranges and identity matrices as arithmetic on positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.passes.lowering import Lowering
from lamina.passes.scalars import Scalar

_LONGEST = 1 << 62


def lower_arange(b: Lowering, op: Any) -> SSAValue:
    """start + step * (0, 1, ...)."""
    start, stop, step = map(b.scalar, op.operands)
    dtype, result = start.dtype, nd.dtype_of(op.results[0])
    known = nd.static_shape(op.results[0])[0]
    if known is not None:
        count = b.number(known)
    else:
        count = _count(b, start, stop, step, dtype)
    vector = TensorType("int64", (known,))
    positions = b.add(nd.IotaOp.create(operands=[count.value], result_types=[nd.nd_type(vector)]))
    delta = step
    if np.dtype(dtype).kind == "f":
        second = start + step
        if dtype == "float16":  # as NumPy does: positions above 2048 have no float16
            dtype = "float32"
            start, second = b.cast(start, dtype), b.cast(second, dtype)
        delta = second - start
    if dtype != "int64":
        positions = b.add(nd.create(cast_op(dtype), [positions]))
    scaled = b.add(nd.create(ops.mul, [positions, delta.value]))
    values = b.add(nd.create(ops.add, [scaled, start.value]))
    return values if dtype == result else b.add(nd.create(cast_op(result), [values]))


def _count(b: Lowering, start: Scalar, stop: Scalar, step: Scalar, dtype: str) -> Scalar:
    """How many numbers there are from `start` to `stop`: ceil((stop - start) / step)."""
    if np.dtype(dtype).kind == "f":
        first, last, stride = (b.cast(v, "float64") for v in (start, stop, step))
        b.assert_nonzero(stride, "arange step")
        length = ops.maximum(ops.ceil((last - first) / stride), 0.0)
        b.assert_true(ops.le(length, float(_LONGEST)), "arange length", None)
        return b.cast(length, "int64")
    if np.dtype(dtype).kind == "u":  # a step given as negative has become a large one
        b.assert_nonzero(step, "arange step")
        count = ops.switch(ops.lt(start, stop), ops.floor_div(stop - start - 1, step) + 1, 0)
        return b.cast(count, "int64")
    first, last, stride = (b.cast(v, "int64") for v in (start, stop, step))
    b.assert_nonzero(stride, "arange step")
    backward = ops.lt(stride, 0)
    span = ops.maximum(ops.switch(backward, first - last, last - first), 0)
    size = ops.switch(backward, -stride, stride)
    return ops.floor_div(span + (size - 1), size)


def lower_eye(b: Lowering, op: Any) -> SSAValue:
    """Where row + k is the column."""
    n, m, k = op.operands
    shape = nd.static_shape(op.results[0])
    rows = b.add(nd.IotaOp.create(
        operands=[n], result_types=[nd.nd_type(TensorType("int64", shape[:1]))]))  # fmt: skip
    columns = b.add(nd.IotaOp.create(
        operands=[m], result_types=[nd.nd_type(TensorType("int64", shape[1:]))]))  # fmt: skip
    down = b.add(nd.create(DimShuffle(input_ndim=1, order=(0, NEW)), [rows]))
    shifted = b.add(nd.create(ops.add, [down, k]))
    hits = b.add(nd.create(ops.eq, [shifted, columns]))
    return b.add(nd.create(cast_op(nd.dtype_of(op.results[0])), [hits]))
