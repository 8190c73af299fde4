"""Mode NUMPY: a graph run op by op, each by its ``perform``."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from lamina.compile.errors import describe_value, explain
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable

Perform = Callable[[Apply, Sequence[Any], list[list[Any]]], None]
_ARRAYS = (np.ndarray, np.generic, bool, int, float, complex)


class _Step(NamedTuple):
    """One application. Values are known by their places in one list."""

    node: Apply
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
    """

    def __init__(self, graph: FunctionGraph, borrow: Sequence[bool] = ()):
        order = graph.toposort()
        places: dict[Variable, int] = {v: i for i, v in enumerate(graph.inputs)}
        self._start: list[Any] = [None] * len(places)
        for v in (*(v for node in order for v in (*node.inputs, *node.outputs)), *graph.outputs):
            if v not in places:
                places[v] = len(self._start)
                self._start.append(v.data if isinstance(v, Constant) else None)
        self._steps = _steps(order, places, [places[v] for v in graph.outputs])
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
        step = None
        try:
            for step in self._steps:
                node, perform, sources, targets, overwritten, dead = step
                operands = [values[i] for i in sources]
                for i in overwritten:
                    operands[i] = copy.deepcopy(operands[i])
                storage: list[list[Any]] = [[None] for _ in targets]
                perform(node, operands, storage)
                for i, v, (value,) in zip(targets, node.outputs, storage, strict=True):
                    values[i] = _checked(value, v, node)
                for i in dead:
                    values[i] = None
        except Exception as error:
            assert step is not None
            explain(error, step.node, [values[i] for i in step.sources])
            raise
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
            elif id(value) in taken:
                value = copy.deepcopy(value)
            taken.add(id(value))
            apart.append(value)
        return apart


def _steps(order: list[Apply], places: dict[Variable, int], outputs: list[int]) -> list[_Step]:
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
            node,
            _performer(node),
            tuple(places[v] for v in node.inputs),
            tuple(places[v] for v in node.outputs),
            tuple(sorted({i for positions in node.op.destroy_map.values() for i in positions})),
            tuple(dead.get(number, ())),
        )
        for number, node in enumerate(order)
    ]


def _performer(node: Apply) -> Perform:
    """How to compute `node`: the ``perform`` of its op, or the thunk that the op makes."""
    op, kind = node.op, type(node.op)
    if kind.make_thunk is not Op.make_thunk or kind.make_py_thunk is not Op.make_py_thunk:
        return _ThunkPerform(node)
    if kind.prepare_node is not Op.prepare_node:
        op.prepare_node(node, None, None, "py")
    return op.perform


class _ThunkPerform:
    """The thunk of an op as a ``perform``.

    Its storage belongs to the thunk, so one thread runs it at a time.
    """

    def __init__(self, node: Apply):
        members = {*node.inputs, *node.outputs}
        self._storage: dict[Variable, list[Any]] = {v: [None] for v in members}
        self._computed = {v: [False] for v in members}
        self._lock = threading.RLock()
        self._thunk = node.op.make_thunk(
            node, self._storage, self._computed, list(node.outputs), "py"
        )

    def __call__(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        with self._lock:
            try:
                for v, value in zip(node.inputs, inputs, strict=True):
                    self._storage[v][0] = value
                    self._computed[v][0] = True
                self._thunk()
                for v, target in zip(node.outputs, output_storage, strict=True):
                    target[0] = self._storage[v][0]
            finally:
                for cell in self._storage.values():
                    cell[0] = None


def _checked(value: Any, variable: Variable, node: Apply) -> Any:
    """What an op computed, as a value of the type that it promised.

    Raises
    ------
    TypeError
        It is something else.
    """
    kind = variable.type
    if not isinstance(kind, TensorType):
        return value
    if value.__class__ is not np.ndarray and isinstance(value, _ARRAYS):
        value = np.asarray(value)
    if (
        not isinstance(value, np.ndarray)
        or value.dtype != kind.numpy_dtype
        or value.ndim != len(kind.shape)
        or any(n is not None and n != m for n, m in zip(kind.shape, value.shape, strict=True))
    ):
        raise TypeError(
            f"{node.op} computed {describe_value(value)} for its output {variable.index}, "
            f"which it declared to be {kind}: correct its make_node or its perform"
        )
    return value
