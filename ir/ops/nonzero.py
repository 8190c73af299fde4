"""The places of elements that are not 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, lengths
from lamina.ir.ops.cast import cast
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.reduction import sum as total
from lamina.ir.ops.reshape import flatten
from lamina.ir.ops.routine import Routine


class Nonzero(Routine):
    """The indices of the elements that are True, a row a dimension, in row-major order.

    Operands are the array of bools, its lengths, and how many are True.

    Parameters
    ----------
    ndim : int
    """

    __module__ = "lamina.tensor.basic"
    __props__ = ("ndim",)
    nd_name = "nonzero"

    def __init__(self, ndim: int):
        self.ndim = ndim

    @property
    def gufunc_signature(self) -> str:
        names = ",".join(f"n{d}" for d in range(self.ndim))
        return f"({names}),{names},k->({self.ndim},k)"

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return ("int64",)

    def numpy(self, *arrays: Any) -> np.ndarray:
        return np.stack(np.nonzero(arrays[0]))

    def native(self, b: Any, operands: Any, results: Any) -> None:
        (x, *_), (y,) = operands, results
        count = b.cell(0)
        with b.nest(x.lengths) as at, b.when(x[tuple(at)]):
            for d, i in enumerate(at):
                y[d, count.value] = i
            count.value = count.value + 1

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [None] * len(inputs)

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[False] for _ in node.inputs]


def positions(mask: Any, shape: Sequence[Any] | None = None) -> list[Any]:
    """For each dimension of an array of bools the indices of the elements that are True.

    Parameters
    ----------
    mask : variable
        Of at least one dimension.
    shape : sequence of scalars, optional
        The lengths that the mask must have.
    """
    ndim = mask.type.ndim
    sizes = lengths(mask) if shape is None else shape
    found = Nonzero(ndim)(mask, *sizes, total(cast(mask, "int64")))
    return [found[d] for d in range(ndim)]


def _is_true(a: Any) -> Any:
    a = as_array(a)
    return a if a.type.dtype == "bool" else nd.neq(a, 0)


def nonzero(a: Any, return_matrix: bool = False) -> Any:
    """The indices of the elements that are not 0, in row-major order.

    Parameters
    ----------
    a : tensor-like
        Of at least one dimension.
    return_matrix : bool
        Whether to return one int64 matrix with a row a dimension.

    Returns
    -------
    tuple of int64 vectors, or int64 matrix

    Raises
    ------
    ValueError
        `a` has no dimensions.
    """
    mask = _is_true(a)
    if not mask.type.ndim:
        raise ValueError("nonzero is not defined for a scalar; use atleast_1d(a).nonzero()")
    if return_matrix:
        return Nonzero(mask.type.ndim)(mask, *lengths(mask), total(cast(mask, "int64")))
    return tuple(positions(mask))


def flatnonzero(a: Any) -> Any:
    """The indices of the elements of the flattened array that are not 0, an int64 vector."""
    mask = _is_true(a)
    return positions(flatten(mask) if mask.type.ndim else expand_dims(mask, 0))[0]


def nonzero_values(a: Any) -> Any:
    """The elements that are not 0, a vector."""
    a = as_array(a)
    return flatten(a)[flatnonzero(a)]


def argwhere(a: Any) -> Any:
    """The indices of the elements that are not 0, an int64 matrix with a row an element."""
    return nonzero(a, return_matrix=True).T
