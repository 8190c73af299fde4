"""The sizes and parameters of draws: as users give them, and as variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.broadcasting import broadcast_shape
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant, constant_value
from lamina.ir.ops.shape import MakeVector, length_of


def normalize_size_param(size: Any) -> Any:
    """`size` as an int64 vector, or None.

    Parameters
    ----------
    size : None, int, sequence of int, or symbolic
        A vector must have a known length: that is the number of dimensions.

    Raises
    ------
    TypeError, ValueError
        It is none of these.
    """
    if size is None or isinstance(size, Constant) and size.data is None:
        return None
    if isinstance(size, (int, np.integer)) and not isinstance(size, bool):
        return constant(np.array([size], np.int64))
    if isinstance(size, (tuple, list)):
        if not any(isinstance(n, Variable) for n in size):
            return constant(_integers(np.array(size), size).reshape(-1))
        entries = [as_tensor_variable(n) for n in size]
        if any(v.type.ndim or np.dtype(v.type.dtype).kind not in "iu" for v in entries):
            raise TypeError(f"size must be made of integer scalars, got {size!r}")
        return MakeVector("int64")(*(cast(v, "int64") for v in entries))
    if isinstance(size, Variable):
        vector: Any = size
        if getattr(vector.type, "ndim", 2) > 1 or np.dtype(vector.type.dtype).kind not in "iu":
            raise TypeError(
                f"size must be None, an integer, or a vector of integers, got {size} of type "
                f"{size.type}"
            )
        vector = cast(vector, "int64")
        if not vector.type.ndim:
            return MakeVector("int64")(vector)
        if vector.type.shape[0] is None:
            raise ValueError(
                f"size: the length of {size} is the number of dimensions of the draw and has to "
                f"be known. Declare it by shape=(2,), or use specify_shape({size}, (2,))."
            )
        return vector
    if isinstance(size, np.ndarray):
        return constant(_integers(size, size).reshape(-1))
    raise TypeError(f"size must be None, an integer, or a sequence of integers, got {size!r}")


def _integers(array: np.ndarray, size: Any) -> np.ndarray:
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"size must be made of integers, got {size!r}")
    return array.astype(np.int64)


def entry(size: Any, i: int) -> Any:
    """Entry `i` of a size, a number where it is known."""
    data = constant_value(size)
    if data is not None:
        return constant(np.array(data[i], np.int64))
    if size.owner is not None and isinstance(size.owner.op, MakeVector):
        return size.owner.inputs[i]
    return Subtensor((True,))(size, i)


def known_entry(size: Any, i: int) -> int | None:
    """Entry `i` of a size, where it is a known number."""
    value = constant_value(size)
    if value is None and size.owner is not None and isinstance(size.owner.op, MakeVector):
        value = constant_value(size.owner.inputs[i])
        return None if value is None else int(value)
    return None if value is None else int(value[i])


def broadcast_params(params: Sequence[Any], ndims_params: Sequence[int]) -> list[Any]:
    """Parameters with the same dimensions before those of their own.

    Parameters
    ----------
    params : sequence of tensor-like
    ndims_params : sequence of int
        How many of its last dimensions each parameter has of its own.
    """
    variables = [as_tensor_variable(p) for p in params]
    batches = [
        [length_of(v, d) for d in range(v.type.ndim - own)]
        for v, own in zip(variables, ndims_params, strict=True)
    ]
    shapes = [tuple(batch) for batch in batches]
    joined = broadcast_shape(*shapes, arrays_are_shapes=True) if shapes else ()
    return [
        broadcast_to(v, (*joined, *(length_of(v, v.type.ndim - own + d) for d in range(own))))
        for v, own in zip(variables, ndims_params, strict=True)
    ]


def supp_shape_from_ref_param_shape(
    ndim_supp: int,
    dist_params: Sequence[Any],
    param_shapes: Sequence[Sequence[Any]] | None = None,
    ref_param_idx: int = 0,
) -> tuple[Any, ...]:
    """The last `ndim_supp` lengths of one of the parameters.

    Parameters
    ----------
    ndim_supp : int
        How many dimensions one draw has; at least 1.
    dist_params : sequence of Variable
    param_shapes : sequence of tuple, optional
        Their lengths, where known without them.
    ref_param_idx : int

    Raises
    ------
    ValueError
        `ndim_supp` is 0, or the parameter has fewer dimensions.
    """
    if ndim_supp <= 0:
        raise ValueError("ndim_supp must be greater than 0")
    if param_shapes is not None:
        reference = tuple(param_shapes[ref_param_idx])
    else:
        x = dist_params[ref_param_idx]
        reference = tuple(length_of(x, d) for d in range(x.type.ndim))
    if len(reference) < ndim_supp:
        raise ValueError(
            f"parameter {ref_param_idx} has {len(reference)} dimensions, fewer than {ndim_supp}"
        )
    return reference[-ndim_supp:]


def each_of_batch(
    draw: Callable[..., Any],
    core_ranks: Sequence[int],
    parameters: Sequence[Any],
    size: tuple[int, ...] | None,
    rank: int,
) -> np.ndarray:
    """`draw` of parameters at each place of the batch, in row-major order.

    Parameters
    ----------
    draw : callable
        From the parameters at a place to an array of `rank` dimensions.
    core_ranks : sequence of int
        How many of its last dimensions each parameter has of its own.
    parameters : sequence of array
    size : tuple of int, optional
        The batch, unless it is that of the parameters, broadcast.
    rank : int
    """
    pairs = [(np.asarray(x), core) for x, core in zip(parameters, core_ranks, strict=True)]
    if size is None:
        size = np.broadcast_shapes(*(x.shape[: x.ndim - core] for x, core in pairs))
    views = [np.broadcast_to(x, (*size, *x.shape[x.ndim - core :])) for x, core in pairs]
    drawn = [draw(*(x[at] for x in views)) for at in np.ndindex(*size)]
    lengths = np.shape(drawn[0]) if drawn else (0,) * rank
    return np.reshape(np.array(drawn), (*size, *lengths))
