"""From classes of an e-graph back to operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.ir import Block, Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.elementwise import Elemwise
from lamina.passes.builder import Builder
from lamina.passes.saturation.extraction import Choice, needed
from lamina.passes.saturation.terms import Snapshot, likeness


class Construction(Builder):
    """Builds, at the end of a block, what a choice of nodes computes.

    Parameters
    ----------
    block : Block
        Its arguments are the values that the program is given; its last operation returns.
    """

    def __init__(self, block: Block, snapshot: Snapshot, choice: Choice):
        super().__init__(block)
        assert block.last_op is not None
        self.op = block.last_op
        self.snapshot, self.choice = snapshot, choice
        self.values: dict[Any, SSAValue] = {}

    def build(self, roots: Sequence[Any]) -> list[SSAValue]:
        """The values of classes.

        Raises
        ------
        KeyError
            The choice has no node for a class that is needed.
        """
        for own in needed(self.choice, roots):
            if own not in self.values:
                self.values[own] = self._built(own)
        return [self.values[own] for own in roots]

    def _built(self, own: Any) -> SSAValue:
        node = self.choice[own]
        symbol, operands = node.symbol, [self.values[v] for v in node.operands]
        if isinstance(symbol.op, int):
            return self.block.args[symbol.op]
        if isinstance(symbol.op, np.ndarray):
            return self.constant(symbol.op)
        if isinstance(symbol.op, Elemwise):
            dtype = self.snapshot.types[own].dtype
            made = nd.create(symbol.op, operands)
            assert nd.dtype_of(made.results[0]) == dtype, f"{symbol.op}: {dtype}"
            return self.insert(made)
        assert isinstance(symbol.op, Operation)
        return self.insert(
            type(symbol.op).create(
                operands=operands, result_types=[symbol.type], attributes=likeness(symbol.op)
            )
        )
