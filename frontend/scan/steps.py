"""How many steps a loop does, and which rows of the sequences they get."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.cast import cast
from lamina.ir.ops.requirement import require
from lamina.ir.ops.shape import length_of
from lamina.scan.arguments import Iterated


def rows_by_step(
    sequences: Sequence[Iterated], n_steps: Any, backwards: bool, loop: str
) -> tuple[Any, list[Any]]:
    """The number of steps, and an array of as many rows for each tap of each sequence.

    Step t gets row t + k of a sequence for its tap k, where t starts at the first row for which all
    taps are rows, 0 counted as one of them. Backwards, t starts at the last such row.

    Parameters
    ----------
    sequences : sequence of Iterated
    n_steps : int, scalar variable or None
        None: as many as there are rows for, in all sequences.
    backwards : bool
    loop : str
        What messages call the loop.

    Raises
    ------
    ValueError
        A sequence is known to be too short, or nothing tells the number of steps.
    """
    if not sequences and n_steps is None:
        raise ValueError(f"{loop}: without sequences, n_steps must tell how many steps to do")
    spans = [_Span(x) for x in sequences]
    if n_steps is None:
        n = checked = _fewest(spans)
    else:
        checked = _checked(n_steps, spans, loop)
        n = n_steps if isinstance(n_steps, int) else checked
    only = n_steps is None and len(spans) == 1
    arrays = [
        span.rows(tap, checked, backwards, only or (isinstance(n, int) and span.known == n))
        for span in spans
        for tap in span.sequence.taps
    ]
    return np.int64(n) if isinstance(n, int) else n, arrays


class _Span:
    """The rows of a sequence that steps can be done for."""

    def __init__(self, sequence: Iterated):
        self.sequence = sequence
        self.first = -min(0, *sequence.taps)
        self.lost = self.first + max(0, *sequence.taps)
        known = sequence.variable.type.shape[0]
        self.known = None if known is None else max(known - self.lost, 0)

    @property
    def length(self) -> Any:
        """The number of these rows."""
        n = length_of(self.sequence.variable, 0)
        return n if not self.lost else nd.maximum(n - self.lost, np.int64(0))

    def rows(self, tap: int, n: Any, backwards: bool, all_of_them: bool) -> Any:
        """The first `n` of these rows, or the last ones backwards, moved by `tap`."""
        x = self.sequence.variable
        start = self.first + tap
        if backwards:
            x = (x[start : start + self.length] if self.lost else x)[::-1]
            return x if all_of_them else x[:n]
        if all_of_them and not self.lost:
            return x
        return x[start : start + n]


def _fewest(spans: Sequence[_Span]) -> Any:
    lengths = [span.known for span in spans]
    if None not in lengths:
        return min(lengths)  # type: ignore[type-var]
    known = [n for n in lengths if n is not None]
    least = [np.int64(min(known))] if known else []
    least += [span.length for span in spans if span.known is None]
    n = least[0]
    for other in least[1:]:
        n = nd.minimum(n, other)
    return n


def _checked(n_steps: Any, spans: Sequence[_Span], loop: str) -> Any:
    """`n_steps`, checked when the loop runs where it cannot be now."""
    n: Any = n_steps
    if not isinstance(n_steps, int):
        n = cast(n, "int64")
        message = f"{_plain(loop)}: n_steps must not be negative, got {{0}}"
        n = require(n, nd.ge(n, np.int64(0)), message, n)
    for span in spans:
        title = f"{loop}: {span.sequence.title}"
        taps = f" with the taps {list(span.sequence.taps)}" if span.lost else ""
        if isinstance(n_steps, int) and span.known is not None:
            if span.known < n_steps:
                raise ValueError(
                    f"{title} has {span.sequence.variable.type.shape[0]} elements{taps}, enough "
                    f"for {span.known} steps, but n_steps is {n_steps}"
                )
            continue
        number = np.int64(n) if isinstance(n, int) else n
        elements, rows = length_of(span.sequence.variable, 0), span.length
        message = (
            f"{_plain(title)} has {{1}} elements{taps}, enough for {{2}} steps, but n_steps is "
            "{0}"
        )
        n = require(number, nd.le(number, rows), message, number, elements, rows)
    return n


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
