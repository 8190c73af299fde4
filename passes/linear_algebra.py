"""Inverses, systems of equations and products of matrices of which something is known.

inv(A) @ B                   ->  solve(A, B)
solve(L, B), L triangular    ->  solve_triangular(L, B)
transpose(A) @ transpose(B)  ->  transpose(B @ A)
diag(v) @ B                  ->  v[:, None] * B

What cannot be solved still raises, but where nothing is solved any more: inv(inv(A)) -> A.
"""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.contraction import Blockwise, Dot
from lamina.ir.ops.linear_algebra import (
    CholeskySolve,
    Det,
    MatrixInverse,
    Solve,
    SolveTriangular,
)
from lamina.ir.ops.reduction import Sum
from lamina.passes.driver import Rewriter
from lamina.passes.matrix_bands import band
from lamina.passes.matrix_facts import (
    is_orthogonal,
    is_positive_definite,
    is_symmetric,
    is_transposed,
    transposed_of,
)
from lamina.passes.matrix_forms import (
    WHOLE,
    as_kronecker,
    as_main_diagonal,
    diagonal_of,
    given_diagonal,
    identity,
    is_square,
    kronecker,
    length,
    main_diagonal,
)
from lamina.passes.rules import Rule, Var, rewrite, transposed
from lamina.passes.values import Value, kind, made_by, uniform, used_once

A, B = Var("A"), Var("B")
_PRODUCT = nd.ARRAY_CLASSES["dot"]
_dot, _inv, _det = Blockwise(Dot()), MatrixInverse(), Det()

RULES = (
    Rule("inverse-of-inverse", before=_inv(_inv(A)), after=A, kinds="fc", keeps_nan=False,
         reason="nothing is inverted"),
    Rule("inverse-of-transpose", before=_inv(transposed(A)), after=transposed(_inv(A)),
         kinds="fc", reason="transposes move outwards, where they meet"),
    Rule("determinant-of-transpose", before=_det(transposed(A)), after=_det(A), kinds="fc",
         reason="no transpose"),
    Rule("determinant-of-inverse", before=_det(_inv(A)), after=1 / _det(A), kinds="fc",
         once=True, keeps_nan=False, reason="a third of the work"),
    Rule("determinant-of-product", before=_det(_dot(A, B)), after=_det(A) * _det(B), kinds="fc",
         once=True, keeps_nan=False, when=lambda m: is_square(m.A) and is_square(m.B),
         reason="two decompositions cost less than a product and one"),
    Rule("product-of-transposes", before=_dot(transposed(A), transposed(B)),
         after=transposed(_dot(B, A)), kinds="biufc", once=True,
         reason="transposes move outwards, where they meet"),
    Rule("transpose-of-product-with-transpose-left", before=transposed(_dot(transposed(A), B)),
         after=_dot(transposed(B), A), kinds="biufc", once=True, reason="one transpose less"),
    Rule("transpose-of-product-with-transpose-right", before=transposed(_dot(A, transposed(B))),
         after=_dot(B, transposed(A)), kinds="biufc", once=True, reason="one transpose less"),
)  # fmt: skip


@rewrite("product-with-inverse-of-matrix", "dot", needs=("matrix_inverse",), keeps_nan=False)
def product_with_inverse(op: Any, rewriter: Rewriter) -> Value | None:
    """inv(A) @ B -> solve(A, B), B @ inv(A) -> transpose(solve(transpose(A), transpose(B))).

    A third of the work, and a smaller residual (Higham, Accuracy and Stability, 2002, 14.1).
    """
    left, right = op.operands
    made = made_by(left, "matrix_inverse")
    if made is not None and used_once(left):
        a, b = made.operands[0], right
        if a is b:
            return None
        return rewriter.value(rewriter.apply(Solve("gen", False, 2), [a, b]))
    made = made_by(right, "matrix_inverse")
    if made is not None and used_once(right) and made.operands[0] is not left:
        a, b = (transposed(rewriter.value(v)) for v in (made.operands[0], left))
        return transposed(rewriter.value(rewriter.apply(Solve("gen", False, 2), [a, b])))
    return None


