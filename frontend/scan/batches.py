"""A loop over batches: the same steps for each element, all elements at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.graph.vectorize import same_batch, vectorize_graph
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.dimshuffle import moveaxis
from lamina.ir.ops.shape import length_of
from lamina.scan.op import Scan


def batched_loop(node: Apply, batched: Sequence[Any]) -> list[Any]:
    """The results of the loop `node` on operands of which some have batch dimensions in front.

    What is carried is batched if its first value is, or if a step makes it of what is batched.

    Raises
    ------
    NotImplementedError
        The number of steps, or the condition to end, differs from element to element.
    """
    op: Scan = node.op  # type: ignore[assignment]
    ranks = [_rank(b) - _rank(v) for b, v in zip(batched, node.inputs, strict=True)]
    if ranks[0]:
        raise NotImplementedError(f"{op}{_made(node)} would do another number of steps for each")
    places = [i for i, n in enumerate(ranks) if n]
    operands = list(batched)
    together = same_batch([batched[i] for i in places], [_rank(node.inputs[i]) for i in places])
    for i, x in zip(places, together, strict=True):
        operands[i] = x
    model, ndim = together[0], max(ranks)
    batch = [length_of(model, axis) for axis in range(ndim)]
    static = model.type.shape[:ndim]

    inner = list(op.inner_inputs)
    first_carry, end = 1 + op.n_sequences, 1 + op.n_sequences + op.n_carries
    moving = _batched_inputs(op, {inner[i - 1] for i in places})
    stands_for: dict[Variable, Any] = {
        v: v.type.clone(shape=(*static, *v.type.shape))(v.name)  # type: ignore[attr-defined]
        for v in inner
        if v in moving
    }
    outputs = vectorize_graph(op.inner_outputs, stands_for)
    of_step = next(iter(stands_for.values()))
    in_step = [length_of(of_step, axis) for axis in range(ndim)]
    # a step may make what is the same for all of what is not; one variable is one trace
    whole = {
        outputs[i]: _broadcast(outputs[i], in_step)
        for i, v in enumerate(op.carries)
        if v in moving and _rank(outputs[i]) == _rank(v)
    }
    outputs = [whole.get(v, v) for v in outputs]
    if op.until and _rank(outputs[-1]):
        raise NotImplementedError(f"{op}{_made(node)} would end in another step for each")

    for i, v in enumerate(inner, 1):
        if first_carry <= i < end and v in moving and i not in places:
            operands[i] = _broadcast(operands[i], batch)
        elif i < first_carry and i in places:
            operands[i] = moveaxis(operands[i], ndim, 0)
    made = Scan(
        [stands_for.get(v, v) for v in inner],
        outputs,
        op.n_sequences,
        op.n_carries,
        op.until,
        op.name,
        op.truncate,
        op.labels,
        op.mode,
    ).make_node(*operands)
    made.line = node.line
    results: list[Any] = list(made.outputs)
    for i, old in enumerate(node.outputs):
        if i >= op.n_carries and _rank(results[i]) > _rank(old):
            results[i] = moveaxis(results[i], 0, ndim)
    return results


def _batched_inputs(op: Scan, moving: set[Variable]) -> set[Variable]:
    """The inputs of a step that are batched if those of `moving` are."""
    order = toposort(op.inner_outputs)
    while True:
        reached = set(moving)
        for node in order:
            if any(v in reached for v in node.inputs):
                reached.update(node.outputs)
        added = {
            old
            for old, new in zip(op.carries, op.inner_outputs, strict=False)
            if new in reached and old not in moving
        }
        if not added:
            return moving
        moving = moving | added


def _broadcast(x: Any, batch: Sequence[Any]) -> Any:
    return broadcast_to(x, (*batch, *(length_of(x, axis) for axis in range(_rank(x)))))


def _rank(v: Any) -> int:
    return v.type.ndim if isinstance(v.type, TensorType) else 0


def _made(node: Apply) -> str:
    made = describe(node.line)
    return f" ({made})" if made else ""
