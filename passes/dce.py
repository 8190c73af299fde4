"""Take out what nothing uses: dead code elimination."""

from __future__ import annotations

from xdsl.ir import Block

from lamina.passes.driver import is_pure


def erase_unused(block: Block) -> int:
    """Erase the pure operations of `block` whose results are not used; returns how many."""
    count = 0
    for op in reversed(list(block.ops)):
        if op.results and is_pure(op) and all(r.first_use is None for r in op.results):
            block.erase_op(op)
            count += 1
    return count
