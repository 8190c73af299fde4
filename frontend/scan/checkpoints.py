"""Loops whose gradient keeps few values and computes the others once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.constant import constant_value
from lamina.ir.ops.creation import arange, zeros
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.requirement import require
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.shape import length_of
from lamina.scan.arguments import checked_steps, fixed_values, iterated, recurrences
from lamina.scan.basic import one_or_list
from lamina.scan.loop_of_steps import Loop
from lamina.scan.steps import rows_by_step


def scan_checkpoints(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    name: str = "checkpointscan_fn",
    n_steps: Any = None,
    save_every_N: int = 10,
    padding: bool = True,
) -> Any:
    """`scan` with a gradient that needs less memory and one more computation of each step.

    The steps are done in blocks. A gradient keeps what is carried from block to block, and, while
    it goes back through a block, the values of its steps: of n steps, about n / save_every_N +
    save_every_N values at a time, least where save_every_N is the square root of n.

    Parameters
    ----------
    fn, sequences, outputs_info, non_sequences, name, n_steps
        As in `scan`; sequences without taps, outputs with the tap -1 or none.
    save_every_N : int
        The number of steps of a block. The last one is shorter where that does not divide the
        number of steps.
    padding : bool
        Copy sequences into whole blocks. False saves the copy, and requires that the number of
        steps is a multiple of save_every_N.

    Returns
    -------
    outputs : variable or list of variable
        The values after each block, the last one included.
    updates : dict
        As of `scan`.

    Raises
    ------
    ValueError
        There are other taps, `save_every_N` is less than 1, or `padding` is False and the number of
        steps no multiple of it.
    NotImplementedError
        `fn` returns ``until``.

    Notes
    -----
    A. Griewank, A. Walther: Algorithm 799: revolve (ACM TOMS 26, 2000) has the general method; this
    is its form with one level.
    """
    if isinstance(save_every_N, bool) or not isinstance(save_every_N, (int, np.integer)):
        raise TypeError(f"{name}: save_every_N must be an int, got {save_every_N!r}")
    if save_every_N < 1:
        raise ValueError(f"{name}: save_every_N must be at least 1, got {save_every_N}")
    of_rows, of_outputs = iterated(sequences), recurrences(outputs_info)
    fixed = fixed_values(non_sequences)
    if any(s.taps != (0,) for s in of_rows) or any(r.stacked for r in of_outputs):
        raise ValueError(f"{name}: only a sequence's tap 0 and an output's tap -1 are possible")
    n, arrays = rows_by_step(of_rows, checked_steps(n_steps), False, name)
    width = np.int64(save_every_N)
    count = (n + (width - 1)) // width if padding else n // width
    if not padding:
        n = _whole_blocks(n, width, name)
        count = n // width
    blocks = [_in_blocks(x, n, count, width, padding) for x in arrays]
    first = arange(count, dtype="int64") * width

    def block(at: Any, *given: Any) -> Any:
        rows, before = given[: len(blocks)], iter(given[len(blocks) :])
        steps = nd.minimum(n - at, width) if padding else width
        loop = Loop.made(
            fn,
            iterated([x[:steps] if padding else x for x in rows]),
            [r._replace(initial=next(before)) if r.taps else r for r in of_outputs],
            fixed,
            n_steps=steps,
            name=f"{name}_block",
        )
        if loop.may_end_early:
            raise NotImplementedError(f"{name}: until(...) is not possible with checkpoints")
        return loop.last, loop.updates

    outer = Loop.made(
        block,
        iterated([first, *blocks]),
        of_outputs,
        (),
        name=name,
    )
    return one_or_list(outer.outputs), outer.updates


def _whole_blocks(n: Any, width: Any, name: str) -> Any:
    known = constant_value(n)
    message = f"{name}: without padding, the number of steps must be a multiple of {width}, got "
    if known is None:
        message = message.replace("{", "{{").replace("}", "}}") + "{0}"
        return require(n, nd.eq(n % width, np.int64(0)), message, n)
    if known % width:
        raise ValueError(f"{message}{known}")
    return n


def _in_blocks(x: Any, n: Any, count: Any, width: Any, padding: bool) -> Any:
    """The rows of `x` by blocks; behind the last one, zeros."""
    rest = [length_of(x, axis) for axis in range(1, x.type.ndim)]
    if padding:
        x = concatenate([x, zeros([count * width - n, *rest], dtype=x.type.dtype)])
    return reshape(x, [count, width, *rest], ndim=x.type.ndim + 1)
