"""Inverses of and equations with tensors, by the matrices that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.ir.ops.arguments import as_array, lengths, product
from lamina.ir.ops.dimshuffle import moveaxis
from lamina.ir.ops.matrix_inverse import inv
from lamina.ir.ops.reshape import flatten, reshape
from lamina.ir.ops.solve import solve


class TensorInv:
    """``tensorinv`` for one `ind`, to be called on tensors."""

    __module__ = "lamina.tensor.linalg"

    def __init__(self, ind: int = 2):
        self.ind = ind

    def __call__(self, a: Any) -> Any:
        return tensorinv(a, self.ind)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of a tensor as a map, as ``numpy.linalg.tensorinv``.

    Parameters
    ----------
    a : tensor-like
        The product of its first `ind` lengths is that of the others.
    ind : int

    Returns
    -------
    TensorVariable, of shape ``a.shape[ind:] + a.shape[:ind]``
        ``tensordot(tensorinv(a), a, ind)`` is the identity.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: it has no inverse.
    """
    a = as_array(a)
    if not 0 < ind < max(a.type.ndim, 1):
        raise ValueError(f"Invalid ind argument: {ind}, for {a} of type {a.type}")
    before, after = lengths(a)[:ind], lengths(a)[ind:]
    matrix = reshape(a, (product(before), product(after)))
    return reshape(inv(matrix), (*after, *before))


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """The x with ``tensordot(a, x, x.ndim) = b``, as ``numpy.linalg.tensorsolve``.

    Parameters
    ----------
    a : tensor-like, of shape ``b.shape + x.shape``
    b : tensor-like
    axes : sequence of int, optional
        Axes of `a` to move to the end first.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: there is no one solution.
    """
    a, b = as_array(a), as_array(b)
    if axes is not None:
        n = a.type.ndim
        a = moveaxis(a, tuple(axes), tuple(range(n - len(axes), n)))
    shape = lengths(a)[b.type.ndim :]
    matrix = reshape(a, (product(lengths(b)), product(shape)))
    return reshape(solve(matrix, flatten(b)), shape)
