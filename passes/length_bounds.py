"""What is known of lengths though no number is: none is negative, and a sum exceeds its terms.

The rules of negative indices and of slices beyond the ends, which every index and slice brings
along, come to nothing where they are about lengths.
"""

from __future__ import annotations

from typing import Any

from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.values import made_by

DEPTH = 6
_FLIPPED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "neq": "neq"}


def least(value: SSAValue, depth: int = DEPTH) -> int | None:
    """A number that a 0-d integer made of lengths is surely not below; None if there is none.

    Sums and products of lengths are taken not to exceed 64 bits: no array is that large.
    """
    data = nd.constant_data(value)
    if data is not None:
        return int(data) if data.dtype.kind in "iu" and data.ndim == 0 else None
    op: Any = value.owner
    if not isinstance(op, Operation) or not depth:
        return None
    if op.name == "nd.dim":
        return 0
    if op.name not in ("nd.add", "nd.mul", "nd.sqr", "nd.minimum", "nd.maximum"):
        return None
    found = [least(v, depth - 1) for v in op.operands]
    known = [n for n in found if n is not None]
    if op.name == "nd.maximum":
        return max(known, default=None)
    if len(known) < len(found):
        return None
    if op.name == "nd.minimum":
        return min(known)
    if min(known) < 0:
        return None
    return sum(known) if op.name == "nd.add" else known[0] * known[-1]


def _is_scalar_integer(value: SSAValue) -> bool:
    return nd.rank(value) == 0 and nd.dtype_of(value) == "int64"


@rewrite("comparison-of-length", "lt", "le", "gt", "ge", "eq", "neq", needs=("constant",))
def comparison_of_length(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """n < 0 -> False, n + 1 != 0 -> True for a length n."""
    n, bound = op.operands
    name = op.name[3:]
    if not _is_scalar_integer(n):
        return None
    if nd.constant_data(bound) is None:
        n, bound, name = bound, n, _FLIPPED[name]
    number, low = nd.constant_data(bound), least(n)
    if number is None or low is None or nd.constant_data(n) is not None:
        return None
    if low > number or (low == number and name in ("lt", "ge")):
        return rewriter.number(name in ("gt", "ge", "neq"), "bool")
    return None


@rewrite("larger-of-length", "maximum", "minimum")
def larger_of_length(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """maximum(n, 0) -> n, minimum(n, n + m) -> n for lengths n and m."""
    if not _is_scalar_integer(op.results[0]):
        return None
    for n, bound in (op.operands, op.operands[::-1]):
        if _is_least(n, bound):
            return bound if op.name == "nd.maximum" else n
    return None


def _is_least(n: SSAValue, bound: SSAValue) -> bool:
    """Whether n <= bound is known."""
    data, low = nd.constant_data(n), least(bound)
    if data is not None:
        return low is not None and nd.constant_data(bound) is None and low >= int(data)
    made = made_by(bound, "add")
    if made is None:
        return False
    for one, other in (made.operands, made.operands[::-1]):
        added = least(other)
        if one is n and least(one) is not None and added is not None and added >= 0:
            return True
    return False


LENGTH_BOUNDS = (comparison_of_length, larger_of_length)
