"""Where matrices are zero: by how they are made, by the values of constants, by what is assumed."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.dimshuffle import NEW
from lamina.passes.lift_lengths import length_key, scalar_key
from lamina.passes.simplify_reshapes import reshape_entries
from lamina.passes.values import made_by, maker, uniform

DEPTH = 6
MOST_ELEMENTS = 4096  # of a constant that is looked into
# f(0) = 0, element by element
_KEEP_ZERO = frozenset(
    "neg abs sqr sqrt sign sin tan sinh tanh arcsin arctan arcsinh arctanh expm1 log1p conj real "
    "cast identity".split()
)
STEPS = (True, True, True)  # an index start:stop:step


class Band(NamedTuple):
    """An element (i, j) is zero unless low <= j - i <= high."""

    low: float = -math.inf
    high: float = math.inf

    @property
    def is_lower(self) -> bool:
        return self.high <= 0

    @property
    def is_upper(self) -> bool:
        return self.low >= 0

    @property
    def is_diagonal(self) -> bool:
        return self.low >= 0 and self.high <= 0


_ALL, _NOTHING = Band(), Band(math.inf, -math.inf)
_LOWER, _UPPER, _DIAGONAL = Band(high=0), Band(low=0), Band(0, 0)


def band(value: SSAValue, depth: int = DEPTH) -> Band:
    """Where a matrix may differ from zero."""
    data = nd.constant_data(value)
    if data is not None:
        return _band_of_data(data)
    op = maker(value)
    if op is None or not depth:
        return _ALL
    parts = [v for v in op.operands]
    name = op.name[3:]
    if name in _KEEP_ZERO:
        return band(parts[0], depth - 1)
    match name:
        case "assume":
            stated = set(op.definition.facts.split(","))
            own = band(parts[0], depth - 1)
            low = 0 if stated & {"upper_triangular", "diagonal"} else own.low
            high = 0 if stated & {"lower_triangular", "diagonal"} else own.high
            return Band(max(low, own.low), min(high, own.high))
        case "eye":
            k = nd.constant_data(parts[2])
            return _ALL if k is None else Band(int(k), int(k))
        case "alloc":
            return _NOTHING if uniform(parts[0]) == 0 else _ALL
        case "switch":
            return _band_of_choice(parts, depth)
        case "mul":
            bands = [band(v, depth - 1) for v in parts if is_whole_matrix(v, value)]
            return Band(max(b.low for b in bands), min(b.high for b in bands)) if bands else _ALL
        case "true_div" if is_whole_matrix(parts[0], value):
            return band(parts[0], depth - 1)
        case "add" | "sub" if all(is_whole_matrix(v, value) for v in parts):
            bands = [band(v, depth - 1) for v in parts]
            return Band(min(b.low for b in bands), max(b.high for b in bands))
        case "dimshuffle":
            return _band_of_shuffle(op, depth)
        case "reshape" if set_diagonal(op) is not None:
            return _DIAGONAL
        case "check":
            return band(parts[0], depth - 1)
        case "dot":
            a, b = (band(v, depth - 1) for v in parts)
            return Band(a.low + b.low, a.high + b.high) if _NOTHING not in (a, b) else _NOTHING
        case "matrix_inverse":
            own = band(parts[0], depth - 1)
            return Band(0 if own.is_upper else -math.inf, 0 if own.is_lower else math.inf)
        case "cholesky":
            own = band(parts[0], depth - 1)
            shape = _LOWER if op.definition.lower else _UPPER
            return _DIAGONAL if own.is_diagonal else shape
        case "qr" if op.definition.mode in ("full", "economic") and value is op.results[1]:
            return _UPPER
        case "qr" if op.definition.mode == "r" and value is op.results[0]:
            return _UPPER
    return _ALL


def is_whole_matrix(part: SSAValue, whole: SSAValue) -> bool:
    """Whether an operand is no row, column or number that is broadcast."""
    return nd.rank(part) >= 2 and all(
        n != 1 or m == 1
        for n, m in zip(nd.static_shape(part)[-2:], nd.static_shape(whole)[-2:], strict=True)
    )


def _band_of_data(data: np.ndarray) -> Band:
    if data.ndim < 2 or data.size > MOST_ELEMENTS:
        return _ALL
    *_, rows, columns = np.nonzero(data)
    if not len(rows):
        return _NOTHING
    offsets = columns - rows
    return Band(int(offsets.min()), int(offsets.max()))


def _band_of_choice(parts: list[SSAValue], depth: int) -> Band:
    condition, x, y = parts
    if uniform(y) == 0 or is_zero(y):
        allowed, rest = _band_of_condition(condition, True), x
    elif uniform(x) == 0 or is_zero(x):
        allowed, rest = _band_of_condition(condition, False), y
    else:
        return _ALL
    own = band(rest, depth - 1) if nd.rank(rest) >= 2 else _ALL
    return Band(max(allowed.low, own.low), min(allowed.high, own.high))


def is_zero(value: SSAValue) -> bool:
    """Whether `value` is filled with 0."""
    made = made_by(value, "alloc")
    return uniform(value) == 0 or (made is not None and uniform(made.operands[0]) == 0)


def _band_of_condition(condition: SSAValue, holds: bool) -> Band:
    """Where a condition holds, or does not: that of tril, triu and diagonals."""
    data = nd.constant_data(condition)
    if data is not None:
        return _band_of_data(data if holds else ~data)
    op = maker(condition)
    if op is None or op.name not in ("nd.ge", "nd.eq"):
        return _ALL
    rows, columns = (_position(v) for v in op.operands)
    if rows is None or columns is None or rows[0] != -2 or columns[0] != -1:
        return _ALL
    k = rows[1] - columns[1]  # i + k >= j
    if op.name == "nd.eq":
        return Band(k, k) if holds else _ALL
    return Band(high=k) if holds else Band(low=k + 1)


def _position(value: SSAValue) -> tuple[int, int] | None:
    """The axis that numbers run along, from 0 on, and what is added to them."""
    added = 0
    made = made_by(value, "add")
    if made is not None:
        for one, other in (made.operands, made.operands[::-1]):
            number = uniform(other)
            if number is not None:
                value, added = one, int(number)
                break
    axis = -1
    shuffle = made_by(value, "dimshuffle")
    if shuffle is not None:
        order = shuffle.definition.order
        if order != (0, NEW) and any(d != NEW for d in order[:-1]):
            return None
        axis = -2 if order[-1] == NEW else -1
        value = shuffle.operands[0]
    data = nd.constant_data(value)
    if data is not None:
        if data.ndim == 2 and 1 in data.shape:
            axis = -2 if data.shape[1] == 1 else -1
        flat = data.reshape(-1)
        return (axis, added) if np.array_equal(flat, np.arange(flat.size)) else None
    numbers = made_by(value, "arange")
    if numbers is None or uniform(numbers.operands[0]) != 0 or uniform(numbers.operands[2]) != 1:
        return None
    return axis, added


def _band_of_shuffle(op: Any, depth: int) -> Band:
    order, ndim = op.definition.order, op.definition.input_ndim
    if ndim < 2:
        return _ALL
    own = band(op.operands[0], depth - 1)
    match order[-2:]:
        case (a, b) if (a, b) == (ndim - 2, ndim - 1):
            return own
        case (a, b) if (a, b) == (ndim - 1, ndim - 2):
            return Band(-own.high, -own.low)
    return _ALL


def is_next(value: SSAValue, n: Any) -> bool:
    """Whether `value` is n + 1."""
    number = uniform(value)
    if number is not None:
        return isinstance(n, int) and number == n + 1
    made = made_by(value, "add")
    return made is not None and any(
        uniform(one) == 1 and scalar_key(other) == n
        for one, other in (made.operands, made.operands[::-1])
    )


def is_end(stop: SSAValue, step: SSAValue, n: Any, m: Any) -> bool:
    """Whether `stop` is min(n, m) steps."""
    number, one = uniform(stop), uniform(step)
    if number is not None:
        known = isinstance(n, int) and isinstance(m, int) and one is not None
        return bool(known and number == min(n, m) * int(one or 0))
    made = made_by(stop, "mul")
    if made is None:
        return False
    for count, other in (made.operands, made.operands[::-1]):
        if other is not step and not (one is not None and uniform(other) == one):
            continue
        smaller = made_by(count, "minimum")
        if smaller is not None:
            return {n, m} == set(map(scalar_key, smaller.operands))
        return n == m and scalar_key(count) == n
    return False


def set_diagonal(op: Any) -> SSAValue | None:
    """v of reshape(zeros(n * n)[:: n + 1].set(v), (n, n))."""
    update = made_by(op.operands[0], "inc_subtensor")
    if (
        update is None or not update.definition.set_instead_of_inc
        or update.definition.idx_list != (STEPS,)
    ):  # fmt: skip
        return None
    zeros, v, start, stop, step = update.operands
    if not is_zero(zeros) or nd.rank(v) != 1 or uniform(start) != 0:
        return None
    n = length_key(v, 0)
    if not is_next(step, n) or not is_end(stop, step, n, n):
        return None
    return v if reshape_entries(op.operands[1], 2) == [n, n] else None
