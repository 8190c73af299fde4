"""Parts and adjoints of stacks of matrices, as gradients of linear algebra need them."""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import length
from lamina.ir.ops.constant import constant
from lamina.ir.ops.creation import arange
from lamina.ir.ops.diagonal import diagonal
from lamina.ir.ops.dimshuffle import expand_dims, matrix_transpose
from lamina.ir.ops.triangle import tril, triu


def adjoint(x: Any) -> Any:
    """The conjugate transposes."""
    return nd.conj(matrix_transpose(x))


def main_diagonal(x: Any) -> Any:
    """The diagonals, of shape (..., min(m, n))."""
    return diagonal(x, 0, -2, -1)


def diagonal_matrix(v: Any) -> Any:
    """The square matrices with `v` of shape (..., n) on their diagonals."""
    zero = constant(0, dtype=v.type.dtype)
    return nd.switch(on_diagonal(length(v, -1)), expand_dims(v, -1), zero)


def on_diagonal(n: Any) -> Any:
    """Where an element of an n by n matrix is on the diagonal."""
    i = arange(n)
    return nd.eq(expand_dims(i, 1), i)


def without_diagonal(x: Any) -> Any:
    """Square matrices with zeros on their diagonals."""
    return nd.switch(on_diagonal(length(x, -1)), constant(0, dtype=x.type.dtype), x)


def scaled_columns(x: Any, v: Any) -> Any:
    """``x @ diag(v)``."""
    return x * expand_dims(v, -2)


def on_triangle(s: Any, lower: bool, conjugate: bool = True) -> Any:
    """The cotangent of a function that reads one triangle of a Hermitian matrix, or of a symmetric
    one if not `conjugate`; `s` is its cotangent if the matrix were any.
    """
    other = adjoint(s) if conjugate else matrix_transpose(s)
    both = tril(s + other, -1) if lower else triu(s + other, 1)
    d = main_diagonal(s)
    return both + diagonal_matrix(nd.real(d) if conjugate else d)


def inverse_differences(v: Any) -> Any:
    """1 / (v[j] - v[i]), and 0 where they are equal.

    Equal eigenvalues have no derivatives of their vectors; a function of their subspace alone has
    one, to which they add nothing.
    """
    difference = expand_dims(v, -2) - expand_dims(v, -1)
    equal = nd.eq(difference, constant(0, dtype=v.type.dtype))
    one, zero = (constant(n, dtype=v.type.dtype) for n in (1, 0))
    return nd.switch(equal, zero, one / nd.switch(equal, one, difference))
