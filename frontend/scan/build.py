"""Loops applied to what they need, with the traces that a gradient will ask for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from lamina.compile.modes import Mode
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.scan.op import Scan


class Loop(NamedTuple):
    """What a loop results in.

    Attributes
    ----------
    ends : list of Variable
        The last values of what is carried.
    traces : list of Variable
        All values of what is traced, a row a step.
    done : Variable or None
        The number of steps done, if the loop may end early.
    """

    ends: list[Any]
    traces: list[Any]
    done: Any


def apply_scan(
    rows: Sequence[Variable],
    carries: Sequence[Variable],
    same: Sequence[Variable],
    carried_on: Sequence[Variable],
    traced: Sequence[Variable],
    *,
    n: Any,
    sequences: Sequence[Any],
    starts: Sequence[Any],
    constants: Sequence[Any] = (),
    until: Any = None,
    name: str | None = None,
    truncate: int = -1,
    labels: Sequence[str] = (),
    mode: Mode | None = None,
) -> Loop:
    """A loop of `n` steps.

    Parameters
    ----------
    rows, carries, same : sequence of Variable
        The inputs of a step: a row of each sequence, what is carried, what stays the same.
    carried_on, traced : sequence of Variable
        What a step makes: the next value of each carry, which must have its dtype and rank; and
        what is kept of every step.
    n : int64 scalar
    sequences, starts, constants : sequence of tensor-like
        The operands for `rows`, each of `n` rows; for `carries`; for `same`.
    until : bool scalar, optional
        Of the graph of a step: whether it is the last.
    name, truncate, mode : optional
        As in ``Scan``.
    labels : sequence of str
        For printed graphs, what `rows`, `carries`, `same`, `carried_on` and `traced` are.
    """
    extra = [v for v in (*carried_on, *_draws([*carried_on, *traced])) if _is_to_be_traced(v)]
    known = set(traced) | set(carries)
    more = [v for v in dict.fromkeys(extra) if v not in known]
    outputs = [*carried_on, *traced, *more, *([] if until is None else [until])]
    if labels:
        labels = [*labels, *["kept for a gradient"] * len(more), *["until"] * (until is not None)]
    op = Scan(
        [*rows, *carries, *same],
        outputs,
        len(rows),
        len(carries),
        until is not None,
        name,
        truncate,
        labels,
        mode,
    )
    first = [
        cast(as_tensor_variable(x), v.type.dtype) if isinstance(v.type, TensorType) else x
        for x, v in zip(starts, carries, strict=True)
    ]
    results = op(n, *sequences, *first, *constants, return_list=True)
    k = len(carries)
    done = results[-1] if until is not None else None
    return Loop(list(results[:k]), list(results[k : k + len(traced)]), done)


def _is_to_be_traced(v: Variable) -> bool:
    return isinstance(v.type, TensorType)


def _draws(outputs: Sequence[Variable]) -> list[Variable]:
    """The arrays that are computed from what is no array, as random numbers are.

    A gradient takes them from the trace: computed once more, they would be others.
    """
    found = []
    for node in toposort(outputs):
        if any(not isinstance(v.type, TensorType) for v in node.inputs):
            found += [v for v in node.outputs if isinstance(v.type, TensorType)]
    return found


def used_by(outputs: Sequence[Variable], blocked: Collection[Variable]) -> set[Variable]:
    """All that a graph is made of, above what is blocked nothing."""
    found = set(outputs)
    for node in toposort(outputs, set(blocked)):
        found.update(node.inputs)
    return found
