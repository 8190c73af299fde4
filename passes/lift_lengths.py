"""Take lengths from where they are stated, so that a shape never keeps a computation alive.

dim(f(x, y), i)  ->  dim(x, i)        shape(x)       ->  make_vector(dim(x, 0), ...)
dim(alloc(v, n)) ->  n
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.dimshuffle import NEW
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.shape import MakeVector
from lamina.passes.driver import Rewriter
from lamina.passes.rules import ELEMENTWISE, rewrite
from lamina.passes.values import made_by, used_once

REDUCTIONS = ("sum", "prod", "max", "min", "all", "any", "argmax", "argmin")
_REDUCTIONS = frozenset("nd." + name for name in REDUCTIONS)
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
        made = value.owner
        next = _stated(made, axis, value) if isinstance(made, Operation) else None
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


def _stated(made: Any, axis: int, value: SSAValue) -> SSAValue | tuple[SSAValue, int] | None:
    """The length along `axis` of the `value` that `made` made: a value, an operand and its axis, or
    None.
    """
    name = made.name
    if isinstance(made, nd.ScanOp):
        number = list(made.results).index(value)  # type: ignore[arg-type]
        if number < len(made.starts):
            return made.starts[number], axis
        return made.operands[0] if axis == 0 and not made.until else None
    if isinstance(made, nd.RoutineOp):
        shapes = [nd.static_shape(v) for v in made.operands]
        number = list(made.results).index(value)  # type: ignore[arg-type]
        source = made.definition.stated(shapes, number, axis)  # type: ignore[attr-defined]
        if isinstance(source, tuple):
            return made.operands[source[0]], source[1]
        return made.operands[source]
    if isinstance(made, nd.ElementwiseOp):
        ndim = nd.rank(made.results[0])
        for v in made.operands:
            own = axis - (ndim - nd.rank(v))
            if own >= 0 and nd.static_shape(v)[own] != 1:
                return v, own
        return None
    if name in _REDUCTIONS:
        (x,) = made.operands
        axes = made.definition.axes(nd.rank(x))
        return x, [i for i in range(nd.rank(x)) if i not in axes][axis]
    if name in ("nd.dot", "nd.gemv", "nd.gemm"):
        return _of_product(made, axis)
    match name:
        case "nd.dimshuffle" if made.definition.order[axis] != NEW:
            return made.operands[0], made.definition.order[axis]
        case "nd.alloc":
            return made.operands[1 + axis]
        case "nd.arange" if _counts_from_zero(made):
            return made.operands[1]
        case "nd.eye":
            return made.operands[axis]
        case "nd.specify_shape" | "nd.check" | "nd.assume" | "nd.inc_subtensor":
            return made.operands[0], axis
        case "nd.concatenate" if axis != made.definition.axis:
            return made.operands[0], axis
        case "nd.subtensor":
            kept = [i for i, e in enumerate(_entries(made)) if e is not True][axis]
            whole = _entries(made)[kept] == (False, False, False)
            return (made.operands[0], kept) if whole else None
        case "nd.reshape":
            vector = made_by(made.operands[1], "make_vector")
            if vector is not None and _is_length(vector.operands[axis]):
                return vector.operands[axis]
    return None


def _of_product(made: Any, axis: int) -> tuple[SSAValue, int]:
    a, b = made.operands[:2]
    if made.name == "nd.gemv":
        return a, 1 if made.definition.transposed else 0
    if made.name == "nd.gemm":
        flipped = made.definition.transpose_b if axis else made.definition.transpose_a
        return (b if axis else a), 1 - axis if flipped else axis
    if axis >= nd.rank(a) - 2:
        return (a if axis == nd.rank(a) - 2 else b), axis
    return (b if nd.static_shape(a)[axis] == 1 else a), axis


def _counts_from_zero(made: Any) -> bool:
    """Whether an arange is 0, 1, ... below a length."""
    start, stop, step = made.operands
    return (
        nd.dtype_of(stop) == "int64"
        and nd.constant_data(start) == 0
        and nd.constant_data(step) == 1
        and _is_length(stop)
    )


def _entries(op: Any) -> list[Any]:
    given = op.definition.idx_list
    missing = nd.rank(op.operands[0]) - len(given)
    return [*given, *[(False, False, False)] * missing]


def _is_length(value: SSAValue) -> bool:
    """Whether a 0-d integer is surely no -1 of a reshape: made of lengths, or numbers, alone."""
    data = nd.constant_data(value)
    if data is not None:
        return bool(data >= 0)
    owner = value.owner
    if not isinstance(owner, Operation):
        return False
    return owner.name == "nd.dim" or (
        owner.name in ("nd.mul", "nd.add", "nd.minimum", "nd.maximum")
        and all(map(_is_length, owner.operands))
    )


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
    return all(_is_length(v) for v in vector.operands)


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
