"""Loops of one purpose: map, reduce, foldl, foldr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.compile.modes import Mode
from lamina.scan.arguments import fixed_values, iterated, recurrences
from lamina.scan.basic import one_or_list, scan
from lamina.scan.loop_of_steps import Loop, refuse_updates


def map(
    fn: Callable[..., Any],
    sequences: Any,
    non_sequences: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: str | Mode | None = None,
    name: str | None = None,
    return_updates: bool = True,
) -> Any:
    """What a function makes of each row of sequences.

    Parameters
    ----------
    fn : callable
        Gets a row of each sequence, then `non_sequences`.
    sequences, non_sequences, truncate_gradient, go_backwards, mode, name, return_updates
        As in `scan`.

    Returns
    -------
    outputs, updates
        As `scan` does.

    Examples
    --------
    >>> x = pt.dmatrix("x")
    >>> norms, updates = lamina.map(lambda row: pt.sqrt((row**2).sum()), x)
    """
    return scan(
        fn,
        sequences,
        None,
        non_sequences,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
        return_updates=return_updates,
    )


def reduce(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    go_backwards: bool = False,
    mode: str | Mode | None = None,
    name: str | None = None,
    return_updates: bool = True,
) -> Any:
    """The last value of each output of a loop.

    Parameters
    ----------
    fn : callable
        Gets a row of each sequence, the values that it returned before, then `non_sequences`.
    sequences, outputs_info, non_sequences, go_backwards, mode, name, return_updates
        As in `scan`. Without any row, the result is the initial value.

    Returns
    -------
    outputs : variable or list of variable
        No other values are kept.
    updates : dict

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> product, updates = lamina.reduce(lambda row, so_far: row * so_far, x, np.float64(1))
    """
    loop = Loop.made(
        fn,
        iterated(sequences),
        recurrences(outputs_info),
        fixed_values(non_sequences),
        go_backwards=go_backwards,
        mode=mode,
        name=name,
    )
    last = one_or_list(loop.last)
    if return_updates:
        return last, loop.updates
    refuse_updates(loop, name)
    return last


def foldl(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: str | Mode | None = None,
    name: str | None = None,
    return_updates: bool = True,
) -> Any:
    """`reduce` from the first row."""
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name, return_updates)


def foldr(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: str | Mode | None = None,
    name: str | None = None,
    return_updates: bool = True,
) -> Any:
    """`reduce` from the last row."""
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name, return_updates)
