"""Products of matrices with factors, zeros, and other products."""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.alloc import Alloc
from lamina.passes.driver import Rewriter
from lamina.passes.matrix_bands import is_zero
from lamina.passes.rules import rewrite
from lamina.passes.values import Value, kind, made_by, used_once


@rewrite("product-with-scaled-matrix", "dot", needs=("mul", "neg", "true_div"), keeps_nan=False)
def product_with_scaled(op: Any, rewriter: Rewriter) -> Value | None:
    """dot(a * A, B) -> a * dot(A, B) for 0-d a, where a * A is used here only; so -A and A / a.

    The product takes it as its factor alpha, or what is done with the product does.
    """
    operands = list(map(rewriter.value, op.operands))
    for i, matrix in enumerate(op.operands):
        made: Any = matrix.owner
        if not isinstance(made, nd.ElementwiseOp) or not used_once(matrix):
            continue
        if made.name == "nd.neg":
            operands[i] = rewriter.value(made.operands[0])
            return -op.definition(*operands)
        if made.name not in ("nd.mul", "nd.true_div") or kind(matrix) not in "fc":
            continue
        pairs = [made.operands, made.operands[::-1]]
        for inner, a in pairs if made.name == "nd.mul" else pairs[:1]:
            if nd.rank(a) == 0 and inner.type == matrix.type:
                operands[i] = rewriter.value(inner)
                return made.definition(op.definition(*operands), rewriter.value(a))
    return None


@rewrite("product-with-zeros", "dot", keeps_nan=False)
def product_with_zeros(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """dot(zeros, B) -> zeros."""
    a, b = op.operands
    if nd.rank(a) != 2 or not (is_zero(a) or is_zero(b)):
        return None
    zero = rewriter.number(0, nd.dtype_of(op.results[0]))
    return rewriter.apply(Alloc(), [zero, rewriter.dim(a, 0), rewriter.dim(b, 1)])


@rewrite("product-of-product-and-vector", "dot", needs=("dot",))
def product_of_product_and_vector(op: Any, rewriter: Rewriter) -> Value | None:
    """(A @ B) @ x -> A @ (B @ x), x @ (A @ B) -> (x @ A) @ B: n times less work.

    Where the product of matrices is used here only, and they are no rows or columns themselves.
    """
    left, right = op.operands
    if nd.rank(left) != 2 or kind(left) not in "fc":
        return None
    dot = op.definition
    made = made_by(left, "dot")
    if made is not None and used_once(left) and nd.static_shape(right)[1] == 1:
        a, b = made.operands
        if nd.static_shape(a)[0] != 1 and nd.static_shape(a)[1] != 1:
            a, b, x = map(rewriter.value, (a, b, right))
            return dot(a, dot(b, x))
    made = made_by(right, "dot")
    if made is not None and used_once(right) and nd.static_shape(left)[0] == 1:
        a, b = made.operands
        if nd.static_shape(b)[1] != 1 and nd.static_shape(b)[0] != 1:
            x, a, b = map(rewriter.value, (left, a, b))
            return dot(dot(x, a), b)
    return None


PRODUCTS_OF_MATRICES = (product_with_zeros, product_with_scaled, product_of_product_and_vector)
