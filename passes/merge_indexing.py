"""Indices of indices, of updates, and of what is made of other arrays.

x[a:][b:]            ->  x[a + b:]              x[i].set(y)[i]    ->  y
transpose(x)[i]      ->  x[:, i]                alloc(v, n)[i]    ->  v
sum(x, 0)[i]         ->  sum(x[:, i], 0)        join(x, y)[:, i]  ->  join(x[:, i], y[:, i])
dot(a, b)[i]         ->  dot(a[i], b)           make_vector(a, b)[1:]  ->  make_vector(b)

An index out of bounds raises what it did: its check was made before rewriting begins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.ir import SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.alloc import Alloc
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.contraction import Blockwise, Dot
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.joining import Join
from lamina.ir.ops.shape import MakeVector
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.slices import (
    WHOLE,
    Slice,
    composed,
    entries_of,
    indexed,
    is_whole,
    same_index,
    taken_length,
)
from lamina.passes.stated_lengths import REDUCTIONS
from lamina.passes.values import Value, made_by, used_once


@rewrite("index-of-index", "subtensor", needs=("subtensor",))
def index_of_index(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """x[a:][b:] -> x[a + b:], x[::2][3] -> x[6]: one view, where every axis composes."""
    inner = made_by(op.operands[0], "subtensor")
    if inner is None:
        return None
    x = inner.operands[0]
    first, second = entries_of(inner), entries_of(op)
    static, merged = nd.static_shape(x), []
    rest = iter(second)
    for entry, n in zip(first, static, strict=True):
        if isinstance(entry, Slice):
            both = composed(entry, next(rest), n, rewriter)
            if both is None:
                return None
            merged.append(both)
        else:
            merged.append(entry)
    return indexed(x, merged, rewriter)


@rewrite("index-of-update", "subtensor", needs=("inc_subtensor",))
def index_of_update(op: Any, rewriter: Rewriter) -> Value | SSAValue | None:
    """x[i].set(y)[i] -> y, x[i].inc(y)[i] -> x[i] + y, and x[i].set(y)[j] -> x[j] for i != j."""
    update = made_by(op.operands[0], "inc_subtensor")
    if update is None:
        return None
    x, y = update.operands[:2]
    first, second = entries_of(update), entries_of(op)
    if same_index(first, second):
        part = rewriter.value(indexed(x, second, rewriter))
        new = rewriter.value(y)
        return ops.second(part, new) if update.definition.set_instead_of_inc else part + new
    static = nd.static_shape(x)
    apart = any(_are_apart(a, b, n) for a, b, n in zip(first, second, static, strict=True))
    return indexed(x, second, rewriter) if apart else None


def _are_apart(a: Any, b: Any, n: int | None) -> bool:
    """Whether two entries of an index never name the same position."""
    if n is not None:
        one, other = (_positions(entry, n) for entry in (a, b))
        return one is not None and other is not None and not set(one) & set(other)
    one, other = (None if isinstance(e, Slice) else nd.constant_data(e) for e in (a, b))
    if one is not None and other is not None:
        return bool(one != other) and bool((one < 0) == (other < 0))
    for first, second in ((a, b), (b, a)):  # x[:3] and x[3:]
        if isinstance(first, Slice) and isinstance(second, Slice):
            stop, start = first.known("stop"), second.known("start")
            steps = first.has_unit_step and second.has_unit_step
            if steps and stop is not None and start is not None and 0 <= stop <= start:
                return True
        elif isinstance(first, Slice) and first.has_unit_step:
            index = nd.constant_data(second)
            start, stop = first.known("start"), first.known("stop")
            if index is None or index < 0:
                continue
            if (stop is not None and 0 <= stop <= index) or (start is not None and index < start):
                return True
    return False


def _positions(entry: Any, n: int) -> range | None:
    if isinstance(entry, Slice):
        known = entry.constants()
        return None if known is None else range(n)[slice(*known)]
    data = nd.constant_data(entry)
    return None if data is None else range(n)[int(data) : int(data) + 1 or None]


@rewrite("index-of-alloc", "subtensor", needs=("alloc",))
def index_of_alloc(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """alloc(v, n, m)[i, a:] -> alloc(v[a:], m - a): v is indexed where it has the dimension."""
    made = made_by(op.operands[0], "alloc")
    if made is None:
        return None
    v, *lengths = made.operands
    missing, static = len(lengths) - nd.rank(v), nd.static_shape(v)
    of_v: list[Any] = []
    kept: list[SSAValue] = []
    for axis, (entry, n) in enumerate(zip(entries_of(op), lengths, strict=True)):
        own = axis - missing
        if own >= 0:
            broadcast = static[own] == 1
            zero = rewriter.number(0, "int64")
            if not broadcast:
                of_v.append(entry)
            else:
                of_v.append(WHOLE if isinstance(entry, Slice) else zero)
        if isinstance(entry, Slice):
            length = taken_length(entry, n, rewriter)
            if length is None:
                return None
            kept.append(length)
    part = indexed(v, of_v, rewriter)
    if not kept:
        return part
    return rewriter.apply(Alloc(), [part, *kept])


@rewrite("index-of-shuffled", "subtensor", needs=("dimshuffle",))
def index_of_shuffled(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """transpose(x)[i] -> x[:, i], x[None][0] -> x, x[:, None][i] -> x[i][None]."""
    made = made_by(op.operands[0], "dimshuffle")
    if made is None or made.definition.dropped:
        return None
    x, order, entries = made.operands[0], made.definition.order, entries_of(op)
    of_x: list[Any] = [WHOLE] * nd.rank(x)
    for entry, d in zip(entries, order, strict=True):
        if d == NEW:
            if isinstance(entry, Slice) and not entry.is_whole and entry.positions(1) != range(1):
                return None
            if not isinstance(entry, Slice) and nd.constant_data(entry) is None:
                return None
        else:
            of_x[d] = entry
    part = indexed(x, of_x, rewriter)
    left = [d for d in range(nd.rank(x)) if isinstance(of_x[d], Slice)]
    new_order = tuple(
        NEW if d == NEW else left.index(d)
        for d, entry in zip(order, entries, strict=True)
        if isinstance(entry, Slice)
    )
    if new_order == tuple(range(len(left))):
        return part
    return rewriter.apply(DimShuffle(input_ndim=len(left), order=new_order), [part])


@rewrite("index-of-reduction", "subtensor", needs=REDUCTIONS[:6])
def index_of_reduction(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """sum(x, 0)[i] -> sum(x[:, i], 0), where the sum is used here only."""
    made: Any = op.operands[0].owner
    if made.name[3:] not in REDUCTIONS[:6] or not used_once(op.operands[0]):
        return None
    (x,) = made.operands
    axes = made.definition.axes(nd.rank(x))
    rest = iter(entries_of(op))
    of_x = [WHOLE if i in axes else next(rest) for i in range(nd.rank(x))]
    gone = [i for i, entry in enumerate(of_x) if not isinstance(entry, Slice)]
    new_axes = tuple(a - sum(i < a for i in gone) for a in axes)
    definition = made.definition
    if hasattr(definition, "of_nothing"):
        changed = type(definition)(new_axes, definition.of_nothing)
    else:
        changed = type(definition)(new_axes)
    return rewriter.apply(changed, [indexed(x, of_x, rewriter)])


@rewrite("index-of-product", "subtensor", needs=("dot",))
def index_of_product(op: Any, rewriter: Rewriter) -> Value | None:
    """dot(a, b)[i] -> dot(a[i], b), dot(a, b)[:, j] -> dot(a, b[:, j]): only what is wanted."""
    made = made_by(op.operands[0], "dot")
    if made is None or not used_once(op.operands[0]) or nd.rank(op.operands[0]) != 2:
        return None
    rows, columns = entries_of(op)
    a, b = made.operands
    left = rewriter.value(indexed(a, [rows, WHOLE], rewriter))
    right = rewriter.value(indexed(b, [WHOLE, columns], rewriter))
    row, column = left.ndim == 1, right.ndim == 1
    left = left.with_axes([0]) if row else left
    right = right.with_axes([1]) if column else right
    product = Blockwise(Dot())(left, right)
    return product.dimshuffle([i for i, gone in enumerate((row, column)) if not gone])


@rewrite("index-of-joined", "subtensor", needs=("concatenate",))
def index_of_joined(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """join(x, y)[:, i] -> join(x[:, i], y[:, i]); join(x, y)[i] -> x[i] where x is long enough.

    Refuses where parts of several arrays are taken along the axis that they are joined on.
    """
    made = made_by(op.operands[0], "concatenate")
    if made is None:
        return None
    axis, entries = made.definition.axis, entries_of(op)
    along = entries[axis]
    if is_whole(along):
        if not used_once(op.operands[0]):
            return None
        gone = sum(not isinstance(entry, Slice) for entry in entries[:axis])
        parts = [indexed(v, entries, rewriter) for v in made.operands]
        return rewriter.apply(Join(axis - gone), parts)
    lengths = [nd.static_shape(v)[axis] for v in made.operands]
    found = _piece(along, lengths)
    if found is None:
        return None
    which, new = found
    entry: Any = new if isinstance(new, slice) else rewriter.number(new, "int64")
    if isinstance(new, slice):
        entry = Slice.of(new.start, new.stop, new.step, rewriter)
    return indexed(made.operands[which], [*entries[:axis], entry, *entries[axis + 1 :]], rewriter)


def _piece(entry: Any, lengths: list[int | None]) -> tuple[int, Any] | None:
    """The array that an index of joined arrays is in, and the index in it."""
    start = 0
    for which, n in enumerate(lengths):
        if isinstance(entry, Slice):
            known = entry.constants()
            if known is None or known[2] not in (None, 1):
                return None
            low, high = known[0] or 0, known[1]
            if n is None or low < 0 or high is None or high < 0:
                return None
            if start <= low and high <= start + n and low < high:
                return which, slice(low - start, high - start, None)
        else:
            data = nd.constant_data(entry)
            if data is None or data < 0 or n is None:
                return None
            if start <= data < start + n:
                return which, int(data) - start
        start += n
    return None


@rewrite("slice-of-vector-of-scalars", "subtensor", needs=("make_vector",))
def slice_of_vector(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """make_vector(a, b, c)[1:] -> make_vector(b, c)."""
    made = made_by(op.operands[0], "make_vector")
    if made is None or len(op.definition.idx_list) != 1:
        return None
    (entry,) = entries_of(op)
    known = entry.constants() if isinstance(entry, Slice) else None
    if known is None or known[2] == 0:
        return None
    taken = list(made.operands)[slice(*known)]
    dtype = nd.dtype_of(op.results[0])
    return (
        rewriter.apply(MakeVector(dtype), taken) if taken else rewriter.constant(np.zeros(0, dtype))
    )


@rewrite("index-of-assumption", "subtensor", needs=("assume",))
def index_of_assumption(op: Any, rewriter: Rewriter) -> SSAValue | None:
    """assume(x)[i] -> x[i]."""
    made = made_by(op.operands[0], "assume")
    if made is None:
        return None
    return rewriter.apply(Subtensor(op.definition.idx_list), [made.operands[0], *op.operands[1:]])


MERGED_INDEXING = (
    index_of_index, index_of_update, index_of_alloc, index_of_shuffled, index_of_reduction,
    index_of_product, index_of_joined, slice_of_vector, index_of_assumption,
)  # fmt: skip
