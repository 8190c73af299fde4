"""State every length, offset and position as 0-d arithmetic, so that what is left of indexing is
views.

    nd.subtensor      ->  checked offsets and lengths, nd.slice
    nd.inc_subtensor  ->  the same, nd.update_slice
    nd.reshape        ->  lengths with -1 resolved and the element count asserted, nd.reshape_to
    nd.shape          ->  nd.make_vector of nd.dim
    nd.dim            ->  nd.dim of an argument or of an array whose length is not stated, or a
                          constant
    nd.arange, nd.eye ->  elementwise arithmetic on nd.iota
    nd.specify_shape  ->  its operand (the lengths were asserted on import); nd.dimshuffle where an
                          axis becomes one of length 1
    nd.alloc          ->  the same, its lengths asserted not to be negative
    nd.max, nd.argmax ->  the same, what they reduce asserted not to be empty; so nd.min, nd.argmin
    nd.pow            ->  the same, exponents that are integers asserted not to be negative
    nd.check          ->  its first operand, the others asserted
    nd.assume         ->  its operand
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import Block, Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.shape import MakeVector
from lamina.passes.dce import erase_unused
from lamina.passes.lower_indexing import lower_inc_subtensor, lower_subtensor
from lamina.passes.lower_preconditions import lower_check, lower_max, lower_pow, lower_sum
from lamina.passes.lower_ranges import lower_arange, lower_eye
from lamina.passes.lower_reshape import lower_reshape
from lamina.passes.lowering import Lowering


def lower_shapes(block: Block) -> None:
    """Lower the indexing and shape ops of `block`."""
    for op in block.ops:
        if isinstance(op, (nd.ScanOp, nd.IfOp)):
            for region in op.regions:
                lower_shapes(region.block)
    b = Lowering(block)
    for op in list(block.ops):
        lower = _LOWERINGS.get(op.name)
        if lower is None:
            continue
        b.at, b.line = op, op.attributes.get("line")
        b.checked = "checked" in op.attributes
        result = lower(b, op)
        if result is not None and result is not op.results[0]:
            if op.results[0].name_hint is not None and isinstance(result.owner, Operation):
                result.name_hint = result.name_hint or op.results[0].name_hint
            op.results[0].replace_all_uses_with(result)
            op.detach()
            op.erase()
    erase_unused(block)


# What can fail at run time besides for lengths that differ.
_CHECKED = frozenset(
    f"nd.{n}" for n in "subtensor inc_subtensor reshape pow max min argmax argmin check".split()
)


def append_checks(b: Lowering, op: Any) -> None:
    """Append to a block the checks of `op`, which is to follow.

    They stand there from the start, so that no rewrite that has no use for the op drops them.
    """
    if op.name not in _CHECKED:
        return
    b.at, b.line, b.checked = None, op.attributes.get("line"), False
    made = _LOWERINGS[op.name](b, op)
    if made is not None and isinstance(made.owner, Operation) and not made.uses:
        if isinstance(made.owner, (nd.SliceOp, nd.UpdateSliceOp, nd.ReshapeToOp)):
            made.owner.detach()
            made.owner.erase()
    op.attributes["checked"] = UnitAttr()


def lower_dim(b: Lowering, op: Any) -> SSAValue:
    """A length, as what states it."""
    return b.length(op.operands[0], op.definition.i).value


def lower_shape(b: Lowering, op: Any) -> SSAValue:
    """A vector of lengths."""
    (x,) = op.operands
    lengths = [b.length(x, i).value for i in range(nd.rank(x))]
    return b.add(nd.create(MakeVector("int64"), lengths))


def lower_specify_shape(b: Lowering, op: Any) -> SSAValue:
    """The array, whose lengths were asserted on import."""
    (x,) = op.operands
    lengths = zip(nd.static_shape(x), nd.static_shape(op.results[0]), strict=True)
    order = [NEW if n != 1 and m == 1 else i for i, (n, m) in enumerate(lengths)]
    if NEW not in order:
        return x
    # only an axis that is known to have length 1 is broadcast
    return b.add(nd.create(DimShuffle(input_ndim=len(order), order=tuple(order)), [x]))


def lower_assume(b: Lowering, op: Any) -> SSAValue:
    """The array of which something is assumed."""
    return op.operands[0]


def lower_alloc(b: Lowering, op: Any) -> SSAValue | None:
    """Of no dimensions, the value."""
    return op.operands[0] if len(op.operands) == 1 else None


# The value that takes the place of the op's result; None leaves the op.
_LOWERINGS: dict[str, Callable[[Lowering, Any], SSAValue | None]] = {
    "nd.alloc": lower_alloc,
    "nd.assume": lower_assume,
    "nd.check": lower_check,
    "nd.dim": lower_dim,
    "nd.inc_subtensor": lower_inc_subtensor,
    "nd.pow": lower_pow,
    "nd.reshape": lower_reshape,
    "nd.shape": lower_shape,
    "nd.specify_shape": lower_specify_shape,
    "nd.subtensor": lower_subtensor,
    "nd.arange": lower_arange,
    "nd.eye": lower_eye,
    **{f"nd.{name}": lower_sum for name in ("sum", "prod", "all", "any")},
    **{f"nd.{name}": lower_max for name in ("max", "min", "argmax", "argmin")},
}
