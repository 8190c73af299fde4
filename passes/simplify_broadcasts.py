"""Let broadcasting be implicit: no array is filled, no dimension added, only to meet another array.

Only a dimension statically 1 broadcasts, so an operand that has a dimension, and not of static
length 1, has the length of the result along it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.passes.driver import Rewriter
from lamina.passes.rules import ELEMENTWISE, rewrite
from lamina.passes.values import kind, made_by, uniform, used_once


@rewrite("broadcast-operand", ELEMENTWISE, needs=("alloc", "second", "dimshuffle", "constant"))
def broadcast_operand(op: nd.ElementwiseOp, rewriter: Rewriter) -> bool | None:
    """f(alloc(v, n), x) -> f(v, x), f([1 1 1], x) -> f(1, x), where x has the result's lengths."""
    operands = op.operands
    if len(operands) == 1 or not nd.rank(op.results[0]):
        return None
    for i, v in enumerate(operands):
        source = _source(v)
        if source is not None and _keeps_shape(op, i, source.shape):
            rewriter.set_operand(op, i, source.build(rewriter))
            return True
    return None


class _Source(NamedTuple):
    """A value to be made, and its static shape."""

    shape: tuple[int | None, ...]
    build: Callable[[Rewriter], SSAValue]


def _source(value: SSAValue) -> _Source | None:
    """A value of fewer or shorter dimensions that broadcasts to the elements of `value`."""
    made: Any = value.owner
    if not isinstance(made, Operation) or not nd.rank(value):
        return None
    if made.name in ("nd.alloc", "nd.second"):
        return _existing(made.operands[0 if made.name == "nd.alloc" else 1])
    if made.name == "nd.dimshuffle":
        order = made.definition.order  # type: ignore[attr-defined]
        leading = next((i for i, d in enumerate(order) if d != NEW), len(order))
        if leading:
            rest = order[leading:]
            (x,) = made.operands
            if rest == tuple(range(nd.rank(x))):
                return _existing(x)
            shuffle = DimShuffle(input_ndim=nd.rank(x), order=rest)
            return _Source(
                nd.static_shape(value)[leading:], lambda rewriter: rewriter.apply(shuffle, [x])
            )
        return None
    number = uniform(value)
    dtype = nd.dtype_of(value)
    return None if number is None else _Source((), lambda rewriter: rewriter.number(number, dtype))


def _existing(value: SSAValue) -> _Source:
    return _Source(nd.static_shape(value), lambda rewriter: value)


def _keeps_shape(op: nd.ElementwiseOp, changed: int, shape: tuple[int | None, ...]) -> bool:
    """Whether the result gets its dimensions with one of `shape` in place of operand `changed`."""
    result = op.results[0]
    ndim = nd.rank(result)
    shapes = [shape if i == changed else nd.static_shape(v) for i, v in enumerate(op.operands)]
    if max(map(len, shapes)) < ndim:
        return False
    return all(
        n == 1 or any(ndim - axis <= len(s) and s[axis - ndim] != 1 for s in shapes)
        for axis, n in enumerate(nd.static_shape(result))
    )


