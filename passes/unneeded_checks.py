"""Erase the checks of lengths that only erased operations needed: the tag "shape_unsafe".

(x + y).shape[0] of vectors is the length of x; that y has the same one is checked all the same,
unless the user asks for this. Checks that keep the program inside its arrays stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xdsl.ir import Block, Operation

from lamina.ir import dialect as nd
from lamina.passes.dce import erase_unused
from lamina.passes.infer_shapes import Lengths, Requirement
from lamina.passes.lift_lengths import length_key, scalar_key


def drop_checks(block: Block, include: Iterable[str], exclude: Iterable[str]) -> None:
    """Erase the checks that the tags in `include` and not in `exclude` let go."""
    asked = set(include) - set(exclude)
    if asked & {"local_remove_all_assert", "unsafe"}:
        erase_assertions(block)
    if asked & {"shape_unsafe", "unsafe"}:
        erase_unneeded_checks(block)
    if asked & {"local_remove_all_assert", "shape_unsafe", "unsafe"}:
        erase_unused(block)


def erase_unneeded_checks(block: Block) -> int:
    """Erase each nd.assert_equal of two lengths that no operation of `block` needs to be equal.

    Nothing is erased where there are loops or branches, in which what is known outside is not
    checked again. Returns how many were.
    """
    ops = list(block.ops)
    if any(op.regions for op in ops):
        return 0
    checks = [op for op in ops if isinstance(op, nd.AssertEqualOp)]
    lengths, needed = Lengths(), []
    for op in ops:
        if not isinstance(op, nd.AssertEqualOp):
            needed += [_sides(op, requirement) for requirement in lengths.visit(op)]
    direct, all_checks = _Groups(needed), _Groups(map(_compared, checks))
    kept = [op for op in checks if not _is_of_lengths(op) or direct.has(*_compared(op))]
    enough = _Groups(map(_compared, kept))
    if not all(enough.has(a, b) for a, b in needed):  # it takes what else they are equal to
        groups = {all_checks.find(a) for a, _ in needed}
        kept += [op for op in checks if all_checks.find(_compared(op)[0]) in groups]
    unneeded = [op for op in checks if op not in kept]
    for op in unneeded:
        block.erase_op(op)
    return len(unneeded)


class _Groups:
    """Lengths that checks hold together, whether directly or by way of others."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        self._parent: dict[Any, Any] = {}
        for a, b in pairs:
            first, second = self.find(a), self.find(b)
            if first != second:
                self._parent[first] = second

    def find(self, key: Any) -> Any:
        while key in self._parent:
            key = self._parent[key]
        return key

    def has(self, a: Any, b: Any) -> bool:
        """Whether two lengths are held together."""
        return self.find(a) == self.find(b)


def _sides(op: Operation, need: Requirement) -> tuple[Any, Any]:
    one = length_key(op.operands[need.i], need.axis)
    if need.j is None:
        return one, need.other_axis
    other = op.operands[need.j]
    return one, scalar_key(other) if need.other_axis < 0 else length_key(other, need.other_axis)


def _compared(op: Operation) -> tuple[Any, Any]:
    one, other = map(scalar_key, op.operands)
    return one, other


def erase_assertions(block: Block) -> None:
    """Erase what Assert and CheckAndRaise check: the tag "local_remove_all_assert"."""
    for op in list(block.ops):
        if isinstance(op, nd.AssertEqualOp) and "message" in op.attributes:
            block.erase_op(op)


def _is_of_lengths(op: Operation) -> bool:
    """Whether a check was made on import, of two lengths of arrays, or of one and a number."""
    return "op" not in op.attributes and all(
        isinstance(scalar_key(v), (int, tuple)) for v in op.operands
    )
