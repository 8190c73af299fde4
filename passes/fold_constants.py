"""Compute what depends on constants alone, by the NumPy meaning of its op."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.blockwise import Blockwise
from lamina.ir.ops.routine import Routine
from lamina.passes.driver import Rewriter
from lamina.passes.rules import ELEMENTWISE, Procedure

# A larger array is made at run time, unless it replaces constants that are as large.
MOST_ELEMENTS = 1024


def fold(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """op(constants...) -> constant.

    Refuses when NumPy raises: the call shall raise, not the compilation.
    """
    if not op.operands or len(op.results) != 1:
        return None
    for v in op.operands:
        if v.owner.__class__ is not nd.ConstantOp:
            return None
    arrays = [v.owner.data for v in op.operands]
    stated = nd.static_shape(op.results[0])
    try:
        if _size(op, arrays) > max(MOST_ELEMENTS, sum(a.size for a in arrays)):
            return None
        with np.errstate(all="ignore"):
            value = computed(op, arrays)
    except (ArithmeticError, IndexError, ValueError):
        return None
    if value is None or any(n not in (None, m) for n, m in zip(stated, value.shape, strict=True)):
        return None
    return rewriter.constant(np.asarray(value, nd.graph_type(op.results[0].type).numpy_dtype))


def _size(op: nd.NdOp, arrays: list[np.ndarray]) -> int:
    """The number of elements of the result; 0 where the operands cannot have fewer."""
    if isinstance(op, nd.ElementwiseOp):
        return int(np.prod(np.broadcast_shapes(*(a.shape for a in arrays)), dtype=object))
    if op.name not in ("nd.alloc", "nd.arange", "nd.eye", "nd.dot", "nd.gemm"):
        return 0
    (type,) = op.infer()
    return int(np.prod(type.get_shape(), dtype=object))


def computed(op: nd.NdOp, arrays: list[np.ndarray]) -> np.ndarray | None:
    """The first result of an operation, by the NumPy meaning of its op; None if it has none."""
    definition: Any = op.definition
    if isinstance(op, nd.ElementwiseOp):
        return np.asarray(definition.scalar_op.numpy(*arrays))
    if isinstance(definition, Blockwise):
        definition = definition.core_op
    if isinstance(definition, Routine):
        return definition.on_stacks(arrays, [a.shape for a in arrays])[0]
    return np.asarray(definition.numpy(*arrays)) if isinstance(definition, ArrayOp) else None


FOLD = Procedure(
    "constant-operands",
    (ELEMENTWISE, *nd.ARRAY_CLASSES),
    fold,
    needs=("constant",),
    describes=fold,
)
