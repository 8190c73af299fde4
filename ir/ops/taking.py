"""Elements chosen by arrays of indices along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, length
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.broadcasting import broadcast_arrays
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.creation import arange, zeros_like
from lamina.ir.ops.dimshuffle import dimshuffle, expand_dims, moveaxis
from lamina.ir.ops.gather import Gather, Scatter
from lamina.ir.ops.joining import stack
from lamina.ir.ops.nonzero import flatnonzero, nonzero
from lamina.ir.ops.reshape import flatten
from lamina.ir.ops.triangle import tri

_MODES = ("raise", "wrap", "clip")


def _integers(a: Any, what: str = "indices") -> Any:
    """An int64 array of indices.

    Raises
    ------
    IndexError
        `a` is not of integers.
    """
    if isinstance(a, (list, tuple)) and not len(a):
        a = np.array(a, np.int64)
    a = as_tensor_variable(a)
    if np.dtype(a.type.dtype).kind not in "iu":
        raise IndexError(f"{what} must be integers, got {a} of type {a.type}")
    return cast(a, "int64")


def _within(indices: Any, n: Any, mode: str) -> Any:
    """`indices` of a dimension of length `n`, as `mode` takes those out of bounds."""
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {mode!r}")
    if mode == "wrap":
        return nd.mod(indices, n)
    if mode == "clip":
        return nd.clip(indices, 0, n - 1)
    return indices


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """The parts of `a` along an axis that `indices` name.

    Parameters
    ----------
    a : tensor-like
    indices : integer tensor-like
        Its dimensions take the place of the axis.
    axis : int, optional
        By default `a` is flattened.
    mode : "raise", "wrap" or "clip"
        What is done with an index out of bounds: IndexError, the remainder, or the nearest index
        (of negative ones, 0).
    """
    a = as_array(a)
    if axis is None:
        a, axis = flatten(a), 0
    axis = normalize_axis(axis, a.type.ndim)
    where = _within(_integers(indices), length(a, axis), mode)
    return a[(slice(None),) * axis + (where,)]


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """The elements ``arr[..., indices[..., j, ...], ...]``: other axes go along.

    Parameters
    ----------
    arr : tensor-like
    indices : integer tensor-like
        Of the rank of `arr`, against which it is broadcast but for `axis`.
    axis : int, optional
        None: both are taken as flattened.
    """
    arr, where = as_array(arr), _integers(indices)
    if axis is None:
        if where.type.ndim != 1:
            raise ValueError("take_along_axis: with axis None, indices must be a vector")
        return flatten(arr)[where]
    if arr.type.ndim != where.type.ndim:
        raise ValueError(
            f"`indices` and `arr` must have the same number of dimensions, got {where.type} and "
            f"{arr.type}"
        )
    axis = normalize_axis(axis, arr.type.ndim)
    rows = expand_dims(moveaxis(arr, axis, -1), -2)
    return moveaxis(Gather.of(0, (axis,))(rows, moveaxis(where, axis, -1)), -1, axis)


def choose(a: Any, choices: Any, mode: str = "raise") -> Any:
    """From several arrays, at each place the element of the one that `a` names there.

    Parameters
    ----------
    a : integer tensor-like
    choices : sequence of tensor-like, or tensor-like
        Broadcast against each other and `a`; an array stands for its parts along the first axis.
    mode : "raise", "wrap" or "clip"
        As in ``take``.
    """
    which = _integers(a, "the choice")
    if isinstance(choices, (list, tuple)):
        which, *arrays = broadcast_arrays(which, *map(as_array, choices))
        of = stack(arrays, 0)
    else:
        of = as_array(choices)
        missing = which.type.ndim - (of.type.ndim - 1)
        of = dimshuffle(of, [0, *["x"] * missing, *range(1, of.type.ndim)])
        which = dimshuffle(which, [*["x"] * -missing, *range(which.type.ndim)])
    where = _within(which, length(of, 0), mode)
    return Gather.of(0, (0,))(moveaxis(of, 0, -1), where)


def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """The parts of `x` along an axis for which `condition`, a vector, is not 0.

    Parameters
    ----------
    condition : tensor-like
        Not longer than the axis.
    x : tensor-like
    axis : int, optional
        By default `x` is flattened.
    """
    condition = as_tensor_variable(condition)
    if condition.type.ndim != 1:
        raise ValueError("condition must be one-dimensional")
    return take(x, flatnonzero(condition), axis)


def inverse_permutation(perm: Any) -> Any:
    """The permutations that undo those in the rows of `perm`.

    Parameters
    ----------
    perm : integer tensor-like
        Each row (along the last axis) holds 0, ..., n - 1 in some order.
    """
    where = _integers(perm, "a permutation")
    if not where.type.ndim:
        raise ValueError("inverse_permutation takes at least one dimension")
    places = arange(length(where, -1))
    rows = Scatter.of(("a0",), ("i0",), (("i0",),), (where.type.ndim - 1,), True)
    return rows(zeros_like(where), places, where)


def permute_row_elements(x: Any, y: Any, inverse: bool = False) -> Any:
    """The elements of the rows of `x` in the order that the rows of `y` say, which are broadcast.

    Parameters
    ----------
    x : tensor-like
    y : integer tensor-like
    inverse : bool
        Whether each element goes to the place that `y` says, and not comes from there.
    """
    x, where = as_array(x), _integers(y, "a permutation")
    if inverse:
        where = inverse_permutation(where)
    rows = expand_dims(x, -2)
    return Gather.of(0, (x.type.ndim - 1,))(rows, where)


def tril_indices(n: Any, k: Any = 0, m: Any = None) -> tuple[Any, Any]:
    """The row and column indices of the part on and below diagonal `k` of a matrix.

    Parameters
    ----------
    n, m : int or integer scalar
        Rows and columns, by default as many.
    k : int or integer scalar
    """
    rows, columns = nonzero(tri(n, n if m is None else m, k, dtype="bool"))
    return rows, columns


def triu_indices(n: Any, k: Any = 0, m: Any = None) -> tuple[Any, Any]:
    """The row and column indices of the part on and above diagonal `k`, as ``tril_indices``."""
    below = tri(n, n if m is None else m, k - 1, dtype="bool")
    rows, columns = nonzero(nd.invert(below))
    return rows, columns


def tril_indices_from(a: Any, k: Any = 0) -> tuple[Any, Any]:
    """``tril_indices`` of the shape of the matrix `a`."""
    a = _matrix(a)
    return tril_indices(length(a, 0), k, length(a, 1))


def triu_indices_from(a: Any, k: Any = 0) -> tuple[Any, Any]:
    """``triu_indices`` of the shape of the matrix `a`."""
    a = _matrix(a)
    return triu_indices(length(a, 0), k, length(a, 1))


def _matrix(a: Any) -> Any:
    a = as_array(a)
    if a.type.ndim != 2:
        raise ValueError("The input array must be two dimensional")
    return a
