"""Let BLAS compute products of matrices: there, to transpose, scale and add costs no pass.

squeeze(dot(A, expand(x)))         ->  gemv(A, x, 1)
dot(transpose(A), B)               ->  gemm{transpose_a}(A, B, 1)
y - eta * dot(transpose(X), r)     ->  gemv{transposed, accumulate}(X, r, -eta, y, 1)
dot of a row and a column          ->  sum(a * b), which fuses with what makes a and b
dot of a column and a row          ->  a * b
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.ir.ops.blas import DTYPES, Gemm, Gemv
from lamina.ir.ops.dimshuffle import NEW
from lamina.ir.ops.reduction import Sum
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.values import Value, made_by, uniform, used_once


@rewrite("product-of-matrices", "dot")
def product_of_matrices(op: Any, rewriter: Rewriter) -> Value | None:
    """dot of two matrices -> sum, product, gemv or gemm; stacks of matrices stay."""
    a, b = map(rewriter.value, op.operands)
    if a.ndim != 2 or b.ndim != 2 or a.dtype not in DTYPES or b.dtype != a.dtype:
        return None
    row = nd.static_shape(a.ssa)[0] == 1
    column = nd.static_shape(b.ssa)[1] == 1
    if row and column:
        product = _vector(a, 1) * _vector(b, 0)
        return rewriter.value(rewriter.apply(Sum((0,)), [product])).dimshuffle((NEW, NEW))
    if nd.static_shape(a.ssa)[1] == 1 and nd.static_shape(b.ssa)[0] == 1:
        return a * b
    one = rewriter.number(1, a.dtype)
    if column:
        matrix, transposed = _transposed(a.ssa)
        return rewriter.value(
            rewriter.apply(Gemv(transposed), [matrix, _vector(b, 0), one])
        ).dimshuffle((0, NEW))
    if row:
        matrix, transposed = _transposed(b.ssa)
        return rewriter.value(
            rewriter.apply(Gemv(not transposed), [matrix, _vector(a, 1), one])
        ).dimshuffle((NEW, 0))
    left, transpose_a = _transposed(a.ssa)
    right, transpose_b = _transposed(b.ssa)
    return rewriter.value(rewriter.apply(Gemm(transpose_a, transpose_b), [left, right, one]))


def _vector(matrix: Value, axis: int) -> Value:
    """The one row or column of a matrix, whose elements are along `axis`."""
    made = made_by(matrix.ssa, "dimshuffle")
    order = (NEW, 0) if axis else (0, NEW)
    if made is not None and made.definition.order == order and nd.rank(made.operands[0]) == 1:
        return matrix.rewriter.value(made.operands[0])
    return matrix.dimshuffle((axis,))


def _transposed(matrix: SSAValue) -> tuple[SSAValue, bool]:
    made = made_by(matrix, "dimshuffle")
    if made is not None and made.definition.order == (1, 0) and nd.rank(made.operands[0]) == 2:
        return made.operands[0], True
    return matrix, False


@rewrite("transposed-operand", "gemv", "gemm", needs=("dimshuffle",))
def transposed_operand(op: Any, rewriter: Rewriter) -> Value | None:
    """gemm(transpose(A), B) -> gemm{transpose_a}(A, B)."""
    operands = list(op.operands)
    d = op.definition
    first, flip_a = _transposed(operands[0])
    second, flip_b = _transposed(operands[1]) if isinstance(d, Gemm) else (operands[1], False)
    if not flip_a and not flip_b:
        return None
    operands[:2] = first, second
    if isinstance(d, Gemv):
        changed: Any = Gemv(not d.transposed, d.accumulate)
    else:
        changed = Gemm(d.transpose_a ^ flip_a, d.transpose_b ^ flip_b, d.accumulate)
    return rewriter.value(rewriter.apply(changed, operands))


@rewrite("transposed-product", "dimshuffle", needs=("gemm",))
def transposed_product(op: Any, rewriter: Rewriter) -> Value | None:
    """transpose(gemm(A, B)) -> gemm{transpose_a, transpose_b}(B, A), where it is used here only."""
    made = made_by(op.operands[0], "gemm")
    if made is None or op.definition.order != (1, 0) or not used_once(op.operands[0]):
        return None
    d = made.definition
    if d.accumulate:
        return None
    a, b, alpha = made.operands
    return rewriter.value(rewriter.apply(Gemm(not d.transpose_b, not d.transpose_a), [b, a, alpha]))


def _product(value: SSAValue) -> Any:
    """The gemv or gemm that made `value`, where it adds to nothing and is used here only."""
    made: Any = value.owner
    if (
        not isinstance(made, Operation)
        or made.name not in ("nd.gemv", "nd.gemm")
        or not used_once(value)
    ):
        return None
    return None if made.definition.accumulate else made  # type: ignore[attr-defined]


def _is_scale(value: SSAValue) -> bool:
    """Whether `value` may become alpha. BLAS does not compute where alpha is 0; 0 * inf is NaN."""
    if nd.rank(value):
        return False
    number = uniform(value)
    return not config.strict_ieee or (
        number is not None and number != 0 and bool(np.isfinite(number))
    )


def _scalar(value: SSAValue, rewriter: Rewriter) -> SSAValue | None:
    """The 0-d value that fills `value`."""
    number = uniform(value)
    if number is not None:
        return rewriter.number(number, nd.dtype_of(value))
    return value if nd.rank(value) == 0 else None


def _scaled(made: Any, alpha: Value, rewriter: Rewriter) -> Value:
    return rewriter.value(rewriter.apply(made.definition, [*made.operands[:2], alpha]))


@rewrite("scaled-product", "mul", "neg", needs=("gemv", "gemm"))
def scaled_product(op: nd.ElementwiseOp, rewriter: Rewriter) -> Value | None:
    """c * gemv(A, x, alpha) -> gemv(A, x, c * alpha) for 0-d c; so negatives."""
    if op.name == "nd.neg":
        made = _product(op.operands[0])
        return None if made is None else _scaled(made, -rewriter.value(made.operands[2]), rewriter)
    for product, scale in (op.operands, op.operands[::-1]):
        made = _product(product)
        c = _scalar(scale, rewriter) if made is not None else None
        if made is not None and c is not None and _is_scale(c):
            alpha = rewriter.value(made.operands[2])
            definition: Any = op.definition
            return _scaled(made, definition(alpha, rewriter.value(c)), rewriter)
    return None


@rewrite("product-of-scaled-matrix", "gemv", "gemm", needs=("mul", "neg"))
def product_of_scaled_matrix(op: Any, rewriter: Rewriter) -> Value | None:
    """gemv(c * A, x, alpha) -> gemv(A, x, c * alpha) for 0-d c, where c * A is used here only."""
    operands = list(map(rewriter.value, op.operands))
    for i in range(2):
        matrix = operands[i].ssa
        made: Any = matrix.owner
        if not isinstance(made, nd.ElementwiseOp) or not used_once(matrix):
            continue
        if made.name == "nd.neg":
            operands[i], operands[2] = rewriter.value(made.operands[0]), -operands[2]
            return rewriter.value(rewriter.apply(op.definition, operands))
        if made.name != "nd.mul":
            continue
        for v, scale in (made.operands, made.operands[::-1]):
            c = _scalar(scale, rewriter)
            if c is not None and _is_scale(c) and v.type == matrix.type:
                operands[i], operands[2] = rewriter.value(v), operands[2] * rewriter.value(c)
                return rewriter.value(rewriter.apply(op.definition, operands))
    return None


@rewrite("sum-with-product", "add", "sub", needs=("gemv", "gemm"))
def sum_with_product(op: nd.ElementwiseOp, rewriter: Rewriter) -> Value | None:
    """y - gemv(A, x, alpha) -> gemv{accumulate}(A, x, -alpha, y, 1); 0-d b of b * y is beta.

    Refuses where the sum is read by a loop, in which adding costs nothing, and where y is not of
    the product's shape.
    """
    if any(
        isinstance(use.operation, nd.ElementwiseOp) or _is_reduction(use.operation)
        for use in op.results[0].uses
    ):
        return None
    left, right = op.operands
    for product, other, is_left in ((right, left, False), (left, right, True)):
        made = _product(product)
        if made is None or not _same_shape(other, product):
            continue
        subtracted = op.name == "nd.sub"
        alpha = rewriter.value(made.operands[2])
        y, beta = _with_scale(other, rewriter)
        if subtracted and is_left:
            beta = -beta
        elif subtracted:
            alpha = -alpha
        d = made.definition
        if isinstance(d, Gemv):
            accumulating: Any = Gemv(d.transposed, True)
        else:
            accumulating = Gemm(d.transpose_a, d.transpose_b, True)
        return rewriter.value(rewriter.apply(accumulating, [*made.operands[:2], alpha, y, beta]))
    return None


def _is_reduction(op: Operation) -> bool:
    return op.name in (
        "nd.sum",
        "nd.prod",
        "nd.max",
        "nd.min",
        "nd.all",
        "nd.any",
        "nd.argmax",
        "nd.argmin",
    )


def _same_shape(value: SSAValue, product: SSAValue) -> bool:
    """Whether `value` has every dimension of the product: neither is broadcast."""
    a, b = nd.static_shape(value), nd.static_shape(product)
    return len(a) == len(b) and all(
        n == m or (None in (n, m) and 1 not in (n, m)) for n, m in zip(a, b, strict=True)
    )


def _with_scale(value: SSAValue, rewriter: Rewriter) -> tuple[SSAValue, Value]:
    """(y, b) such that `value` is b * y."""
    made = made_by(value, "mul")
    if made is not None and used_once(value):
        for y, scale in (made.operands, made.operands[::-1]):
            b = _scalar(scale, rewriter)
            if b is not None and _is_scale(b) and y.type == value.type:
                return y, rewriter.value(b)
    return value, rewriter.value(rewriter.number(1, nd.dtype_of(value)))


BLAS = (
    product_of_matrices, transposed_operand, transposed_product, scaled_product,
    product_of_scaled_matrix, sum_with_product,
)  # fmt: skip
