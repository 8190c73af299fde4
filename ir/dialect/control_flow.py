"""Loops and branches."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Block, SSAValue
from xdsl.irdl import irdl_op_definition, region_def, traits_def
from xdsl.traits import IsolatedFromAbove

from lamina.ir.dialect.own_operations import YieldOp
from lamina.ir.dialect.types import ArrayOperation


@irdl_op_definition
class ScanOp(ArrayOperation):
    """A loop: its region is done n times.

    Operands are n; ``sequences`` arrays of n rows; the first values of what is carried; and what
    stays the same. The region has arguments for a row of each sequence, what is carried, what stays
    the same; it ends in nd.yield of what is carried on (``carries`` values), what is traced, and
    with ``until``, whether this step is the last. Results are the last values of what is carried,
    the traces with a row a step, and with ``until`` the number of steps done.
    """

    name = "nd.scan"
    body = region_def("single_block")
    assembly_format = "$args attr-dict-with-keyword $body `:` functional-type($args, $res)"
    traits = traits_def(IsolatedFromAbove())

    @property
    def block(self) -> Block:
        """What a step does."""
        return self.body.block

    def count(self, name: str) -> int:
        """The attribute ``sequences`` or ``carries``."""
        return self.attributes[name].value.data  # type: ignore[attr-defined]

    @property
    def until(self) -> bool:
        """Whether the loop may end early."""
        return "until" in self.attributes

    @property
    def sequences(self) -> Sequence[SSAValue]:
        """The operands with a row a step."""
        return self.operands[1 : 1 + self.count("sequences")]

    @property
    def starts(self) -> Sequence[SSAValue]:
        """The operands that are first carried."""
        first = 1 + self.count("sequences")
        return self.operands[first : first + self.count("carries")]

    @property
    def same(self) -> Sequence[SSAValue]:
        """The operands that stay the same."""
        return self.operands[1 + self.count("sequences") + self.count("carries") :]

    @property
    def carried(self) -> Sequence[SSAValue]:
        """The arguments of the region for what is carried."""
        first = self.count("sequences")
        return self.block.args[first : first + self.count("carries")]

    @property
    def yielded(self) -> Sequence[SSAValue]:
        """What the region ends in."""
        last = self.block.last_op
        assert isinstance(last, YieldOp)
        return last.operands

    @property
    def traces(self) -> Sequence[SSAValue]:
        """The results with a row a step."""
        end = len(self.results) - self.until
        return self.results[self.count("carries") : end]


@irdl_op_definition
class IfOp(ArrayOperation):
    """One of two regions, as a bool says: the other is not computed.

    Operands are the bool, and what the regions take as arguments, both all of it. Each ends in
    nd.yield of the results, whose lengths may differ.
    """

    name = "nd.if"
    then = region_def("single_block")
    otherwise = region_def("single_block")
    assembly_format = (
        "$args attr-dict-with-keyword $then `else` $otherwise `:` functional-type($args, $res)"
    )
    traits = traits_def(IsolatedFromAbove())

    @property
    def branches(self) -> tuple[Block, Block]:
        """What is computed if the condition holds, and if not."""
        return self.then.block, self.otherwise.block
