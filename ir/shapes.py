"""Static shapes: tuples of lengths, None where a length is unknown."""

from __future__ import annotations

from collections.abc import Sequence

StaticShape = tuple[int | None, ...]


def broadcast_static(shapes: Sequence[Sequence[int | None]]) -> StaticShape:
    """The static shape of arrays of one rank broadcast against each other.

    A length known to be 1 gives way; all others must agree at run time, so one that is known tells
    the rest.

    Raises
    ------
    ValueError
        Two known lengths differ.
    """
    return tuple(map(_join, zip(*shapes, strict=True))) if shapes else ()


def _join(lengths: tuple[int | None, ...]) -> int | None:
    known = {n for n in lengths if n is not None and n != 1}
    if len(known) > 1:
        raise ValueError(f"lengths {' and '.join(map(str, sorted(known)))} do not match")
    if known:
        return known.pop()
    return None if None in lengths else 1
