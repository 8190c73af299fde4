"""What a program costs, in additions of one element: a model by which forms are compared.

The cost of an element is that of the op's loop body, which the op states: an expression of other
ops costs what they do. Elementwise operations are fused, so that they pay for no memory; operations
on whole arrays read their operands and write their result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np
from xdsl.ir import Block, Operation

from lamina.ir import dialect as nd
from lamina.ir.binding import Operand
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.primitive import Primitive

UNKNOWN_LENGTH = 100
FUNCTION = 12.0  # of the vector math library; exp takes as long as 10 to 20 additions
CALL = 40.0  # of a C function, for each element
INSTRUCTIONS = {
    "arith.divf": 4.0, "arith.divsi": 10.0, "arith.divui": 10.0, "arith.remf": 20.0,
    "arith.remsi": 10.0, "arith.remui": 10.0, "math.sqrt": 5.0, "math.powf": 30.0,
} | dict.fromkeys(
    ("math.absf", "math.absi", "math.floor", "math.ceil", "math.trunc", "math.roundeven",
     "math.copysign", "math.round"), 1.0,
)  # fmt: skip
MULTIPLICATION = 0.2  # one of a product of matrices, with its addition, in registers
TRAFFIC = 1.0  # an element read or written
OPERATION = 20.0  # to start one on whole arrays
FREE = frozenset(
    "nd.shape nd.dim nd.subtensor nd.slice nd.reshape nd.reshape_to nd.specify_shape "
    "nd.make_vector nd.check".split()
)
PRODUCTS = frozenset(("nd.dot", "nd.gemm", "nd.gemv"))
CUBIC = frozenset(("lamina.ir.ops.linear_algebra", "lamina.ir.ops.lapack"))


def elements(type: TensorType) -> float:
    """How many elements an array has; a length that is not known counts as UNKNOWN_LENGTH."""
    return float(prod(UNKNOWN_LENGTH if n is None else n for n in type.shape))


def operation_cost(op: Any, operands: Sequence[TensorType], result: TensorType) -> float:
    """The cost of an Elemwise, or of an operation like `op`, on operands of these types."""
    if isinstance(op, Elemwise):
        kind = np.dtype(operands[-1].dtype).kind
        return scalar_cost(op, kind) * elements(result)
    if not isinstance(op, Operation) or op.name in FREE:
        return 0.0
    read, written = sum(map(elements, operands)), elements(result)
    if op.name == "nd.dimshuffle":
        order = [d for d in op.definition.order if d != "x"]  # type: ignore[attr-defined]
        return 0.0 if order == sorted(order) else TRAFFIC * written / 4
    if op.name == "nd.alloc":
        return TRAFFIC * written / 4
    traffic = OPERATION + TRAFFIC * (read + written)
    if op.name in PRODUCTS:
        # (m k)(k n) / (m n) is k squared
        a, b = map(elements, operands[:2])
        length = (a * b / written) ** 0.5 if written else 0.0
        return traffic + MULTIPLICATION * length * written
    if any(cls.__module__ in CUBIC for cls in type(op.definition).__mro__):  # type: ignore[attr-defined]
        return traffic + max(map(elements, operands), default=0.0) ** 1.5
    return traffic


def block_cost(ops: Iterable[Operation]) -> float:
    """The cost of operations that are all computed."""
    total = 0.0
    for op in ops:
        if op.results and isinstance(op, nd.NdOp):
            types = [nd.graph_type(v.type) for v in op.operands]  # type: ignore[arg-type]
            made: Any = op.definition if isinstance(op, nd.ElementwiseOp) else op
            total += operation_cost(made, types, nd.graph_type(op.results[0].type))  # type: ignore[arg-type]
    return total


def cost_of(block: Block) -> float:
    """The cost of a block."""
    return block_cost(block.ops)


@cache
def scalar_cost(op: Elemwise, kind: str) -> float:
    """The cost of one element of `op` for operands of a kind of dtype."""
    try:
        body = op.scalar_op.body(kind)
    except TypeError:
        return CALL
    factor = 3.0 if kind == "c" else 1.0
    if op.scalar_op.name in ("second", "identity"):
        return 0.1
    if isinstance(body, str):
        return factor * _instruction(body)
    if isinstance(body, Primitive):
        return factor * _primitive(body)
    counter = _Counter(kind)
    try:
        body(*(_Counted(counter) for _ in range(op.nin)))
    except Exception:  # a body may look at its operands, as kernels have them
        return CALL
    return max(counter.total, 0.1)


def _instruction(name: str) -> float:
    name = name.split(" ")[0]
    known = INSTRUCTIONS.get(name)
    return known if known is not None else FUNCTION if name.startswith("math.") else 1.0


def _primitive(primitive: Primitive) -> float:
    if primitive.form in ("part", "whole"):
        return 0.5
    if primitive.form == "op":
        return _instruction(primitive.name)
    return FUNCTION * 1.5 if primitive.name.startswith("lm_") else CALL


class _Counter:
    def __init__(self, kind: str):
        self.kind, self.total = kind, 0.0


class _Counted(Operand):
    """A value of a loop body; an op on it is counted."""

    def __init__(self, counter: _Counter):
        self.counter = counter

    def bind(self, op: Any, operands: Sequence[Any]) -> _Counted:
        counter = self.counter
        if isinstance(op, Primitive):
            counter.total += _primitive(op)
        elif isinstance(op, Elemwise):
            counter.total += scalar_cost(op, counter.kind)
        else:
            counter.total += CALL
        return _Counted(counter)
