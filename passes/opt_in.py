"""Rewrites that are applied only where the user asks for them, by their names or by a tag.

They drop what a user relies on otherwise: assertions, or that a draw is the one that NumPy's
generator gives. "unsafe" asks for all that drop checks ("shape_unsafe" is in `unneeded_checks`).
"""

from __future__ import annotations

from typing import Any

from xdsl.ir import SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.dimshuffle import NEW
from lamina.ir.ops.draw import Draw
from lamina.passes.driver import Rewriter
from lamina.passes.rules import Procedure, rewrite
from lamina.passes.slices import Slice, entries_of, indexed, taken_length
from lamina.passes.values import used_once


@rewrite("local_remove_all_assert", "check")
def remove_assertion(op: Any, rewriter: Rewriter) -> SSAValue:
    """check(x, condition) -> x: what Assert and CheckAndRaise check is not computed."""
    return op.operands[0]


@rewrite("local_subtensor_rv_lift", "subtensor", needs=("draw",))
def index_of_draw(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """normal(m)[i] -> normal(m[i]): fewer numbers, of the same distribution, but other ones."""
    draw = _draw_of(op.operands[0])
    if draw is None:
        return None
    entries = entries_of(op)
    lengths: list[SSAValue | None] = []
    for entry, n in zip(entries, _lengths(draw), strict=True):
        if isinstance(entry, Slice):
            length = taken_length(entry, n, rewriter)
            if length is None:
                return None
            lengths.append(length)
        else:
            lengths.append(None)
    kept = [i for i, n in enumerate(lengths) if n is not None]
    parameters = []
    for x, own in zip(_parameters(draw), draw.definition.dims, strict=True):
        part = indexed(x, [entries[d] for d in own], rewriter)
        parameters.append((part, [kept.index(d) for d in own if d in kept]))
    return _drawn(draw, [n for n in lengths if n is not None], parameters, rewriter)


@rewrite("local_dimshuffle_rv_lift", "dimshuffle", needs=("draw",))
def shuffled_draw(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """transpose(normal(m)) -> normal(transpose(m)): the numbers come in another order."""
    draw, order = _draw_of(op.operands[0]), op.definition.order
    if draw is None or NEW in order or op.definition.dropped:
        return None
    lengths = _lengths(draw)
    parameters = []
    for x, own in zip(_parameters(draw), draw.definition.dims, strict=True):
        new = sorted(order.index(d) for d in own)
        shuffled = rewriter.value(x).dimshuffle([own.index(order[d]) for d in new])
        parameters.append((shuffled.ssa, new))
    return _drawn(draw, [lengths[d] for d in order], parameters, rewriter)


def _draw_of(value: SSAValue) -> Any:
    """The draw of single numbers, used here only, that `value` is."""
    draw: Any = value.owner
    if not isinstance(draw, nd.RoutineOp) or draw.name != "nd.draw" or not used_once(value):
        return None
    definition: Any = draw.definition
    plain = len(definition.signature.results[1]) == definition.batch_ndim
    inputs = all(
        len(definition.signature.core(i)) == len(own)
        for i, own in enumerate(definition.dims, 1 + definition.batch_ndim)
    )
    return draw if value is draw.results[1] and plain and inputs else None


def _lengths(draw: Any) -> list[SSAValue]:
    return list(draw.operands[1 : 1 + draw.definition.batch_ndim])


def _parameters(draw: Any) -> list[SSAValue]:
    return list(draw.operands[1 + draw.definition.batch_ndim :])


def _drawn(draw: Any, lengths: Any, parameters: Any, rewriter: Rewriter) -> SSAValue:
    """What is drawn in place of `draw`; the generator goes on from where that leaves it."""
    names = [f"d{i}" for i in range(len(lengths))]
    cores = [",".join(f"d{d}" for d in own) for _, own in parameters]
    operands = ",".join(["(s)", *names, *(f"({core})" for core in cores)])
    old: Draw = draw.definition
    changed = Draw(old.distribution, f"{operands}->(s),({','.join(names)})", old.dtype)
    values = [draw.operands[0], *lengths, *(x for x, _ in parameters)]
    state = rewriter.apply(changed, values)
    new: Any = state.owner
    if draw.results[0].first_use is not None:
        rewriter.revisit_users(draw.results[0])
        draw.results[0].replace_all_uses_with(state)
    return new.results[1]


# The tags by which each is asked for, besides its name.
OPT_IN: tuple[tuple[frozenset[str], Procedure], ...] = (
    (frozenset({"unsafe"}), remove_assertion),
    (frozenset({"random_lift"}), index_of_draw),
    (frozenset({"random_lift"}), shuffled_draw),
)
