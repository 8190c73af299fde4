"""Along which loop neighbouring threads go: the one along which elements are neighbours."""

from __future__ import annotations

import numpy as np

from lamina.codegen.emit_kernel import Nest


def fast_loop(nest: Nest) -> int:
    """The loop along which most bytes of what is read and written for each position are
    neighbours; the innermost of those that tie; -1 if there is none.
    """
    moved = [0] * len(nest.kinds)
    arrays = [*nest.inputs, *(a for a, c in zip(nest.outputs, nest.combine, strict=True) if not c)]
    for a in arrays:
        for loop, step in zip(a.loops, a.strides, strict=False):
            if step == 1:
                moved[loop] += np.dtype(a.dtype).itemsize
    return max(range(len(moved)), key=lambda loop: (moved[loop], loop), default=-1)


def in_order(nest: Nest, kind: str) -> list[int]:
    """The loops of a kind, the fast one behind the others if it is among them."""
    fast = fast_loop(nest)
    loops = [loop for loop, own in enumerate(nest.kinds) if own == kind]
    return sorted(loops, key=lambda loop: loop == fast)
