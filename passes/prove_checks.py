"""Erase the checks of lengths that are proven: by equal lengths, or by checks before them."""

from __future__ import annotations

from typing import Any

from xdsl.ir import Block, SSAValue

from lamina.ir import dialect as nd
from lamina.passes.lift_lengths import scalar_key


class _Equalities:
    """0-d integers that checks have found equal."""

    def __init__(self) -> None:
        self._parent: dict[Any, Any] = {}

    def find(self, value: Any) -> Any:
        while value in self._parent:
            value = self._parent[value]
        return value

    def unite(self, a: SSAValue, b: SSAValue) -> bool:
        """Whether this was not known."""
        first, second = self.find(scalar_key(a)), self.find(scalar_key(b))
        if first == second:
            return False
        if not (isinstance(first, int) and isinstance(second, int)):
            if isinstance(first, int):
                first, second = second, first
            self._parent[first] = second
        return True


def erase_proven_checks(block: Block) -> int:
    """Erase each nd.assert_equal that follows from those before it; returns how many did."""
    equalities, proven = _Equalities(), []
    for op in block.ops:
        if isinstance(op, nd.AssertEqualOp) and not equalities.unite(
            op.operands[0], op.operands[1]
        ):
            proven.append(op)
    for op in proven:
        block.erase_op(op)
    return len(proven)
