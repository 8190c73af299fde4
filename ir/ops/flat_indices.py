"""Indices of the dimensions of an array, and the one of its flattened form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import Length, as_array, counts, product
from lamina.ir.ops.cast import cast
from lamina.ir.ops.creation import arange
from lamina.ir.ops.shape import as_length
from lamina.ir.ops.taking import take

MODES = ("raise", "wrap", "clip")


def unravel_index(indices: Any, dims: Any, order: str = "C") -> list[Any]:
    """The indices of each dimension of the elements that have places in the flattened array.

    Parameters
    ----------
    indices : integer tensor-like
    dims : int, sequence of int or scalar variables, or integer vector of known length
        The shape of the array.
    order : "C" or "F"
        Whether the last or the first dimension changes fastest.

    Returns
    -------
    list of int64 variables
        In the shape of `indices`, one for each dimension.

    Raises
    ------
    IndexError
        When it runs: an index is negative or not below the number of elements.
    """
    places = _integers(indices, "indices")
    shape = _in_order(counts(dims), order)
    if not shape:
        raise ValueError("dims must have at least one value")
    found = []
    for n in reversed(shape[1:]):
        # a length of 0 leaves no place, which the first dimension tells
        divisor = n if isinstance(n, int) and n else nd.maximum(as_length(n), 1)
        found.append(nd.mod(places, divisor))
        places = nd.floor_div(places, divisor)
    first = shape[0] if all(isinstance(n, int) and n for n in shape[1:]) else _rows(shape)
    found.append(_checked(places, first))
    return found if order == "F" else found[::-1]


def ravel_multi_index(
    multi_index: Any, dims: Any, mode: str | Sequence[str] = "raise", order: str = "C"
) -> Any:
    """The places in the flattened array of elements given by the indices of each dimension.

    Parameters
    ----------
    multi_index : sequence of integer tensor-likes, or tensor-like of known first length
        The indices of each dimension, which are broadcast against each other.
    dims : int, sequence of int or scalar variables, or integer vector of known length
        The shape of the array.
    mode : "raise", "wrap" or "clip", or a sequence of one for each dimension
        What is done with an index out of bounds, as negative ones are: IndexError, the remainder,
        or the nearest index.
    order : "C" or "F"
        Whether the last or the first dimension changes fastest.

    Returns
    -------
    int64 variable

    Raises
    ------
    ValueError
        The numbers of indices and of dimensions differ.
    """
    shape = counts(dims)
    given = [_integers(i, "multi_index") for i in multi_index]
    modes = [mode] * len(shape) if isinstance(mode, str) else list(mode)
    if not shape or not len(given) == len(modes) == len(shape):
        raise ValueError(
            f"multi_index has {len(given)} arrays and mode {len(modes)} entries for {len(shape)} "
            "dimensions"
        )
    steps = list(zip(given, shape, modes, strict=True))
    total: Any = None
    for index, n, what in _in_order(steps, order):
        within = _within(index, n, what)
        total = within if total is None else total * n + within
    return total


def _in_order(entries: list[Any], order: str) -> list[Any]:
    """The entries, those that change fastest last."""
    if order not in ("C", "F"):
        raise ValueError(f"order must be 'C' or 'F', got {order!r}")
    return entries if order == "C" else entries[::-1]


def _integers(x: Any, name: str) -> Any:
    x = as_array(x)
    if np.dtype(x.type.dtype).kind not in "iu":
        raise TypeError(f"{name} must be integers, got {x} of type {x.type}")
    return cast(x, "int64")


def _rows(shape: list[Length]) -> Length:
    """The first length, or 0 if another one is."""
    rest = as_length(product(shape[1:]))
    return nd.switch(nd.eq(rest, 0), 0, as_length(shape[0]))


def _within(index: Any, n: Length, mode: str) -> Any:
    if mode == "wrap":
        return nd.mod(index, as_length(n))
    if mode == "clip":
        return nd.clip(index, 0, as_length(n) - 1)
    if mode == "raise":
        return _checked(index, n)
    raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")


def _checked(index: Any, n: Length) -> Any:
    """`index`, which is at least 0 and less than `n`; else the call raises IndexError."""
    # the bounds are those of a vector of all indices; a negative one would count from its end
    return take(arange(n), nd.switch(nd.lt(index, 0), as_length(n), index))
