"""Mode NUMPY: a graph run op by op, each by its ``perform``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lamina.compile.performer import Performer
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable

Perform = Callable[[list[Any]], list[Any]]


class _Step(NamedTuple):
    """One application. Values are known by their places in one list."""

    perform: Perform
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    overwritten: tuple[int, ...]  # positions of operands that the op destroys
    dead: tuple[int, ...]  # places not needed any more


class Interpreter:
    """Computes the outputs of a graph from its inputs.

    Intermediate values are dropped after their last use. An op that overwrites an operand gets a
    copy.

    Parameters
    ----------
    graph : FunctionGraph
    borrow : sequence of bool, optional
        Outputs that may share memory with inputs, constants and each other; the others never do.
    watch : callable, optional
        Takes an application and what computes it; what it returns is called in its place.
    """

    def __init__(
        self,
        graph: FunctionGraph,
        borrow: Sequence[bool] = (),
        watch: Callable[[Apply, Perform], Perform] | None = None,
    ):
        order = graph.toposort()
        places: dict[Variable, int] = {v: i for i, v in enumerate(graph.inputs)}
        self._start: list[Any] = [None] * len(places)
        for v in (*(v for node in order for v in (*node.inputs, *node.outputs)), *graph.outputs):
            if v not in places:
                places[v] = len(self._start)
                self._start.append(v.data if isinstance(v, Constant) else None)
        performers: list[Perform] = [Performer(node) for node in order]
        if watch is not None:
            performers = [watch(n, p) for n, p in zip(order, performers, strict=True)]
        self._steps = _steps(order, performers, places, [places[v] for v in graph.outputs])
        self._outputs = [places[v] for v in graph.outputs]
        self._types = [v.type for v in graph.outputs]
        self._borrow = [*borrow, *[False] * (len(graph.outputs) - len(borrow))]
        self._constants = [v for v in self._start if v is not None]

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs, for values of the inputs; these are not changed.

        Raises
        ------
        Exception
            What the ``perform`` of an op raises; the message tells the op, its operands and the
            user's line.
        """
        values = self._start.copy()
        values[: len(inputs)] = inputs
        for perform, sources, targets, overwritten, dead in self._steps:
            operands = [values[i] for i in sources]
            for i in overwritten:
                operands[i] = copy.deepcopy(operands[i])
            for i, value in zip(targets, perform(operands), strict=True):
                values[i] = value
            for i in dead:
                values[i] = None
        return self._apart([values[i] for i in self._outputs], inputs)

    def _apart(self, results: list[Any], inputs: Sequence[Any]) -> list[Any]:
        """`results`, in memory that nothing else refers to."""
        taken = set(map(id, inputs))
        taken.update(map(id, self._constants))
        apart = []
        for value, kind, borrow in zip(results, self._types, self._borrow, strict=True):
            if borrow:
                apart.append(value)
                continue
            if isinstance(kind, TensorType):
                if id(value) in taken or value.base is not None or not value.flags.writeable:
                    value = value.copy(order="C")
                value = kind.exact(value)
            elif id(value) in taken or isinstance(value, list):  # whose elements may be shared
                value = copy.deepcopy(value)
            taken.add(id(value))
            apart.append(value)
        return apart


def _steps(
    order: list[Apply], performers: list[Perform], places: dict[Variable, int], outputs: list[int]
) -> list[_Step]:
    last: dict[int, int] = {}
    for number, node in enumerate(order):
        for v in (*node.inputs, *node.outputs):
            last[places[v]] = number
    kept = set(outputs) | {i for v, i in places.items() if isinstance(v, Constant)}
    dead: dict[int, list[int]] = {}
    for place, number in last.items():
        if place not in kept:
            dead.setdefault(number, []).append(place)
    return [
        _Step(
            perform,
            tuple(places[v] for v in node.inputs),
            tuple(places[v] for v in node.outputs),
            tuple(sorted({i for positions in node.op.destroy_map.values() for i in positions})),
            tuple(dead.get(number, ())),
        )
        for number, (node, perform) in enumerate(zip(order, performers, strict=True))
    ]
