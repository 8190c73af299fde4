"""Arrays given the shapes and ranks of others."""

from __future__ import annotations

from functools import reduce
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import Length, as_array, counts, lengths
from lamina.ir.ops.creation import alloc
from lamina.ir.ops.dimshuffle import expand_dims, shape_padleft, shape_padright


def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """Arrays broadcast against each other; only a length that is statically 1 gives way."""
    arrays = [as_array(a) for a in args]
    if not arrays:
        return ()
    # each result knows of all the others, so that lengths that differ at run time are an error
    together = reduce(nd.second, arrays)
    return tuple(a if _fills(a, together) else nd.second(together, a) for a in arrays)


def _fills(a: Any, together: Any) -> bool:
    return a.type.shape == together.type.shape and None not in a.type.shape


def broadcast_shape(*arrays: Any, arrays_are_shapes: bool = False) -> tuple[Length, ...]:
    """The shape of arrays that are broadcast against each other.

    Parameters
    ----------
    *arrays : tensor-like, or shapes
    arrays_are_shapes : bool
        Whether shapes are given: tuples of lengths, or vectors. Of those only a length that is
        known to be 1 gives way.

    Returns
    -------
    tuple
        Ints where a length is known, else int64 scalars.
    """
    if arrays_are_shapes:
        arrays = tuple(alloc(False, *counts(shape)) for shape in arrays)
    variables = [as_array(a) for a in arrays]
    return tuple(lengths(reduce(nd.second, variables))) if variables else ()


def atleast_1d(*arys: Any) -> Any:
    """Arrays, of which scalars are made vectors.

    This and its like return one alone as it is, several as a tuple.
    """
    return _each(lambda x: shape_padleft(x, 1 - min(x.type.ndim, 1)), arys)


def atleast_2d(*arys: Any) -> Any:
    """Arrays with dimensions of length 1 added in front up to two."""
    return _each(lambda x: shape_padleft(x, 2 - min(x.type.ndim, 2)), arys)


def atleast_3d(*arys: Any) -> Any:
    """Arrays of three dimensions or more: a vector is made (1, n, 1), a matrix (m, n, 1)."""

    def of_rank_3(x: Any) -> Any:
        match x.type.ndim:
            case 0:
                return expand_dims(x, (0, 1, 2))
            case 1:
                return expand_dims(x, (0, 2))
            case 2:
                return expand_dims(x, 2)
            case _:
                return x

    return _each(of_rank_3, arys)


def atleast_Nd(*arys: Any, n: int = 1, left: bool = True) -> Any:
    """Arrays with dimensions of length 1 added up to `n`, in front or at the end."""
    add = shape_padleft if left else shape_padright
    return _each(lambda x: add(x, n - min(x.type.ndim, n)), arys)


def _each(change: Any, arys: tuple[Any, ...]) -> Any:
    results = tuple(change(as_array(a)) for a in arys)
    return results[0] if len(results) == 1 else results
