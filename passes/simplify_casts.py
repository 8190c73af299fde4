"""Conversions that follow each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.creation import ARange
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.values import made_by

# A range of doubles from here by such steps reaches 2^53, beyond which integers are rounded, behind
# more elements than memory has.
FIRST, STRIDE = 2**31, 2**8


@rewrite("cast-of-cast", "cast")
def cast_of_cast(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """cast(cast(x, wide), d) -> cast(x, d), where no value of x is rounded by the first."""
    (inner,) = op.operands
    target = nd.dtype_of(op.results[0])
    if nd.dtype_of(inner) == target:
        return inner
    made = inner.owner
    if not isinstance(made, Operation) or made.name != "nd.cast":
        return None
    (x,) = made.operands
    source, middle = nd.dtype_of(x), nd.dtype_of(inner)
    if _wraps(source, middle, target):
        return x if source == target else rewriter.apply(cast_op(target), [x])
    if not is_exact(source, middle):
        return None
    if source == target:
        return x
    # a float beyond the integers converts as its dtype does
    if np.dtype(target).kind in "iu" and np.dtype(source).kind not in "biu":
        return None
    if np.dtype(target).kind != "c" and np.dtype(middle).kind == "c":
        return None
    return rewriter.apply(cast_op(target), [x])


def _wraps(source: str, middle: str, target: str) -> bool:
    """Whether all are integers, and the last has only bits that the others have: it wraps alike."""
    dtypes = [np.dtype(d) for d in (source, middle, target)]
    narrow = dtypes[2].itemsize <= min(d.itemsize for d in dtypes[:2])
    return all(d.kind in "iu" for d in dtypes) and narrow


def is_exact(source: str, target: str) -> bool:
    """Whether every value of dtype `source` is one of `target`. (int64 to float64 rounds.)"""
    a, b = np.dtype(source), np.dtype(target)
    if not np.can_cast(a, b, "safe"):
        return False
    if a.kind in "iu" and b.kind in "fc":
        return np.iinfo(a).bits <= np.finfo(b).nmant
    return True


@rewrite("range-of-integers", "arange", needs=("cast",))
def range_of_integers(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """arange(0., float(n), 1.) -> float(arange(0, n, 1)), of doubles, for an integer n."""
    start, stop, step = op.operands
    made = made_by(stop, "cast")
    if nd.dtype_of(start) != "float64" or made is None or nd.dtype_of(made.operands[0]) != "int64":
        return None
    numbers = [nd.constant_data(v) for v in (start, step)]
    bounds = zip(numbers, (FIRST, STRIDE), strict=True)
    if not all(d is not None and abs(d) < most and d == np.floor(d) for d, most in bounds):
        return None
    first, stride = (rewriter.number(int(d), "int64") for d in numbers)  # type: ignore[arg-type]
    integers = rewriter.apply(ARange("int64"), [first, made.operands[0], stride])
    return rewriter.apply(cast_op(op.definition.dtype), [integers])


CASTS = (cast_of_cast, range_of_integers)
