"""Products of vectors, matrices and stacks of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.blockwise import Blockwise
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.dimshuffle import dimshuffle, expand_dims, matrix_transpose, squeeze
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.shapes import broadcast_static


class Dot(ArrayOp):
    """The matrix product of two matrices: the core of ``Blockwise{dot}``."""

    __module__ = "lamina.tensor.math"
    __props__ = ()
    nd_name = "dot"
    gufunc_signature = "(m,k),(k,n)->(m,n)"

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        a, b = types
        if a.ndim < 2 or a.ndim != b.ndim:
            raise TypeError(f"dot takes stacks of matrices of equal rank, got {a} and {b}")
        if None not in (a.shape[-1], b.shape[-2]) and a.shape[-1] != b.shape[-2]:
            raise ValueError(f"dot: {a} and {b} differ in the dimension that is summed")
        batch = broadcast_static([a.shape[:-2], b.shape[:-2]])
        return TensorType(common_dtype([a.dtype, b.dtype]), (*batch, a.shape[-2], b.shape[-1]))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        return np.matmul(*arrays)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (a, b), (g,) = inputs, output_grads
        return [matmul(g, matrix_transpose(_conj(b))), matmul(matrix_transpose(_conj(a)), g)]

    def __str__(self) -> str:
        return "dot"


def _conj(x: Any) -> Any:
    import lamina.ir.operators as nd

    return nd.conj(x) if x.type.dtype.startswith("complex") else x


_matmul = Blockwise(Dot())


def matmul(x1: Any, x2: Any, dtype: Any = None) -> Any:
    """Matrix product as ``numpy.matmul``: of the last two dimensions, over broadcast leading ones.

    A vector is a row on the left and a column on the right; scalars are refused.
    """
    a, b = as_tensor_variable(x1), as_tensor_variable(x2)
    if not a.type.ndim or not b.type.ndim:
        raise ValueError("matmul operand cannot be scalar")
    row, column = a.type.ndim == 1, b.type.ndim == 1
    y = _matmul(expand_dims(a, 0) if row else a, expand_dims(b, 1) if column else b)
    if row and column:
        y = squeeze(y, (y.type.ndim - 2, y.type.ndim - 1))
    elif row:
        y = squeeze(y, y.type.ndim - 2)
    elif column:
        y = squeeze(y, y.type.ndim - 1)
    return y if dtype is None else cast(y, dtype)


def dot(l: Any, r: Any) -> Any:  # noqa: E741
    """Product as ``numpy.dot``: the sum over the last dimension of `l` and the last but one of `r`.

    With a scalar it is the elementwise product.
    """
    import lamina.ir.operators as nd

    a, b = as_tensor_variable(l), as_tensor_variable(r)
    if not a.type.ndim or not b.type.ndim:
        return nd.mul(a, b)
    if a.type.ndim <= 2 and b.type.ndim <= 2 or b.type.ndim == 1:
        return matmul(a, b)
    return _tensor_product(a, b)


def _tensor_product(a: Any, b: Any) -> Any:
    # numpy.dot of higher ranks: y[i..., j..., n] = sum_k a[i..., k] b[j..., k, n], as one matrix
    # product
    from lamina.ir.ops.reshape import reshape
    from lamina.ir.ops.shape import length_of

    k = length_of(a, -1)
    kept_a = [length_of(a, i) for i in range(a.type.ndim - 1)]
    order = (b.type.ndim - 2, *range(b.type.ndim - 2), b.type.ndim - 1)
    moved = dimshuffle(b, order)
    kept_b = [length_of(moved, i) for i in range(1, b.type.ndim)]
    flat = matmul(reshape(a, (_product(kept_a), k)), reshape(moved, (k, _product(kept_b))))
    return reshape(flat, (*kept_a, *kept_b))


def _product(lengths: Sequence[Any]) -> Any:
    from lamina.ir.ops.constant import constant, constant_value

    known = [constant_value(n) for n in lengths]
    if all(n is not None for n in known):
        return constant(np.int64(np.prod(np.array(known, np.int64))))
    y = lengths[0]
    for n in lengths[1:]:
        y = y * n
    return y


def outer(x: Any, y: Any) -> Any:
    """The matrix of products of the elements of two (flattened) arrays."""
    from lamina.ir.ops.reshape import flatten

    x, y = flatten(as_tensor_variable(x)), flatten(as_tensor_variable(y))
    return expand_dims(x, 1) * expand_dims(y, 0)
