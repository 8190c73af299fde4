"""What rewrites build with: operations, constants and lengths, put before what is rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import Block, Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.graph.op import Op
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.shape import Shape_i
from lamina.passes.values import Value, operand_dtype


class Builder:
    """Inserts operations into a block.

    Attributes
    ----------
    op : Operation
        The operation under rewriting: what is built goes before it and bears its line.
    lengths : dict
        A memory for rewrites of lengths: where each is stated.
    """

    op: Operation

    def __init__(self, block: Block):
        self.block = block
        self.lengths: dict[Any, Any] = {}
        self.made: dict[SSAValue, None] = {}
        self._numbers: dict[Any, SSAValue] = {}

    def inserted(self, op: Operation) -> None:
        """Called for each operation that was inserted."""

    def insert(self, op: Operation) -> SSAValue:
        """Put `op` before the operation under rewriting; returns its result."""
        line = self.op.attributes.get("line")
        if line is not None:
            op.attributes.setdefault("line", line)
        if isinstance(op, nd.RoutineOp) and op.definition.failures:  # type: ignore[attr-defined]
            self._note_node(op)
        self.block.insert_op_before(op, self.op)
        self.inserted(op)
        result = op.results[0]
        self.made[result] = None
        return result

    def _note_node(self, op: Operation) -> None:
        """Let `op` fail in the name of the application that it stands for."""
        makers = [v.owner for v in self.op.operands]
        for source in (self.op, *(m for m in makers if isinstance(m, Operation))):
            if "node" in source.attributes:
                op.attributes.setdefault("node", source.attributes["node"])
                return

    def apply(
        self, op: Op, operands: Sequence[Any], result: TensorType[Any] | None = None
    ) -> SSAValue:
        """The result of `op` on `operands`; numbers become constants of the others' dtype."""
        values = [v.ssa if v.__class__ is Value else v for v in operands]
        if isinstance(op, Elemwise) and not all(isinstance(v, SSAValue) for v in values):
            dtype = operand_dtype([v for v in values if isinstance(v, SSAValue)], self.op)
            values = [v if isinstance(v, SSAValue) else self.number(v, dtype) for v in values]
        return self.insert(nd.create(op, values, result))

    def value(self, ssa: SSAValue) -> Value:
        """`ssa` as something to calculate with."""
        return Value(ssa, self)

    def number(self, number: Any, dtype: str) -> SSAValue:
        """A 0-d constant."""
        with np.errstate(all="ignore"):
            return self.constant(np.array(number).astype(dtype))

    def constant(self, array: np.ndarray) -> SSAValue:
        """A constant, at the start of the block; equal ones are one."""
        key = array.dtype.str, array.shape, array.tobytes()
        known = self._numbers.get(key)
        if known is None or known.owner.parent is not self.block:  # type: ignore[union-attr]
            op = nd.constant_op(array)
            first = self.block.first_op
            assert first is not None
            self.block.insert_op_before(op, first)
            known = self._numbers[key] = op.results[0]
        return known

    def dim(self, value: SSAValue, axis: int) -> SSAValue:
        """A length of `value`, an int64."""
        known = nd.static_shape(value)[axis]
        if known is not None:
            return self.constant(np.array(known, np.int64))
        return self.apply(Shape_i(axis), [value])

    def dims(self, op: Operation) -> list[SSAValue] | None:
        """The lengths of the result of the elementwise `op`, from its operands."""
        result = op.results[0]
        lengths = []
        for axis, known in enumerate(nd.static_shape(result)):
            if known is not None:
                lengths.append(self.constant(np.array(known, np.int64)))
                continue
            for v in op.operands:
                own = axis - (nd.rank(result) - nd.rank(v))
                if own >= 0 and nd.static_shape(v)[own] != 1:
                    lengths.append(self.dim(v, own))
                    break
            else:
                return None
        return lengths

    def fitted(self, op: Operation, value: SSAValue) -> SSAValue | None:
        """`value` in the shape of the result of `op`: no dimension is lost or gained."""
        old, new = op.results[0].type, value.type
        if old == new:
            return value
        assert old.element_type == new.element_type, f"{op.name}: {old} became {new}"  # type: ignore[attr-defined]
        wanted, given = old.get_shape(), new.get_shape()  # type: ignore[attr-defined]
        if len(wanted) == len(given):
            pairs = list(zip(wanted, given, strict=True))
            if all(
                n == m or m == DYNAMIC_INDEX or (n == DYNAMIC_INDEX and m != 1) for n, m in pairs
            ):
                return self._with_lengths(value, pairs)
        if not isinstance(op, nd.ElementwiseOp) or len(wanted) < len(given):
            return None
        lengths = self.dims(op)
        return None if lengths is None else self.apply(Alloc(), [value, *lengths], old)  # type: ignore[arg-type]

    def _with_lengths(self, value: SSAValue, pairs: list[tuple[int, int]]) -> SSAValue | None:
        """`value`, whose type tells the lengths (wanted, given) that either knows.

        None where it tells less than is known of the result: what it tells is its own, before the
        check that the rest follows from.
        """
        lengths = [m if n == DYNAMIC_INDEX else n for n, m in pairs]
        if all(n == m for n, (_, m) in zip(lengths, pairs, strict=True)):
            return value
        if value in self.made:  # nothing has read the type of what was just made
            value._type = TensorType(value.type.element_type, lengths)  # type: ignore[attr-defined]
            return value
        return None
