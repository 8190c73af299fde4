"""The graph of a step, made ready for the op of the loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lamina.compile.rebuild import fitting_update
from lamina.graph.replace import graph_replace
from lamina.ir.graph.errors import MissingInputError
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.scan.arguments import Iterated, Recurrence
from lamina.scan.capture import captured, undeclared, with_default_update
from lamina.scan.states import State
from lamina.scan.step_values import StepValues
from lamina.scan.test_values import with_test_value


def add_default_updates(values: StepValues, first: Variable) -> None:
    """Add to what a step makes the default updates of the shared variables that it reads.

    `first` was made just before the step.
    """
    waiting = [*values.outputs, *values.updates.values()]
    if values.condition is not None:
        waiting.append(values.condition)
    while found := with_default_update(waiting, values.updates, first):
        for target in found:
            values.updates[target] = fitting_update(target, target.default_update)  # type: ignore[attr-defined]
        waiting = [values.updates[target] for target in found]


def refuse_undeclared(
    values: StepValues, inner: Sequence[Variable], declared: Sequence[Variable], title: str
) -> None:
    """Raise a MissingInputError if a step uses what is neither its own nor declared."""
    made = [*values.outputs, *values.updates.values()]
    made += [] if values.condition is None else [values.condition]
    missing = undeclared(made, inner, declared)
    missing += [v for v in values.updates if v not in declared and v not in missing]
    if missing:
        raise MissingInputError(
            f"{title}: with strict=True, all variables that steps use must be among the sequences "
            f"and non_sequences; add {', '.join(map(str, missing))}"
        )


class StepGraph:
    """What a step carries, traces and takes from outside.

    Attributes
    ----------
    carries, same : list of Variable
        Inputs of the graph, besides rows.
    starts, constants : list of Variable
        What they are in the first step, and in all.
    carried_on, traced : list of Variable
    condition : Variable or None
    """

    def __init__(
        self,
        values: StepValues,
        states: Sequence[State | None],
        rows: Sequence[Variable],
        non_sequences: Sequence[Variable],
    ):
        self.updates = values.updates
        outputs = [
            v if state is None else state.fitted(v)
            for v, state in zip(values.outputs, states, strict=True)
        ]
        condition = [] if values.condition is None else [values.condition]
        # a shared variable that is updated is, within the loop, what is carried
        cells = {target: target.type(target.name) for target in values.updates}
        for target, cell in cells.items():
            with_test_value(cell, target)
        own: list[Variable] = [v for state in states if state is not None for v in state.carries]
        self.carries = [*own, *cells.values()]
        self.starts = [v for state in states if state is not None for v in state.starts]
        self.starts += cells
        graph = [*outputs, *values.updates.values(), *condition]
        graph, declared = _with_cells(graph, cells, non_sequences)
        operands = captured(graph, [*rows, *self.carries])
        self.same: list[Variable] = [v.type(v.name) for v in operands]
        graph = graph_replace(graph, dict(zip(operands, self.same, strict=True)), strict=False)
        self.constants = graph_replace(operands, declared, strict=False)
        outputs = graph[: len(outputs)]
        self.condition = graph[-1] if condition else None
        self.carried_on: list[Variable] = []
        self.traced: list[Variable] = []
        # of each output, the number of its carry and that of its trace
        self._places: list[tuple[int | None, int | None]] = []
        for v, state in zip(outputs, states, strict=True):
            carry = trace = None
            if state is not None:
                carry = len(self.carried_on)
                self.carried_on += [v, *state.carries[:-1]]
            if isinstance(v.type, TensorType):
                trace = len(self.traced)
                self.traced.append(v)
            self._places.append((carry, trace))
        self.carried_on += graph[len(outputs) : len(outputs) + len(cells)]

    def labels(self, sequences: Sequence[Iterated], recurrences: Sequence[Recurrence]) -> list[str]:
        """What the inputs and outputs of the graph of a step are, for printed graphs."""
        named = [f"sequence {i}, tap {tap}" for i, s in enumerate(sequences) for tap in s.taps]
        taps = [f"output {i}, tap {-k}" for i, r in enumerate(recurrences)
                for k in range(1, r.depth + 1)]  # fmt: skip
        cells = ["shared variable"] * len(self.updates)
        fixed = [
            "shared variable" if isinstance(v, SharedVariable) else f"non-sequence {i}"
            for i, v in enumerate(self.constants)
        ]
        after = [f"next {t}" for t in (*taps, *cells)]
        numbers = [i for i, (_, trace) in enumerate(self._places) if trace is not None]
        return [*named, *taps, *cells, *fixed, *after, *(f"output {i}" for i in numbers)]

    def outputs(self, ends: Sequence[Any], traces: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """All values of each output, and the last of each, from the results of the op."""
        outputs, last = [], []
        for carry, trace in self._places:
            outputs.append(ends[carry] if trace is None else traces[trace])  # type: ignore[index]
            last.append(traces[trace][-1] if carry is None else ends[carry])  # type: ignore[index]
        return outputs, last

    def shared_ends(self, ends: Sequence[Any]) -> dict[SharedVariable, Any]:
        """The last values of shared variables, which become their default updates, if they have
        any: those that they had are of one step.
        """
        found = dict(zip(self.updates, ends[len(ends) - len(self.updates) :], strict=True))
        for target, end in found.items():
            if getattr(target, "default_update", None) is not None:
                target.default_update = end  # type: ignore[attr-defined]
        return found


def _with_cells(
    graph: list[Variable],
    cells: dict[SharedVariable, Variable],
    non_sequences: Iterable[Variable],
) -> tuple[list[Variable], dict[Variable, Variable]]:
    """The graph of a step with what is carried in the place of shared variables.

    What is listed in `non_sequences` stays what it is before the loop, even if it is computed from
    such a variable; other variables stand for it, which are returned with it.
    """
    if not cells:
        return graph, {}
    fixed = {v: v.type(v.name) for v in non_sequences if v.owner is not None}
    replaced = graph_replace(graph, {**cells, **fixed}, strict=False)
    return replaced, {stand_in: v for v, stand_in in fixed.items()}
