"""Determinants, decompositions whose parts are known or not wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir.ops.hermitian_eigen import Eigvalsh
from lamina.ir.ops.linear_algebra import QR, SVD, Cholesky, Det, SLogDet
from lamina.ir.ops.reduction import Prod, Sum
from lamina.passes.driver import Rewriter
from lamina.passes.matrix_bands import band
from lamina.passes.matrix_facts import has_positive_diagonal, is_positive_definite, transposed_of
from lamina.passes.matrix_forms import (
    as_kronecker,
    diagonal_matrix,
    diagonal_of,
    identity,
    is_square,
    length,
    main_diagonal,
)
from lamina.passes.rules import rewrite, transposed
from lamina.passes.values import Value, kind, made_by, uniform, used_once


@rewrite("determinant-of-known-matrix", "det", keeps_nan=False)
def determinant_of_known(op: Any, rewriter: Rewriter) -> Value | None:
    """det(L) -> prod(diagonal(L)) for triangular L, det(c I) -> c**n.

    det(kron(A, B)) -> det(A)**m * det(B)**n for A of n rows, B of m.
    """
    (value,) = op.operands
    a = rewriter.value(value)
    v = _diagonal_of_triangular(a)
    if v is not None:
        if v.ndim:
            return rewriter.value(rewriter.apply(Prod((v.ndim - 1,)), [v]))
        return v ** length(a, -1).cast(v.dtype)
    factors = as_kronecker(value) if used_once(value) else None
    if factors is None or not all(map(is_square, factors)) or kind(value) != "f":
        return None
    x, y = map(rewriter.value, factors)
    det_x, det_y = (rewriter.value(rewriter.apply(Det(), [v])) for v in (x, y))
    return det_x ** length(y, -1).cast(a.dtype) * det_y ** length(x, -1).cast(a.dtype)


def _diagonal_of_triangular(a: Value) -> Value | None:
    """The diagonal of a triangular matrix; None of others."""
    if made_by(a.ssa, "reshape") is None:
        own = band(a.ssa)
        if not own.is_diagonal:
            return main_diagonal(a) if own.is_lower or own.is_upper else None
    return diagonal_of(a)


@rewrite("logarithm-of-determinant", "log", needs=("det", "abs"), keeps_nan=False)
def logarithm_of_determinant(op: Any, rewriter: Rewriter) -> Value | None:
    """log(det(A)) and log(abs(det(A))) from slogdet(A): determinants over- and underflow."""
    (inner,) = op.operands
    modulus = made_by(inner, "abs")
    made = made_by(inner if modulus is None else modulus.operands[0], "det")
    if made is None or kind(made.results[0]) != "f":
        return None
    sign, log = _slogdet(made.operands[0], rewriter)
    return log if modulus is not None else ops.switch(sign >= 0, log, np.nan)


@rewrite("sign-of-determinant", "sign", needs=("det",), keeps_nan=False)
def sign_of_determinant(op: Any, rewriter: Rewriter) -> Value | None:
    """sign(det(A)) -> the sign of slogdet(A): determinants underflow."""
    made = made_by(op.operands[0], "det")
    if made is None or kind(op.results[0]) != "f":
        return None
    return _slogdet(made.operands[0], rewriter)[0]


def _slogdet(a: SSAValue, rewriter: Rewriter) -> tuple[Value, Value]:
    made = rewriter.apply(SLogDet(), [a]).owner
    sign, log = (rewriter.value(v) for v in made.results)  # type: ignore[union-attr]
    return sign, log


@rewrite("slogdet-of-known-matrix", "slogdet", keeps_nan=False)
def slogdet_of_known(op: Any, rewriter: Rewriter) -> bool | None:
    """slogdet(L) -> prod(sign(d)), sum(log(abs(d))) for triangular L with the diagonal d.

    Of a positive definite A they are 1 and 2 sum(log(diagonal(cholesky(A)))).
    """
    (value,) = op.operands
    a = rewriter.value(value)
    if kind(value) != "f":
        return None
    v = _diagonal_of_triangular(a)
    if v is None:
        if not is_positive_definite(value):
            return None
        factor = rewriter.value(rewriter.apply(Cholesky(), [a]))
        log = 2 * _sum(ops.log(main_diagonal(factor)))
        return rewriter.replace_all(op, [ops.second(log, 1), log])
    if not v.ndim:
        v = ops.second(main_diagonal(a), v)
    sign = rewriter.value(rewriter.apply(Prod((v.ndim - 1,)), [ops.sign(v)]))
    return rewriter.replace_all(op, [sign, _sum(ops.log(ops.abs(v)))])


def _sum(v: Value) -> Value:
    return v.rewriter.value(v.rewriter.apply(Sum((v.ndim - 1,)), [v]))


@rewrite("cholesky-of-known-matrix", "cholesky", keeps_nan=False)
def cholesky_of_known(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """cholesky(L @ transpose(L)) -> L for lower triangular L, its columns with positive diagonal.

    cholesky(c I) -> sqrt(c) I for c > 0, and cholesky of a diagonal matrix that is stated to be
    positive definite its root. What else is diagonal may be negative, and must raise.
    """
    (value,) = op.operands
    a = rewriter.value(value)
    if kind(value) != "f":
        return None
    factor = _factor(value)
    if factor is not None:
        lower = rewriter.value(factor)
        if not has_positive_diagonal(factor):
            d = main_diagonal(lower)
            lower = lower * (d / ops.abs(d)).with_axes([d.ndim - 1])  # NaN where singular
        return lower if op.definition.lower else transposed(lower)
    if not band(value).is_diagonal:
        return None
    v = diagonal_of(a)
    if v is None:
        return None
    number = uniform(v.ssa)
    if v.ndim == 0 and number is not None and number > 0:
        return identity(a) * ops.sqrt(v)
    if v.ndim and is_positive_definite(value):
        return diagonal_matrix(ops.sqrt(v))
    return None


def _factor(value: SSAValue) -> SSAValue | None:
    """L of L @ transpose(L), or transpose(U) of transpose(U) @ U."""
    made = made_by(value, "dot")
    if made is None:
        return None
    left, right = made.operands
    if transposed_of(right) is left or transposed_of(left) is right:
        return left if band(left).is_lower and is_square(left) else None
    return None


def _is_used(value: SSAValue) -> bool:
    return value.first_use is not None


@rewrite("singular-vectors-that-are-not-used", "svd")
def unused_singular_vectors(op: Any, rewriter: Rewriter) -> bool | None:
    """svd(A)[1] -> svd(A, compute_uv=False): the vectors are most of the work."""
    if not op.definition.compute_uv or _is_used(op.results[0]) or _is_used(op.results[2]):
        return None
    s = rewriter.value(rewriter.apply(SVD(False, False), op.operands))
    return rewriter.replace_all(op, [None, s, None])


@rewrite("eigenvectors-that-are-not-used", "eigh")
def unused_eigenvectors(op: Any, rewriter: Rewriter) -> bool | None:
    """eigh(A)[0] -> eigvalsh(A): the vectors are most of the work."""
    if _is_used(op.results[1]):
        return None
    d = op.definition
    values = rewriter.apply(Eigvalsh(d.UPLO == "L", d.generalized), op.operands)
    return rewriter.replace_all(op, [rewriter.value(values), None])


@rewrite("orthogonal-factor-that-is-not-used", "qr")
def unused_orthogonal_factor(op: Any, rewriter: Rewriter) -> bool | None:
    """qr(A)[1] -> qr(A, mode="r"): Q is half of the work."""
    d = op.definition
    if d.mode != "full" or d.pivoting or _is_used(op.results[0]):
        return None
    r = rewriter.value(rewriter.apply(QR("r"), op.operands[:1]))
    return rewriter.replace_all(op, [None, r])


DETERMINANTS = (determinant_of_known, cholesky_of_known)
LOG_DETERMINANTS = (logarithm_of_determinant, sign_of_determinant, slogdet_of_known)
UNUSED_PARTS = (unused_singular_vectors, unused_eigenvectors, unused_orthogonal_factor)
