"""A loop made from the function of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lamina.compile.modes import Mode, get_mode
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.scan.arguments import Iterated, Recurrence, checked_steps
from lamina.scan.build import apply_scan
from lamina.scan.states import State
from lamina.scan.step_graph import StepGraph, add_default_updates, refuse_undeclared
from lamina.scan.step_values import step_values
from lamina.scan.steps import rows_by_step
from lamina.scan.test_values import with_test_value


@dataclass
class Loop:
    """What a loop results in.

    Attributes
    ----------
    outputs : list of Variable
        All values of each output; of what is no array the last.
    last : list of Variable
        The last value of each output; before the first step, the initial one.
    updates : dict
        The last values of shared variables.
    may_end_early : bool
        Whether a step returns a condition.
    """

    outputs: list[Any]
    last: list[Any]
    updates: dict[SharedVariable, Any]
    may_end_early: bool

    @staticmethod
    def made(
        fn: Callable[..., Any],
        sequences: Sequence[Iterated],
        recurrences: Sequence[Recurrence],
        non_sequences: Sequence[Variable],
        *,
        n_steps: Any = None,
        truncate_gradient: int = -1,
        go_backwards: bool = False,
        mode: str | Mode | None = None,
        name: str | None = None,
        strict: bool = False,
        more_outputs: bool = False,
    ) -> Loop:
        """The loop of `scan`; with `more_outputs`, `recurrences` are of the first outputs only."""
        title = title_of(name)
        own_mode = None if mode is None else get_mode(mode)
        if isinstance(truncate_gradient, bool) or not isinstance(truncate_gradient, int):
            raise TypeError(f"{title}: truncate_gradient must be an int, got {truncate_gradient!r}")
        if truncate_gradient < -1:
            raise ValueError(f"{title}: truncate_gradient must be -1 or more")
        n, arrays = rows_by_step(sequences, checked_steps(n_steps), go_backwards, title)
        rows = [_row(x, sequence, tap) for x, (sequence, tap) in zip(
            arrays, [(s, tap) for s in sequences for tap in s.taps], strict=True
        )]  # fmt: skip
        states: list[State | None] = [State(r, title) if r.taps else None for r in recurrences]
        first = rows[0] if rows else Variable(TensorType("bool", ()))
        given = [v for state in states if state is not None for v in state.given()]
        values = step_values(fn(*rows, *given, *non_sequences))
        missing = len(values.outputs) - len(recurrences)
        if more_outputs or not recurrences:
            states += [None] * missing
        elif missing:
            raise ValueError(
                f"{title}: outputs_info has {len(recurrences)} entries, but a step returns "
                f"{len(values.outputs)} outputs; give an entry for each, None for those that steps "
                "do not get"
            )
        _check_outputs(values.outputs, states, title)
        kept = [v for state in states if state is not None for v in state.carries]
        inner = [*rows, *kept]
        add_default_updates(values, first)
        if strict:
            refuse_undeclared(values, inner, non_sequences, title)
        step = StepGraph(values, states, rows, non_sequences)
        made = apply_scan(
            rows,
            step.carries,
            step.same,
            step.carried_on,
            step.traced,
            n=n,
            sequences=arrays,
            starts=step.starts,
            constants=step.constants,
            until=step.condition,
            name=name,
            truncate=truncate_gradient,
            labels=step.labels(sequences, recurrences),
            mode=own_mode,
        )
        if step.updates:
            op = made.ends[-1].owner.op
            first = 1 + len(rows) + len(step.carries) - len(step.updates)
            op.updated_operands = tuple(range(first, first + len(step.updates)))
        outputs, last = step.outputs(made.ends, made.traces)
        return Loop(outputs, last, step.shared_ends(made.ends), made.done is not None)


def title_of(name: str | None) -> str:
    """What messages call a loop."""
    return f"scan {name!r}" if name else "scan"


def _row(x: Any, sequence: Iterated, tap: int) -> Any:
    """What stands for a row of a sequence in the graph of a step."""
    name = sequence.variable.name
    shift = f"{tap:+d}" if tap else ""
    row = x.type.clone(shape=x.type.shape[1:])(name and f"{name}[t{shift}]")
    with_test_value(row, x, row=True)
    return row


def _check_outputs(outputs: Sequence[Any], states: Sequence[State | None], title: str) -> None:
    for number, (v, state) in enumerate(zip(outputs, states, strict=True)):
        if state is None and not isinstance(v.type, TensorType):
            raise TypeError(
                f"{title}: output {number}, {v}, is no array but of the type {v.type}: its values "
                "cannot be stacked. Give its initial value in outputs_info."
            )


def refuse_updates(loop: Loop, name: str | None) -> None:
    """Raise a ValueError if steps update shared variables, where the updates are not returned."""
    if loop.updates:
        changed = ", ".join(map(str, loop.updates))
        raise ValueError(
            f"{title_of(name)}: steps update {changed}, so the updates must be returned; or let "
            "the steps get and return the values by outputs_info"
        )
