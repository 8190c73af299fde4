"""What is known of a matrix: whether it is symmetric, positive definite, orthogonal.

Facts come from `assume`, from how a matrix is made, from facts about its parts (a product of
orthogonal matrices is one), and from the values of constants. Of a stack they hold for every matrix
in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.passes.matrix_bands import DEPTH, MOST_ELEMENTS, is_whole_matrix
from lamina.passes.rules import transposed
from lamina.passes.values import kind, made_by, maker, uniform

_SYMMETRIC_BY_PARTS = ("matrix_inverse", "expm", "assume", "check")


def states(value: SSAValue, *facts: str) -> bool:
    """Whether an assumption states one of `facts` of `value`."""
    op: Any = made_by(value, "assume")
    return op is not None and not set(facts).isdisjoint(op.definition.facts.split(","))


def is_transposed(a: SSAValue, b: SSAValue) -> bool:
    """Whether one is the transpose of the other."""
    return transposed_of(a) is b or transposed_of(b) is a


def transposed_of(value: SSAValue) -> SSAValue | None:
    """x, of the transpose of x."""
    op: Any = made_by(value, "dimshuffle")
    return op.operands[0] if op is not None and transposed.fits(op) else None


def is_symmetric(value: SSAValue, depth: int = DEPTH) -> bool:
    """Whether a real matrix is its own transpose."""
    if kind(value) == "c" or nd.rank(value) < 2:
        return False
    data = nd.constant_data(value)
    if data is not None:
        square = data.shape[-1] == data.shape[-2] and data.size <= MOST_ELEMENTS
        return square and np.array_equal(data, data.swapaxes(-1, -2))
    if states(value, "symmetric", "diagonal"):
        return True
    op = maker(value)
    if op is None or not depth:
        return False
    if is_positive_semidefinite(value, depth):
        return True
    if isinstance(op, nd.ElementwiseOp):
        whole = [v for v in op.operands if is_whole_matrix(v, value)]
        if len(whole) == 2 and op.name in ("nd.add", "nd.mul") and is_transposed(*whole):
            return True
        numbers = all(nd.rank(v) == 0 for v in op.operands if v not in whole)
        return bool(whole) and numbers and all(is_symmetric(v, depth - 1) for v in whole)
    inner = transposed_of(value)
    if inner is not None:
        return is_symmetric(inner, depth - 1)
    return op.name[3:] in _SYMMETRIC_BY_PARTS and is_symmetric(op.operands[0], depth - 1)


def is_positive_semidefinite(value: SSAValue, depth: int = DEPTH) -> bool:
    """Whether surely all x^T A x >= 0, and A is symmetric."""
    if states(value, "positive_semidefinite") or is_positive_definite(value, depth):
        return True
    op = maker(value)
    if kind(value) != "f" or op is None or not depth:
        return False
    if op.name == "nd.dot":
        return is_transposed(*op.operands)
    return _by_parts(op, value, is_positive_semidefinite, depth)


def is_positive_definite(value: SSAValue, depth: int = DEPTH) -> bool:
    """Whether surely all x^T A x > 0 for x that is not 0, and A is symmetric."""
    if states(value, "positive_definite"):
        return True
    data = nd.constant_data(value)
    if data is not None:
        return is_symmetric(value, 0) and _has_factor(data)
    op = maker(value)
    if kind(value) != "f" or op is None or not depth:
        return False
    match op.name:
        case "nd.eye":
            return uniform(op.operands[2]) == 0 and op.operands[0] is op.operands[1]
        case "nd.dot":
            return is_transposed(*op.operands) and any(
                has_positive_diagonal(v) for v in op.operands
            )
        case "nd.add":
            a, b = op.operands
            if not (is_whole_matrix(a, value) and is_whole_matrix(b, value)):
                return False
            return any(
                is_positive_definite(v, depth - 1) and is_positive_semidefinite(w, depth - 1)
                for v, w in ((a, b), (b, a))
            )
        case "nd.matrix_inverse":
            return is_positive_definite(op.operands[0], depth - 1)
    return _by_parts(op, value, is_positive_definite, depth)


def _has_factor(data: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(data.astype(np.float64))
    except np.linalg.LinAlgError:
        return False
    return True


def _by_parts(op: Any, value: SSAValue, fact: Any, depth: int) -> bool:
    """Whether a fact that positive multiples, sums and transposes keep holds for the parts."""
    match op.name:
        case "nd.assume" | "nd.check":
            return fact(op.operands[0], depth - 1)
        case "nd.add":
            return all(is_whole_matrix(v, value) and fact(v, depth - 1) for v in op.operands)
        case "nd.mul" | "nd.true_div":
            for a, c in (op.operands, op.operands[::-1]):
                number = uniform(c)
                positive = number is not None and 0 < number < np.inf
                if positive and fact(a, depth - 1) and (op.name == "nd.mul" or c is op.operands[1]):
                    return True
    inner = transposed_of(value)
    return inner is not None and fact(inner, depth - 1)


def has_positive_diagonal(value: SSAValue) -> bool:
    """Whether `value` is a Cholesky factor, or one transposed."""
    inner = transposed_of(value)
    return made_by(value if inner is None else inner, "cholesky") is not None


def is_orthogonal(value: SSAValue, depth: int = DEPTH) -> bool:
    """Whether the inverse of a square real matrix is its transpose."""
    if states(value, "orthogonal"):
        return True
    op = maker(value)
    if kind(value) != "f" or op is None or not depth:
        return False
    inner = transposed_of(value)
    if inner is not None:
        return is_orthogonal(inner, depth - 1)
    match op.name:
        case "nd.eye":
            return uniform(op.operands[2]) == 0 and op.operands[0] is op.operands[1]
        case "nd.dot":
            return all(is_orthogonal(v, depth - 1) for v in op.operands)
        case "nd.assume" | "nd.check" | "nd.matrix_inverse":
            return is_orthogonal(op.operands[0], depth - 1)
        case "nd.svd":
            return op.definition.full_matrices and value in (op.results[0], op.results[2])
        case "nd.eigh":
            return not op.definition.generalized and value is op.results[1]
        case "nd.qr":
            return op.definition.mode == "full" and value is op.results[0]
    return False
