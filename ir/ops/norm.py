"""Norms of vectors and matrices."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, float_dtype
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.dimshuffle import expand_dims, moveaxis
from lamina.ir.ops.reduction import max as largest
from lamina.ir.ops.reduction import min as smallest
from lamina.ir.ops.reduction import sum as total
from lamina.ir.ops.reshape import flatten


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of vectors or matrices, as ``numpy.linalg.norm``.

    Parameters
    ----------
    x : tensor-like
        A vector or matrix; of any rank where `axis` tells vectors or matrices in it, or neither it
        nor `ord` is given. Integers are converted to floatX.
    ord : {None, number, inf, -inf, "fro", "nuc"}
        Of a vector: 2 or None, the root of the sum of squares; inf and -inf, the largest and the
        smallest absolute value; 0, how many elements are not 0; another number p,
        ``sum(abs(x) ** p) ** (1 / p)``.

        Of a matrix: "fro" or None, the root of the sum of squares; 1 and -1, the largest and the
        smallest sum of absolute values of a column; inf and -inf, of a row; 2 and -2, the largest
        and the smallest singular value; "nuc", the sum of the singular values.
    axis : int or pair of int, optional
        The axis of the vectors, or the axes of the rows and the columns of the matrices.
    keepdims : bool
        Whether these stay, with length 1.

    Returns
    -------
    variable
        Of real dtype.

    Raises
    ------
    ValueError
        `ord` is no norm of what it is asked of.
    """
    x = as_array(x)
    x = cast(x, float_dtype(x))
    if axis is None and _is_root_of_squares(ord, x.type.ndim):
        y = nd.sqrt(total(_squares(flatten(x))))
        return expand_dims(y, tuple(range(x.type.ndim))) if keepdims and x.type.ndim else y
    axes = _axes(axis, x.type.ndim)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        if axes[0] == axes[1]:
            raise ValueError("Duplicate axes given.")
        y = _matrix_norm(moveaxis(x, axes, (-2, -1)), ord)
        return expand_dims(y, axes) if keepdims else y
    raise ValueError("Improper number of dimensions to norm.")


def _is_root_of_squares(ord: Any, ndim: int) -> bool:
    if ord is None:
        return True
    return ord == "fro" and ndim == 2 or not isinstance(ord, str) and ord == 2 and ndim == 1


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    try:
        entries = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
        return tuple(normalize_axis(index(a), ndim) for a in entries)
    except TypeError as error:
        raise TypeError("'axis' must be None, an integer or a tuple of integers") from error


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord is None or ord == 2:
        return nd.sqrt(total(_squares(x), axis, keepdims=keepdims))
    if ord == np.inf:
        return largest(nd.abs(x), axis, keepdims)
    if ord == -np.inf:
        return smallest(nd.abs(x), axis, keepdims)
    if ord == 0:
        return total(cast(nd.neq(x, 0), real_dtype(x.type.dtype)), axis, keepdims=keepdims)
    if ord == 1:
        return total(nd.abs(x), axis, keepdims=keepdims)
    p = float(ord)
    return total(nd.abs(x) ** p, axis, keepdims=keepdims) ** (1 / p)


def _matrix_norm(x: Any, ord: Any) -> Any:
    """The norm of the matrices along the last two axes."""
    if ord is None or ord in ("fro", "f"):
        return nd.sqrt(total(_squares(x), (-2, -1)))
    if isinstance(ord, str) and ord == "nuc":
        return total(_singular_values(x), -1)
    if not isinstance(ord, str) and abs(ord) == 2:
        return (largest if ord > 0 else smallest)(_singular_values(x), -1)
    if not isinstance(ord, str) and (abs(ord) == 1 or abs(ord) == np.inf):
        sums = total(nd.abs(x), -2 if abs(ord) == 1 else -1)
        return (largest if ord > 0 else smallest)(sums, -1)
    raise ValueError(f"Invalid norm order {ord!r} for matrices.")


def _squares(x: Any) -> Any:
    """The squares of absolute values, without the roots in between."""
    if np.dtype(x.type.dtype).kind == "c":
        return nd.sqr(nd.real(x)) + nd.sqr(nd.imag(x))
    return nd.sqr(x)


def _singular_values(x: Any) -> Any:
    from lamina.ir.ops.svd import svd

    return svd(x, compute_uv=False)
