"""Equalities that have no direction: which side is cheaper depends on what else is computed.

Between integers all of them are exact. Between floats one is used where its two sides are bit for
bit the same, and others only where the mode includes the tag "reassociate": that is the user's
leave to round otherwise. Products of matrices are sums, whose order is free.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lamina.ir.operators import sqr
from lamina.ir.ops.blockwise import Blockwise
from lamina.ir.ops.contraction import Dot
from lamina.ir.ops.elementwise import all_elementwise
from lamina.passes.rules import Applied, Rule, Var, _conditions

a, b, c = Var("a"), Var("b"), Var("c")
_dot = Blockwise(Dot())


def _product(x: Any, y: Any) -> Applied:
    return Applied(_dot, (x, y))


ASSOCIATIVITY = tuple(
    Rule(f"associative-{op.nd_name}", before=op(op(a, b), c), after=op(a, op(b, c)), kinds="biufc")
    for op in all_elementwise()
    if op.scalar_op.associative
)

DISTRIBUTIVITY = (
    Rule("sum-of-products", before=a * b + a * c, after=a * (b + c), kinds="iufc"),
    Rule("difference-of-products", before=a * b - a * c, after=a * (b - c), kinds="iufc"),
    Rule("sum-with-product", before=a + a * b, after=a * (b + 1), kinds="iufc"),
    Rule("sum-of-quotients", before=a / c + b / c, after=(a + b) / c, kinds="fc"),
    Rule("difference-of-quotients", before=a / c - b / c, after=(a - b) / c, kinds="fc"),
)

QUOTIENTS = (
    Rule("product-over-number", before=(a * b) / c, after=a * (b / c), kinds="fc"),
    Rule("quotient-of-quotient", before=(a / b) / c, after=a / (b * c), kinds="fc"),
    Rule("quotient-by-quotient", before=a / (b / c), after=(a * c) / b, kinds="fc"),
    Rule("difference-of-sum", before=a - (b + c), after=(a - b) - c, kinds="iufc"),
    Rule("sum-with-difference", before=a + (b - c), after=(a + b) - c, kinds="iufc"),
    Rule("product-of-squares", before=sqr(a) * sqr(b), after=sqr(a * b), kinds="iuf"),
)

MATRICES = (
    Rule(
        "associative-product-of-matrices",
        before=_product(_product(a, b), c), after=_product(a, _product(b, c)), keeps_nan=False,
    ),
    Rule(
        "product-with-product-of-matrices",
        before=_product(a, _product(b, c)), after=_product(_product(a, b), c), keeps_nan=False,
    ),
)  # fmt: skip


# Of floats these round otherwise.
SUMS = (
    Rule(
        "sum-of-products-of-matrices",
        before=_product(a, b) + _product(a, c), after=_product(a, b + c), keeps_nan=False,
    ),
    Rule(
        "sum-of-products-with-a-matrix",
        before=_product(b, a) + _product(c, a), after=_product(b + c, a), keeps_nan=False,
    ),
)  # fmt: skip

ELEMENTWISE = (*ASSOCIATIVITY, *DISTRIBUTIVITY, *QUOTIENTS)

_SAMPLES = 1000
_DTYPES = {
    "b": ("bool",), "i": ("int8", "int64"), "u": ("uint8", "uint64"),
    "f": ("float32", "float64"), "c": ("complex128",),
}  # fmt: skip


@cache
def is_exact(rule: Rule, kind: str) -> bool:
    """Whether both sides of an elementwise rule are the same, bit for bit but for NaNs, on values
    of a kind: many, large and small, infinite, NaN and signed zeros among them.
    """
    return all(_same_bits(rule, dtype) for dtype in _DTYPES[kind])


def _same_bits(rule: Rule, dtype: str) -> bool:
    generator = np.random.default_rng(0)
    values: dict[str, np.ndarray] = {}
    for name in sorted(variables(rule.before) | variables(rule.after)):
        values[name] = _samples("bool" if name in conditions(rule) else dtype, generator)
    try:
        with np.errstate(all="ignore"):
            before, after = (_meaning(p, values, dtype) for p in (rule.before, rule.after))
    except TypeError:
        return False
    before, after = np.broadcast_arrays(before, after)
    if before.dtype != after.dtype:
        return False
    return _bits(before) == _bits(after)


def _bits(array: np.ndarray) -> bytes:
    if array.dtype.kind == "c":
        return _bits(np.real(array)) + _bits(np.imag(array))
    array = np.array(array, order="C")
    if array.dtype.kind == "f":
        array[np.isnan(array)] = np.nan
    return array.tobytes()


def _samples(dtype: str, generator: np.random.Generator) -> np.ndarray:
    kind = np.dtype(dtype).kind
    if kind == "b":
        return generator.integers(0, 2, _SAMPLES).astype(bool)
    if kind in "iu":
        limits = np.iinfo(dtype)
        wide = generator.integers(limits.min, limits.max, _SAMPLES, dtype, endpoint=True)
        small = generator.integers(max(limits.min, -3), 4, _SAMPLES).astype(dtype)
        return np.where(generator.random(_SAMPLES) < 0.5, wide, small)
    if kind == "c":
        array = np.empty(_SAMPLES, dtype)
        array.real, array.imag = (_samples("float64", generator) for _ in range(2))
        return array
    array = generator.standard_normal(_SAMPLES) * 10.0 ** generator.integers(-3, 4, _SAMPLES)
    special = generator.choice(
        [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-310, 1e300, -1e300], _SAMPLES
    )
    with np.errstate(over="ignore"):
        return np.where(generator.random(_SAMPLES) < 0.2, special, array).astype(dtype)


def _meaning(pattern: Any, values: dict[str, np.ndarray], dtype: str) -> Any:
    if isinstance(pattern, Var):
        return values[pattern.name]
    if not isinstance(pattern, Applied):
        return np.array(pattern).astype(dtype)
    return pattern.op.scalar_op.numpy(*(_meaning(p, values, dtype) for p in pattern.operands))


def variables(pattern: Any) -> set[str]:
    """The names of the variables of a pattern."""
    if isinstance(pattern, Var):
        return {pattern.name}
    return set().union(*map(variables, getattr(pattern, "operands", ())))


def conditions(rule: Rule) -> set[str]:
    """The names of the variables that only decide what is chosen: bools beside other dtypes."""
    return {*_conditions(rule.before), *_conditions(rule.after)}