@rewrite("product-that-is-the-identity", "dot", keeps_nan=False)
def product_that_is_identity(op: Any, rewriter: Rewriter) -> Value | None:
    """A @ inv(A) -> identity; Q @ transpose(Q) -> identity for orthogonal Q."""
    left, right = op.operands
    if nd.rank(left) != 2 or kind(left) not in "fc":
        return None
    for a, b in ((left, right), (right, left)):
        made = made_by(b, "matrix_inverse")
        inverse = made is not None and made.operands[0] is a
        if inverse or (is_transposed(a, b) and is_orthogonal(a)):
            return identity(rewriter.value(a))
    return None


@rewrite("product-with-diagonal-matrix", "dot", keeps_nan=False)
def product_with_diagonal(op: Any, rewriter: Rewriter) -> Value | None:
    """diag(v) @ B -> v[:, None] * B, A @ diag(v) -> A * v: n times less work."""
    left, right = map(rewriter.value, op.operands)
    if not _may_be_diagonal(left.ssa) and not _may_be_diagonal(right.ssa):
        return None
    v = diagonal_of(left) if _may_be_diagonal(left.ssa) and is_square(left.ssa) else None
    if v is not None:
        return (v if v.ndim == 0 else v.with_axes([v.ndim])) * right
    v = diagonal_of(right) if _may_be_diagonal(right.ssa) and is_square(right.ssa) else None
    if v is not None:
        return left * (v if v.ndim < 2 else v.with_axes([v.ndim - 1]))
    return None


def _may_be_diagonal(value: SSAValue) -> bool:
    return band(value).is_diagonal and nd.rank(value) >= 2


