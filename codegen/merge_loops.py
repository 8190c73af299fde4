"""Loops of a kernel that can be one: neighbours that all arrays run through without a gap."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.codegen.array import Array


def merge_loops(
    kinds: Sequence[str],
    arrays: Sequence[tuple[Array, Sequence[int]]],
    lengths: dict[int, str],
    one: str,
    keep_all: bool,
) -> list[list[int]]:
    """Loops of length 1 dropped, and neighbours merged where every array runs through both without
    a gap.

    A reduction keeps a loop to reduce over.
    """
    loops = [i for i in range(len(kinds)) if lengths[i] != one]
    if "reduction" in kinds and not any(kinds[i] == "reduction" for i in loops):
        loops = sorted([*loops, list(kinds).index("reduction")])
    if keep_all:
        return [[i] for i in range(len(kinds))]
    groups: list[list[int]] = []
    for loop in loops:
        if (
            groups
            and kinds[groups[-1][-1]] == kinds[loop]
            and all(_joined(x, m, groups[-1][-1], loop, one) for x, m in arrays)
        ):
            groups[-1].append(loop)
        else:
            groups.append([loop])
    return groups


def _joined(x: Array, positions: Sequence[int], a: int, b: int, one: str) -> bool:
    if a not in positions and b not in positions:
        return True
    if a not in positions or b not in positions or not x.contiguous:
        return False
    i, j = list(positions).index(a), list(positions).index(b)
    return i < j and all(x.lengths[k] == one for k in range(i + 1, j))
