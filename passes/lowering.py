"""A block in which lengths, offsets and positions become 0-d arithmetic, and what it checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
from xdsl.ir import Block, Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.shape import Shape_i
from lamina.passes.scalars import Scalar
from lamina.passes.stated_lengths import stated_length


class Lowering:
    """The lowering of a block; while a block is being made, the source of its checks.

    Attributes
    ----------
    at : Operation or None
        What is inserted goes before it; None: to the end of the block.
    line : attribute
        The user's line, which operations that are inserted carry.
    checked : bool
        Whether the checks of the op at hand stand there already.
    dims : dict
        The lengths of arrays that no value states, by array and axis.
    """

    def __init__(self, block: Block):
        self.block = block
        self.at: Operation | None = None
        self.line: Any = None
        self.checked = False
        self.dims: dict[tuple[SSAValue, int], SSAValue] = {}

    def insert(self, op: Operation) -> None:
        """Insert an operation where the lowering is."""
        if self.line is not None and not isinstance(op, nd.ConstantOp):
            op.attributes.setdefault("line", self.line)
        if self.at is None:
            self.block.add_op(op)
        else:
            self.block.insert_op_before(op, self.at)

    def add(self, op: Any) -> SSAValue:
        """Insert an operation; its result."""
        self.insert(op)
        return op.results[0]

    def scalar(self, value: SSAValue) -> Scalar:
        """A 0-d value as what the operators of ops are applied to."""
        return Scalar(value, self.insert)

    def number(self, n: int) -> Scalar:
        """A constant of dtype int64."""
        return self.scalar(self.add(nd.constant_op(np.array(n, np.int64))))

    def cast(self, v: Scalar, dtype: str) -> Scalar:
        """`v` in another dtype."""
        if v.dtype == dtype:
            return v
        data = nd.constant_data(v.value)
        if data is not None:
            data = data if np.dtype(dtype).kind == "c" else np.real(data)
            return v.constant(data.astype(dtype))
        return self.scalar(self.add(nd.create(cast_op(dtype), [v.value])))

    def length(self, value: SSAValue, axis: int) -> Scalar:
        """The length of a dimension, from the values that state it."""
        known = nd.static_shape(value)[axis]
        if known is not None:
            return self.number(known)
        found = self._stated(value, axis)
        if isinstance(found, SSAValue):
            return self.scalar(found)
        value, axis = found
        if (value, axis) not in self.dims:
            at, self.at = self.at, self._after(value)
            self.dims[value, axis] = self.add(nd.create(Shape_i(axis), [value]))
            self.at = at
        return self.scalar(self.dims[value, axis])

    def count(self, value: SSAValue, axes: Iterable[int] | None = None) -> Scalar:
        """The number of elements along some axes, or all."""
        total = self.number(1)
        for axis in range(nd.rank(value)) if axes is None else axes:
            total = total * self.length(value, axis)
        return total

    def _after(self, value: SSAValue) -> Operation | None:
        if isinstance(value.owner, Operation):
            return value.owner.next_op
        return self.block.first_op

    def _stated(self, value: SSAValue, axis: int) -> SSAValue | tuple[SSAValue, int]:
        """The 0-d value that is this length, or the array and axis farthest up that have the same
        length.
        """
        while (found := stated_length(value, axis)) is not None:
            if isinstance(found, SSAValue):
                return found
            value, axis = found
            known = nd.static_shape(value)[axis]
            if known is not None:
                return self.add(nd.constant_op(np.array(known, np.int64)))
        return value, axis

    def assert_nonzero(self, step: Scalar, what: str = "slice step") -> None:
        """A check that a step is not 0."""
        self.assert_true(ops.neq(step, 0), what, None)

    def assert_true(self, condition: Scalar, what: str, op: Any) -> None:
        """A check that a condition holds."""
        one = self.number(1)
        holds = ops.switch(condition, one, self.number(0))
        self.assert_equal(one.value, holds.value, 0, op, what)

    def assert_equal(
        self, expected: SSAValue, found: SSAValue, axis: int, op: Any, what: str | None = None
    ) -> None:
        """A check that a length is what is expected, unless that is known."""
        a, b = nd.constant_data(expected), nd.constant_data(found)
        if self.checked or expected is found or (a is not None and b is not None and a == b):
            return
        attributes = {
            "axis": IntegerAttr(axis, i64),
            "what": StringAttr(what or (op.name if op is not None else "length")),
        }
        if op is not None:
            attributes["op"] = StringAttr(op.name.removeprefix("nd."))
            for name in ("node", "message", "exception"):
                if name in op.attributes:
                    attributes[name] = op.attributes[name]
        self.insert(nd.AssertEqualOp.create(operands=[expected, found], attributes=attributes))

    def assert_index(self, i: Scalar, n: Scalar, axis: int, op: Any) -> None:
        """A check that an index is within a length, unless that is known."""
        if self.checked:
            return
        if i.known is not None and n.known is not None and -n.known <= i.known < n.known:
            return
        attributes: dict[str, Any] = {"axis": IntegerAttr(axis, i64), "what": StringAttr(op.name)}
        if op.operands[0].name_hint is not None:
            attributes["array"] = StringAttr(op.operands[0].name_hint)
        self.insert(nd.AssertIndexOp.create(operands=[i.value, n.value], attributes=attributes))