@rewrite("product-with-solution", "dot", needs=("solve", "solve_triangular"), keeps_nan=False)
def product_with_solution(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """A @ solve(A, B) -> B."""
    a, right = op.operands
    made: Any = made_by(right, "solve")
    if made is None or made.definition.b_ndim != 2 or made.operands[0] is not a:
        return None
    return made.operands[1] if made.definition.assume_a == "gen" else None


@rewrite("solution-of-own-product", "solve", needs=("dot",), keeps_nan=False)
def solution_of_own_product(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """solve(A, A @ B) -> B."""
    a, right = op.operands
    made = made_by(right, "dot")
    if made is None or op.definition.b_ndim != 2 or op.definition.assume_a != "gen":
        return None
    return made.operands[1] if made.operands[0] is a else None


@rewrite("inverse-of-known-matrix", "matrix_inverse")
def inverse_of_known(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """Inverses of orthogonal, triangular, diagonal matrices and of Kronecker products.

    inv(Q) -> transpose(Q), inv(L) -> solve_triangular(L, I), inv(c I) -> I / c,
    inv(kron(A, B)) -> kron(inv(A), inv(B)).
    """
    (value,) = op.operands
    a = rewriter.value(value)
    if is_orthogonal(value):
        return transposed(a)
    if op.results[0].get_user_of_unique_use().__class__ is _PRODUCT:
        return None  # to be solved
    own = band(value)
    if own.is_diagonal:
        v = diagonal_of(a)
        if v is not None and v.ndim == 0 and uniform(v.ssa) not in (None, 0):
            return identity(a) * (1 / v)
        return _solved(Solve("diagonal", False, 2), a, _stack(a), rewriter)
    if own.is_lower or own.is_upper:
        return _solved(SolveTriangular(0, own.is_lower), a, _stack(a), rewriter)
    factors = as_kronecker(value) if used_once(value) else None
    if factors is not None and all(map(is_square, factors)):
        left, right = (rewriter.value(rewriter.apply(MatrixInverse(), [x])) for x in factors)
        return kronecker(left, right)
    return None


def _stack(a: Value) -> Value:
    """Identities to be solved for, with dimensions of length 1 for a batch."""
    return identity(a).with_axes(range(a.ndim - 2))


def _solved(solver: Any, a: Value, b: Value, rewriter: Rewriter) -> Value:
    return rewriter.value(rewriter.apply(solver, [a, b]))


@rewrite("system-of-known-structure", "solve")
def system_of_known_structure(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """solve(A, B) by what is known of A: the cheapest of LAPACK's drivers that may be used.

    Of an orthogonal A it is transpose(A) @ B, of the inverse of C it is C @ B.
    """
    definition: Solve = op.definition
    if definition.assume_a not in ("gen", "sym", "pos"):
        return None
    value, right = op.operands
    a, b = rewriter.value(value), rewriter.value(right)
    inverted = made_by(value, "matrix_inverse")
    if definition.b_ndim == 2 and (inverted is not None or is_orthogonal(value)):
        matrix = transposed(a) if inverted is None else rewriter.value(inverted.operands[0])
        return _product(matrix, b)
    own, ndim = band(value), definition.b_ndim
    if own.is_diagonal:
        return _solved(Solve("diagonal", False, ndim), a, b, rewriter)
    if own.is_lower or own.is_upper:
        return _solved(SolveTriangular(0, own.is_lower, False, ndim), a, b, rewriter)
    if definition.assume_a == "pos":
        return None
    factor = _triangular_factor(value)
    if factor is not None:
        return _solved(CholeskySolve(True, ndim), rewriter.value(factor), b, rewriter)
    if is_positive_definite(value):
        return _solved(Solve("pos", True, ndim), a, b, rewriter)
    if definition.assume_a == "gen" and is_symmetric(value):
        return _solved(Solve("sym", True, ndim), a, b, rewriter)
    return None


def _product(a: Value, b: Value) -> Value:
    ndim = max(a.ndim, b.ndim)
    return _dot(*(x.with_axes(range(ndim - x.ndim)) for x in (a, b)))


def _triangular_factor(value: SSAValue) -> SSAValue | None:
    """L, lower triangular, of L @ transpose(L)."""
    made = made_by(value, "dot")
    if made is None or kind(value) != "f":
        return None
    left, right = made.operands
    if transposed_of(right) is left and band(left).is_lower:
        return left
    return None


@rewrite("transposed-triangular-matrix", "solve_triangular", needs=("dimshuffle",))
def transposed_triangular(op: Any, rewriter: Rewriter) -> Value | None:
    """solve_triangular(transpose(L), B) -> solve_triangular{trans}(L, B): nothing is copied."""
    d: SolveTriangular = op.definition
    inner = transposed_of(op.operands[0])
    if inner is None or d.trans == 2:
        return None
    changed = SolveTriangular(1 - d.trans, not d.lower, d.unit_diagonal, d.b_ndim)
    return rewriter.value(rewriter.apply(changed, [inner, op.operands[1]]))


@rewrite("diagonal-of-known-matrix", "subtensor", needs=("reshape",))
def diagonal_of_known(op: Any, rewriter: Rewriter) -> Value | None:
    """diagonal(A @ B) -> sum(A * transpose(B), -1), diagonal(transpose(A)) -> diagonal(A).

    The first needs n products an element in place of n squared: trace(A @ B) too.
    """
    value = as_main_diagonal(op.results[0])
    if value is None:
        return None
    product = made_by(value, "dot")
    if product is not None and used_once(value):
        a, b = map(rewriter.value, product.operands)
        b = transposed(b)
        if not is_square(value):  # its diagonal is as long as the shorter side
            count = ops.minimum(length(a, -2), length(b, -2))
            a, b = (_rows(x, count) for x in (a, b))
        return rewriter.value(rewriter.apply(Sum((a.ndim - 1,)), [a * b]))
    if not is_square(value):
        return None
    inner = transposed_of(value)
    if inner is not None:
        return main_diagonal(rewriter.value(inner))
    if nd.constant_data(value) is None and made_by(value, "eye") is None:
        v = _given_diagonal(rewriter.value(value))
        if v is not None:
            return v
    return None


def _rows(x: Value, count: Value) -> Value:
    """The first rows."""
    index = (*[WHOLE] * (x.ndim - 2), (False, True, False))
    return x.rewriter.value(x.rewriter.apply(Subtensor(index), [x.ssa, count.ssa]))


def _given_diagonal(matrix: Value) -> Value | None:
    """What a matrix was made of as its diagonal, if that is a vector."""
    if made_by(matrix.ssa, "reshape") is None and made_by(matrix.ssa, "switch") is None:
        return None
    v = given_diagonal(matrix)
    return v if v is not None and v.ndim == matrix.ndim - 1 else None


CANONICAL_MATRICES = (
    *RULES, product_that_is_identity, product_with_diagonal, product_with_solution,
    solution_of_own_product, diagonal_of_known,
)  # fmt: skip
SOLVES = (
    product_with_inverse, inverse_of_known, system_of_known_structure, transposed_triangular,
)  # fmt: skip
