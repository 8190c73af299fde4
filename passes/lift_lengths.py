"""Take lengths from where they are stated, so that a shape never keeps a computation alive.

dim(f(x, y), i)  ->  dim(x, i)        shape(x)       ->  make_vector(dim(x, 0), ...)
dim(alloc(v, n)) ->  n
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.shape import MakeVector
from lamina.passes.driver import Rewriter
from lamina.passes.rules import ELEMENTWISE, rewrite
from lamina.passes.stated_lengths import is_length, stated_length
from lamina.passes.values import made_by, used_once

MOST_SCALARS = 8  # a vector of more elements is computed as a vector


@rewrite("length-of-result", "dim")
def length_of_result(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """dim(f(g(x)), i) -> dim(x, i), or the value or constant that states the length."""
    (x,), axis = op.operands, op.definition.i
    found = _origin(x, axis, rewriter.lengths)
    return None if found == (x, axis) else _made(found, rewriter)


def _made(origin: Origin, rewriter: Rewriter) -> SSAValue:
    if isinstance(origin, tuple):
        return rewriter.dim(*origin)
    return origin if isinstance(origin, SSAValue) else rewriter.number(origin, "int64")


Origin = SSAValue | int | tuple[SSAValue, int]


def _origin(value: SSAValue, axis: int, known: dict[Any, Origin]) -> Origin:
    """Where the length along `axis` is stated farthest up: a value, a number, or an array and axis.

    What was found for the arrays on the way is kept in `known`.
    """
    passed: list[tuple[SSAValue, int]] = []
    while True:
        length = nd.static_shape(value)[axis]
        if length is not None:
            found: Origin = length
            break
        place = value, axis
        kept = known.get(place)
        if kept is not None and _exists(kept):
            found = kept
            break
        passed.append(place)
        next = _stated(value, axis)
        if not isinstance(next, tuple):
            found = place if next is None else next
            break
        value, axis = next
    for place in passed:
        known[place] = found
    return found


def _exists(origin: Origin) -> bool:
    """Whether what states a length has not been erased since."""
    value = origin[0] if isinstance(origin, tuple) else origin
    return (
        not isinstance(value, SSAValue)
        or not isinstance(value.owner, Operation)
        or value.owner.parent is not None
    )


def _stated(value: SSAValue, axis: int) -> SSAValue | tuple[SSAValue, int] | None:
    """`stated_length`, of ops too that have no such meaning once they are lowered."""
    found = stated_length(value, axis)
    if found is not None or not isinstance(value.owner, Operation):
        return found
    made: Any = value.owner
    match made.name:
        case "nd.arange" if _counts_from_zero(made):
            return made.operands[1]
        case "nd.eye":
            return made.operands[axis]
        case "nd.specify_shape" | "nd.inc_subtensor":
            return made.operands[0], axis
        case "nd.concatenate" if axis != made.definition.axis:
            return made.operands[0], axis
        case "nd.subtensor":
            kept = [i for i, e in enumerate(_entries(made)) if e is not True][axis]
            whole = _entries(made)[kept] == (False, False, False)
            return (made.operands[0], kept) if whole else None
        case "nd.reshape":
            vector = made_by(made.operands[1], "make_vector")
            if vector is not None and is_length(vector.operands[axis]):
                return vector.operands[axis]
    return None


def _counts_from_zero(made: Any) -> bool:
    """Whether an arange is 0, 1, ... below a length."""
    start, stop, step = made.operands
    return (
        nd.dtype_of(stop) == "int64"
        and nd.constant_data(start) == 0
        and nd.constant_data(step) == 1
        and is_length(stop)
    )


def _entries(op: Any) -> list[Any]:
    given = op.definition.idx_list
    missing = nd.rank(op.operands[0]) - len(given)
    return [*given, *[(False, False, False)] * missing]


@rewrite("shape", "shape")
def shape_of_lengths(op: Any, rewriter: Rewriter) -> SSAValue:
    """shape(x) -> make_vector(dim(x, 0), ...), or a constant."""
    (x,) = op.operands
    known = nd.static_shape(x)
    if None not in known:
        return rewriter.constant(np.array(known, np.int64))
    lengths = [_made(_origin(x, i, rewriter.lengths), rewriter) for i in range(len(known))]
    return rewriter.apply(MakeVector("int64"), lengths)


@rewrite("element-of-vector", "subtensor", needs=("make_vector",))
def element_of_vector(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """make_vector(a, b, ...)[1] -> b."""
    vector = made_by(op.operands[0], "make_vector")
    if vector is None or op.definition.idx_list != (True,):
        return None
    index = nd.constant_data(op.operands[1])
    count = len(vector.operands)
    if index is None or not -count <= int(index) < count:
        return None
    return vector.operands[int(index)]


@rewrite("function-of-vector-of-scalars", ELEMENTWISE, needs=("make_vector",))
def function_of_vector(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """f(make_vector(a, b), c) -> make_vector(f(a, c), f(b, c))."""
    if len(op.results[0].type.shape) != 1:  # type: ignore[attr-defined]
        return None
    vectors = [made_by(v, "make_vector") for v in op.operands]
    count = max((len(v.operands) for v in vectors if v is not None), default=0)
    if not 0 < count <= MOST_SCALARS:
        return None
    if any(
        nd.rank(v) and (w is None or len(w.operands) != count)
        for v, w in zip(op.operands, vectors, strict=True)
    ):
        return None
    if not all(w is None or used_once(w.results[0]) or _lengths_only(w) for w in vectors):
        return None
    definition: Elemwise = op.definition  # type: ignore[assignment]
    scalars = [
        rewriter.apply(
            definition,
            [v if w is None else w.operands[i] for v, w in zip(op.operands, vectors, strict=True)],
        )
        for i in range(count)
    ]
    return rewriter.apply(MakeVector(nd.dtype_of(op.results[0])), scalars)


def _lengths_only(vector: Any) -> bool:
    return all(is_length(v) for v in vector.operands)


@rewrite("reduction-of-vector-of-scalars", "sum", "prod", "max", "min", needs=("make_vector",))
def reduction_of_vector(op: Any, rewriter: Rewriter) -> Any:
    """prod(make_vector(a, b)) -> a * b, for integers."""
    vector = made_by(op.operands[0], "make_vector")
    if (
        vector is None
        or not 0 < len(vector.operands) <= MOST_SCALARS
        or not nd.dtype_of(op.operands[0]) == "int64"
    ):
        return None
    total = rewriter.value(vector.operands[0])
    for v in vector.operands[1:]:
        total = op.definition.combine(total, rewriter.value(v))
    return total


def length_key(value: SSAValue, axis: int) -> Any:
    """What the length along `axis` is known as: an int, a value, or an array and its axis."""
    found = _origin(value, axis, {})
    return scalar_key(found) if isinstance(found, SSAValue) else found


def scalar_key(value: SSAValue) -> Any:
    """What a 0-d integer is known as, if it is a length; equal keys are equal lengths."""
    data = nd.constant_data(value)
    if data is not None:
        return int(data)
    dim = made_by(value, "dim")
    return value if dim is None else length_key(dim.operands[0], dim.definition.i)


LENGTHS = (
    length_of_result, shape_of_lengths, element_of_vector, function_of_vector, reduction_of_vector,
)  # fmt: skip
