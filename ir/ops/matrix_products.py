"""Matrices made of matrices: chains, powers, Kronecker products, blocks on a diagonal."""

from __future__ import annotations

from functools import reduce
from operator import index
from typing import Any

from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import as_array, as_count, length, lengths
from lamina.ir.ops.broadcasting import atleast_2d, broadcast_shape
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import dot, matmul
from lamina.ir.ops.creation import eye, zeros
from lamina.ir.ops.dimshuffle import dimshuffle, shape_padleft
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.indexing import set_subtensor
from lamina.ir.ops.reshape import reshape


def matrix_dot(*args: Any) -> Any:
    """The product of matrices, from left to right."""
    if not args:
        raise ValueError("matrix_dot takes at least one matrix")
    return reduce(dot, map(as_array, args))


def matrix_power(M: Any, n: int) -> Any:
    """The product of `n` times the same matrix.

    Parameters
    ----------
    M : tensor-like
        A square matrix, or a stack of them.
    n : int
        0 gives the identity; of a negative one the inverse is multiplied.

    Notes
    -----
    By squaring: about log2(n) to 2 log2(n) products (D. Knuth, The Art of Computer Programming,
    4.6.3).
    """
    a = as_array(M)
    if a.type.ndim < 2:
        raise ValueError(f"matrix_power takes square matrices, got {a.type}")
    rows, columns = a.type.shape[-2:]
    if None not in (rows, columns) and rows != columns:
        raise ValueError(f"Last 2 dimensions of the array must be square, got {a.type}")
    try:
        n = index(n)
    except TypeError as error:
        raise TypeError("exponent must be an integer") from error
    if n < 0:
        from lamina.ir.ops.matrix_inverse import inv

        return matrix_power(inv(a), -n)
    if n == 0:
        return broadcast_to(eye(length(a, -1), dtype=a.type.dtype), lengths(a))
    result, square = None, a
    while True:
        if n % 2:
            result = square if result is None else matmul(result, square)
        n //= 2
        if not n:
            return result
        square = matmul(square, square)


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: every element of `a` times the whole of `b`.

    Parameters
    ----------
    a, b : tensor-like
        Of any rank; the one of lower rank gets dimensions in front.

    Returns
    -------
    variable
        Whose lengths are the products of those of `a` and `b`.
    """
    a, b = as_array(a), as_array(b)
    ndim = max(a.type.ndim, b.type.ndim)
    a, b = (shape_padleft(x, ndim - x.type.ndim) for x in (a, b))
    left = dimshuffle(a, [d for i in range(ndim) for d in (i, "x")])
    right = dimshuffle(b, [d for i in range(ndim) for d in ("x", i)])
    return reshape(left * right, [length(a, i) * length(b, i) for i in range(ndim)])


def block_diag(*matrices: Any) -> Any:
    """Matrices along the diagonal of one that has zeros elsewhere.

    Parameters
    ----------
    *matrices : tensor-like
        Vectors are rows. The dimensions before the last two are broadcast against each other.
    """
    blocks = [atleast_2d(as_array(m)) for m in matrices] or [zeros((1, 0))]
    dtype = common_dtype([x.type.dtype for x in blocks])
    batch = _batch_shape(blocks)
    rows, columns = ([as_count(length(x, axis)) for x in blocks] for axis in (-2, -1))
    y = zeros((*batch, sum(rows[1:], rows[0]), sum(columns[1:], columns[0])), dtype)
    row, column = 0, 0
    for x, n, m in zip(blocks, rows, columns, strict=True):
        y = set_subtensor(y[..., row : row + n, column : column + m], cast(x, dtype))
        row, column = row + n, column + m
    return y


def _batch_shape(blocks: list[Any]) -> tuple[Any, ...]:
    shapes = [lengths(x)[:-2] for x in blocks if x.type.ndim > 2]
    return broadcast_shape(*shapes, arrays_are_shapes=True) if shapes else ()