@rewrite("function-of-filled-arrays", ELEMENTWISE, needs=("alloc",))
def function_of_filled_arrays(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """f(alloc(v, n), c) -> alloc(f(v, c), n) for 0-d v and c.

    A power of an integer may be one that raises, and only if there are elements.
    """
    if not nd.rank(op.results[0]) or not any(made_by(v, "alloc") for v in op.operands):
        return None
    if op.name == "nd.pow" and kind(op.results[0]) == "i":
        return None
    scalars: list[Any] = []
    for v in op.operands:
        source = _source(v) if nd.rank(v) else _existing(v)
        if source is None or source.shape:
            return None
        scalars.append(source.build(rewriter))
    lengths = rewriter.dims(op)
    if lengths is None:
        return None
    scalar = rewriter.apply(op.definition, scalars)
    return rewriter.apply(Alloc(), [scalar, *lengths], op.results[0].type)  # type: ignore[arg-type]


def _runs_along(value: SSAValue, axis: int) -> bool:
    """Whether `value` has the dimension `axis`, counted from the end, and it does not broadcast."""
    return -axis <= nd.rank(value) and nd.static_shape(value)[axis] != 1


@rewrite("second", "second")
def second_alone(op: nd.ElementwiseOp, rewriter: Rewriter) -> SSAValue | None:
    """second(x, v) -> v where v has the shape already, else alloc(v, lengths)."""
    _, v = op.operands
    ndim = nd.rank(op.results[0])
    shape = nd.static_shape(op.results[0])
    if nd.rank(v) == ndim and all(n == 1 or _runs_along(v, i - ndim) for i, n in enumerate(shape)):
        return v
    lengths = rewriter.dims(op)
    return None if lengths is None else rewriter.apply(Alloc(), [v, *lengths], op.results[0].type)  # type: ignore[arg-type]


@rewrite("alloc", "alloc")
def alloc(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """alloc(v, n) -> v where v has the lengths n; alloc(alloc(v, m), n) -> alloc(v, n)."""
    v, *lengths = op.operands
    ndim = len(lengths)
    shape = nd.static_shape(op.results[0])
    if nd.rank(v) == ndim and all(n == 1 or _runs_along(v, i - ndim) for i, n in enumerate(shape)):
        return v
    made = v.owner
    if isinstance(made, Operation) and made.name == "nd.alloc":
        return rewriter.apply(Alloc(), [made.operands[0], *lengths], op.results[0].type)
    known = [
        n if (m := nd.constant_data(v)) is None else int(m)
        for n, v in zip(shape, lengths, strict=True)
    ]
    if any(n is None and m is not None and m > 1 for n, m in zip(shape, known, strict=True)):
        # not for 1: a dimension that becomes statically 1 would broadcast from now on
        static = [n if m == 1 else m for n, m in zip(shape, known, strict=True)]
        return rewriter.apply(Alloc(), op.operands, nd.nd_type(TensorType(nd.dtype_of(v), static)))
    number = uniform(v) if nd.rank(v) else None
    if number is not None:
        source = rewriter.number(number, nd.dtype_of(v))
        return rewriter.apply(Alloc(), [source, *lengths], op.results[0].type)
    return None


@rewrite("dimshuffle", "dimshuffle")
def dimshuffle(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """Two shuffles are one; one that only moves dimensions of length 1 back and forth is none."""
    (x,) = op.operands
    order = op.definition.order
    made: Any = x.owner
    if isinstance(made, Operation) and made.name == "nd.dimshuffle":
        inner = made.definition.order  # type: ignore[attr-defined]
        order = tuple(NEW if d == NEW else inner[d] for d in order)
        x = made.operands[0]
    kept = [d for d in order if d != NEW]
    if nd.rank(x) == len(order) and kept == sorted(kept):
        # a dimension statically 1 that is dropped and added again at its place never went
        if all(
            d in (i, NEW) and (d == i or nd.static_shape(x)[i] == 1) for i, d in enumerate(order)
        ):
            return x
    if x is op.operands[0]:
        return _shuffled_alloc(op, x, order, rewriter)
    return rewriter.apply(DimShuffle(input_ndim=nd.rank(x), order=order), [x], op.results[0].type)


@rewrite("squeeze-of-function", "dimshuffle")
def squeeze_of_function(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """squeeze(f(x, y)) -> f(squeeze(x), squeeze(y)), where f(x, y) is used here only."""
    (value,), order = op.operands, op.definition.order
    made = value.owner
    if not isinstance(made, nd.ElementwiseOp) or not used_once(value):
        return None
    static = nd.static_shape(value)
    if (
        list(order) != sorted(order)
        or NEW in order
        or any(static[d] != 1 for d in op.definition.dropped)
    ):
        return None
    operands = []
    for v in map(rewriter.value, made.operands):
        missing = len(static) - v.ndim
        operands.append(v.dimshuffle([d - missing for d in order if d >= missing]))
    return rewriter.apply(made.definition, operands)


def _shuffled_alloc(op: Any, x: SSAValue, order: Any, rewriter: Rewriter) -> SSAValue | None:
    made = made_by(x, "alloc")
    if made is None or nd.rank(made.operands[0]):
        return None
    v, *lengths = made.operands
    one = rewriter.number(1, "int64")
    shuffled = [one if d == NEW else lengths[d] for d in order]
    return rewriter.apply(Alloc(), [v, *shuffled], op.results[0].type)


@rewrite("array-alone", "concatenate")
def array_alone(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """concatenate(x) -> x."""
    return op.operands[0] if len(op.operands) == 1 else None


BROADCASTS = (
    broadcast_operand,
    second_alone,
    function_of_filled_arrays,
    alloc,
    dimshuffle,
    squeeze_of_function,
    array_alone,
)
