"""The block of nd that a graph is imported into: values, constants, lines, names, checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
from xdsl.ir import Block, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.source_line import line_text
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.operators import maximum
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.shape import Shape_i
from lamina.ir.program import Program
from lamina.passes.infer_shapes import Lengths, Requirement
from lamina.passes.lower_shapes import append_checks
from lamina.passes.lowering import Lowering
from lamina.passes.stated_lengths import is_length


class ImportedBlock:
    """A block of a function, or of the step of a loop, or a branch.

    Attributes
    ----------
    values : dict
        The values of variables.
    lengths : Lengths
        What is known of lengths: only those that may differ are checked.
    line : StringAttr or None
        The user's line, which operations that are added carry.
    """

    def __init__(
        self,
        program: Program,
        block: Block,
        inputs: Sequence[Variable],
        lengths: Lengths,
    ):
        self.program, self.block, self.lengths = program, block, lengths
        self.values: dict[Variable, SSAValue] = dict(zip(inputs, block.args, strict=True))
        self.checks = Lowering(block)
        self.constants: dict[Any, SSAValue] = {}
        self.casts: dict[tuple[SSAValue, str], SSAValue] = {}
        self.line: StringAttr | None = None
        for v in inputs:
            self.name(v)

    def note_line(self, node: Apply) -> None:
        """Let what is added be of the line where an application was made."""
        self.line = None
        if node.line is not None:
            text = line_text(node.line)
            self.program.lines[text] = node.line
            self.line = StringAttr(text)

    def name(self, variable: Variable) -> None:
        """Hint at the name of `variable`: in letters that IR knows, and for this name alone."""
        if not variable.name:
            return
        hint = re.sub(r"[^A-Za-z0-9_]", "_", variable.name)
        hint = re.sub(r"_(\d+)$", r".\1", hint)  # a number after _ is the printer's, which drops it
        if hint[0].isdigit():
            hint = f"_{hint}"
        names, unique, number = self.program.names, hint, 1
        while names.setdefault(unique, variable.name) != variable.name:
            number += 1
            unique = f"{hint}.{number}"
        self.values[variable].name_hint = unique

    def value(self, variable: Variable) -> SSAValue:
        """The value of `variable`; a constant is made where it is first needed."""
        value = self.values.get(variable)
        if value is None and isinstance(variable, Constant):
            exact = variable.type.exact(variable.data)
            value = self.values[variable] = self.constant(np.asarray(exact))
        if value is None:
            raise KeyError(f"{variable} is not computed before its use")
        return value

    def constant(self, array: np.ndarray) -> SSAValue:
        """The value of an array, at the head of the block; equal ones are one."""
        key = array.dtype, array.shape, array.tobytes()
        if key not in self.constants:
            op = nd.constant_op(array)
            first = self.block.first_op
            if first is None:
                self.block.add_op(op)
            else:
                self.block.insert_op_before(op, first)
            self.constants[key] = op.res[0]
        return self.constants[key]

    def add(self, op: Any, number: int | None = None) -> SSAValue:
        """Append an operation of application `number`, behind checks of the lengths that it needs
        to be equal; its first result.
        """
        if self.line is not None:
            op.attributes["line"] = self.line
        for requirement in self.lengths.visit(op):
            self._require(op, requirement, number)
        self.block.add_op(op)
        return op.results[0]

    def cast(self, value: SSAValue, dtype: str) -> SSAValue:
        """`value` in another dtype."""
        if nd.dtype_of(value) == dtype:
            return value
        key = value, dtype
        if key not in self.casts:
            self.casts[key] = self.add(nd.create(cast_op(dtype), [value]))
        return self.casts[key]

    def check(self, op: Any) -> None:
        """Append the checks of an operation that is to follow."""
        if self.line is not None:
            op.attributes["line"] = self.line
        append_checks(self.checks, op)

    def _dim(self, value: SSAValue, axis: int) -> SSAValue:
        known = nd.static_shape(value)[axis]
        if known is not None:
            return self.constant(np.array(known, np.int64))
        op = nd.create(Shape_i(axis), [value])
        self.block.add_op(op)
        return op.results[0]

    def _require(self, op: Any, need: Requirement, number: int | None) -> None:
        a = self._dim(op.operands[need.i], need.axis)
        if need.j is None:
            b = self.constant(np.array(need.other_axis, np.int64))
        elif need.other_axis < 0:
            b = op.operands[need.j]
        else:
            b = self._dim(op.operands[need.j], need.other_axis)
        self._assert_equal(b, a, need.axis, op.name, number)

    def _assert_equal(
        self, expected: SSAValue, found: SSAValue, axis: int, what: str, number: int | None
    ) -> None:
        attributes: dict[str, Any] = {"axis": IntegerAttr(axis, i64), "what": StringAttr(what)}
        if number is not None:
            attributes["node"] = IntegerAttr(number, i64)
        if self.line is not None:
            attributes["line"] = self.line
        check = nd.AssertEqualOp.create(operands=[expected, found], attributes=attributes)
        self.block.add_op(check)

    def assert_same_shape(self, old: SSAValue, new: SSAValue, number: int, which: int) -> None:
        """What is carried must keep its shape."""
        pairs = zip(self.lengths.shape(old), self.lengths.shape(new), strict=True)
        for axis, (n, m) in enumerate(pairs):
            if n != m:
                lengths = self._dim(old, axis), self._dim(new, axis)
                self._assert_equal(*lengths, axis, f"carry {which}", number)

    def assert_lengths(self, op: Any, number: int) -> None:
        """Lengths that the user states must not be negative."""
        stated = {"nd.alloc": op.operands[1:], "nd.eye": op.operands[:2]}.get(op.name, ())
        if isinstance(op, nd.RoutineOp):
            sizes = op.definition.signature.sizes.values()  # type: ignore[attr-defined]
            stated = [op.operands[i] for i in sizes]
        self.assert_stated(stated, number)

    def assert_stated(self, stated: Sequence[SSAValue], number: int) -> None:
        """Assert that numbers are lengths."""
        for axis, n in enumerate(stated):
            if is_length(n):
                continue
            zero = self.constant(np.array(0, np.int64))
            least = self.add(nd.create(maximum, [n, zero]))
            self._assert_equal(least, n, axis, "negative length", number)
