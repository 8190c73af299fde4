"""Where the length of an array is stated: by a value, or by an array that an op made it from."""

from __future__ import annotations

from typing import Any

from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.dimshuffle import NEW

REDUCTIONS = ("sum", "prod", "max", "min", "all", "any", "argmax", "argmin")
_REDUCTIONS = frozenset("nd." + name for name in REDUCTIONS)


def stated_length(value: SSAValue, axis: int) -> SSAValue | tuple[SSAValue, int] | None:
    """The length of `value` along `axis`: a 0-d value, an operand of what made it and its axis, or
    None.
    """
    if not isinstance(value.owner, Operation):
        return None
    made: Any = value.owner
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
        return x, _kept(x, made.definition.axes(nd.rank(x)))[axis]
    if name in ("nd.dot", "nd.gemv", "nd.gemm"):
        return _of_product(made, axis)
    match name:
        case "nd.dimshuffle" if made.definition.order[axis] != NEW:
            return made.operands[0], made.definition.order[axis]
        case "nd.alloc" | "nd.reshape_to":
            return made.operands[1 + axis]
        case "nd.slice":
            dropped = made.attributes["dropped"].get_values()
            return made.operands[2 + 3 * _kept(made.operands[0], dropped)[axis]]
        case "nd.iota":
            return made.operands[0]
        case "nd.check" | "nd.assume" | "nd.update_slice":
            return made.operands[0], axis
    return None


def _kept(x: SSAValue, gone: Any) -> list[int]:
    return [i for i in range(nd.rank(x)) if i not in gone]


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


def is_length(value: SSAValue) -> bool:
    """Whether a 0-d integer is surely not negative: made of lengths, bools and numbers alone."""
    data = nd.constant_data(value)
    if data is not None:
        return bool(data >= 0)
    owner = value.owner
    if not isinstance(owner, Operation):
        return False
    if owner.name == "nd.cast":
        return nd.dtype_of(owner.operands[0]) == "bool"
    return owner.name == "nd.dim" or (
        owner.name in ("nd.add", "nd.mul", "nd.minimum", "nd.maximum")
        and all(map(is_length, owner.operands))
    )
