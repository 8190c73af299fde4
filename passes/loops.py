"""Loops made to do less: what no one uses is neither traced nor carried.

nd.scan with a trace that nothing uses  ->  without it
trace[-1] of what is carried            ->  the last value, which needs no trace
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.passes.dce import erase_unused
from lamina.passes.driver import is_pure
from lamina.passes.loop_invariants import take_out


def inner_blocks(block: Block) -> Iterator[Block]:
    """The steps of all loops in `block`, and its branches, inner ones first."""
    for op in block.ops:
        if isinstance(op, (nd.ScanOp, nd.IfOp)):
            for region in op.regions:
                yield from inner_blocks(region.block)
                yield region.block


def simplify_loops(block: Block) -> None:
    """Simplify the loops in `block`, and those in them."""
    for op in list(block.ops):
        if isinstance(op, nd.IfOp):
            for branch in op.branches:
                simplify_loops(branch)
        elif isinstance(op, nd.ScanOp):
            simplify_loops(op.block)
            _use_last_values(op)
            take_out(op)
    erase_unused(block)
    for op in reversed(list(block.ops)):
        if isinstance(op, nd.ScanOp) and op.parent is block:  # nothing may use it any more
            _prune(op)
            erase_unused(block)


def _use_last_values(op: nd.ScanOp) -> None:
    carries = op.count("carries")
    for trace, value in zip(op.traces, op.yielded[carries:], strict=False):
        ends = [op.results[i] for i in range(carries) if op.yielded[i] is value]
        for use in list(trace.uses) if ends else ():
            taken: Any = use.operation
            if (
                taken.name == "nd.subtensor"
                and use.index == 0
                and isinstance(taken.definition, Subtensor)
                and taken.definition.idx_list == (True,)
                and (i := nd.constant_data(taken.operands[1])) is not None
                and int(i) == -1
            ):
                taken.results[0].replace_all_uses_with(ends[0])


def _prune(op: nd.ScanOp) -> None:
    """Leave out what is not used: traces, carries, operands."""
    erase_unused(op.block)
    n, carries = op.count("sequences"), op.count("carries")
    traces = [k for k, r in enumerate(op.traces) if r.first_use is not None]
    kept = _needed_carries(op, traces)
    yielded = list(op.yielded)
    last = op.block.last_op
    assert last is not None
    ends = [yielded[i] for i in kept] + [yielded[carries + k] for k in traces]
    if op.until:
        ends.append(yielded[-1])
    new_last = nd.YieldOp.create(operands=ends)
    op.block.insert_op_before(new_last, last)
    op.block.erase_op(last)
    args = list(op.block.args)
    erase_unused(op.block)
    rows = [i for i in range(n) if args[i].first_use is not None]
    same = [i for i in range(n + carries, len(args)) if args[i].first_use is not None]
    order = [*rows, *(n + i for i in kept), *same]
    if len(order) == len(args) and len(traces) == len(op.traces):
        return
    gone = [i for i in range(len(args)) if i not in order]
    for i in reversed(gone):
        op.block.erase_arg(args[i])
    operands = list(op.operands)
    results = list(op.results)
    kept_results = [results[i] for i in kept] + [results[carries + k] for k in traces]
    if op.until:
        kept_results.append(results[-1])
    attributes = {
        **op.attributes,
        "sequences": IntegerAttr(len(rows), i64),
        "carries": IntegerAttr(len(kept), i64),
    }
    region = Region()
    body = op.block
    op.body.detach_block(body)
    region.add_block(body)
    made = nd.ScanOp.create(
        operands=[operands[0], *(operands[1 + i] for i in order)],
        result_types=[r.type for r in kept_results],
        attributes=attributes,
        regions=[region],
    )
    block = op.parent
    assert block is not None
    block.insert_op_before(made, op)
    for old, new in zip(kept_results, made.results, strict=True):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    op.detach()
    op.erase()


def _needed_carries(op: nd.ScanOp, traces: list[int]) -> list[int]:
    """Those whose last value is used, or on which something that is used depends."""
    carries = op.count("carries")
    yielded = list(op.yielded)
    roots = [yielded[carries + k] for k in traces] + ([yielded[-1]] if op.until else [])
    needed = {i for i in range(carries) if op.results[i].first_use is not None}
    reached: set[SSAValue] = set()
    position = {arg: i for i, arg in enumerate(op.carried)}
    stack = [*roots, *(yielded[i] for i in needed)]
    for inner in op.block.ops:
        if not is_pure(inner):
            stack += inner.operands
    while stack:
        v = stack.pop()
        if v in reached:
            continue
        reached.add(v)
        if v in position and position[v] not in needed:
            needed.add(position[v])
            stack.append(yielded[position[v]])
        elif isinstance(v.owner, Operation):
            stack += v.owner.operands
    return sorted(needed)
