"""Arithmetic on 0-d values while a block is rewritten: the operators of ops, folded where all is
known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.binding import Operand
from lamina.ir.ops.elementwise import Elemwise


class Scalar(Operand):
    """A value under rewriting; an op on it inserts the nd operation, or the constant that it comes
    to.
    """

    def __init__(self, value: SSAValue, insert: Callable[[Operation], None]):
        self.value = value
        self.insert = insert

    @property
    def known(self) -> int | None:
        """The integer, if it is a constant."""
        data = nd.constant_data(self.value)
        return None if data is None else int(data)

    @property
    def dtype(self) -> str:
        return nd.dtype_of(self.value)

    def bind(self, op: Any, operands: Sequence[Any]) -> Scalar:
        assert isinstance(op, Elemwise)
        dtype = next(
            (x.dtype for x in operands if isinstance(x, Scalar) and x.dtype != "bool"), self.dtype
        )
        values = []
        for i, x in enumerate(operands):
            if not isinstance(x, Scalar):
                boolean = op.scalar_op.name == "switch" and i == 0
                x = self.constant(np.array(x, "bool" if boolean else dtype))
            values.append(x.value)
        data = [nd.constant_data(v) for v in values]
        if all(d is not None for d in data):
            with np.errstate(all="ignore"):
                result = np.asarray(op.scalar_op.numpy(*data))
            return self.constant(result)
        if op.scalar_op.name == "switch" and data[0] is not None:
            return Scalar(values[1] if data[0] else values[2], self.insert)
        simple = _without_units(op, values, data)
        if simple is not None:
            return Scalar(simple, self.insert)
        made = nd.create(op, values)
        self.insert(made)
        return Scalar(made.results[0], self.insert)

    def constant(self, array: np.ndarray) -> Scalar:
        """A constant beside this value."""
        made = nd.constant_op(array)
        self.insert(made)
        return Scalar(made.res[0], self.insert)


def _without_units(
    op: Elemwise, values: Sequence[SSAValue], data: Sequence[np.ndarray | None]
) -> SSAValue | None:
    unit = op.scalar_op.unit
    if unit is None or len(values) != 2 or nd.dtype_of(values[0]) != "int64":
        return None
    if data[1] is not None and data[1] == unit:
        return values[0]
    if op.scalar_op.commutative and data[0] is not None and data[0] == unit:
        return values[1]
    return None
