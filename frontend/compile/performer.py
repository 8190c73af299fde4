"""One application computed by Python: by its op's ``perform``, or the thunk that the op makes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.compile.errors import WrongResult, describe_value, explain
from lamina.compile.shown_values import shows_otherwise
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import HasInnerGraph, Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable

_Perform = Callable[[Apply, Sequence[Any], list[list[Any]]], None]
_ARRAYS = (np.ndarray, np.generic, bool, int, float, complex)


class Performer:
    """Computes the outputs of `node` from the values of its inputs.

    An op with a destroy map overwrites the values that it is given.

    Parameters
    ----------
    node : Apply
    """

    def __init__(self, node: Apply):
        self._node = node
        self._perform = _perform(node)
        # values that ops have in another form than functions and graphs within ops
        given = () if isinstance(node.op, HasInnerGraph) else node.inputs
        self._shown = [i for i, v in enumerate(given) if shows_otherwise(v.type)]

    def __call__(self, operands: list[Any]) -> list[Any]:
        """The values of the outputs; arrays of the types that the node declares.

        Raises
        ------
        TypeError
            The op computed something else than it declared.
        Exception
            What the ``perform`` of the op raises; the message tells the op, its operands and the
            user's line.
        """
        node = self._node
        storage: list[list[Any]] = [[None] for _ in node.outputs]
        if self._shown:
            operands = list(operands)
            for i in self._shown:
                operands[i] = node.inputs[i].type.shown(operands[i])
        try:
            self._perform(node, operands, storage)
            return [
                _checked(value, v, node) for v, (value,) in zip(node.outputs, storage, strict=True)
            ]
        except Exception as error:
            explain(error, node, operands)
            raise


def _perform(node: Apply) -> _Perform:
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
        return kind.exact(value)
    if value.__class__ is not np.ndarray and isinstance(value, _ARRAYS):
        value = np.asarray(value)
    if (
        not isinstance(value, np.ndarray)
        or value.dtype != kind.numpy_dtype
        or value.ndim != len(kind.shape)
        or any(n is not None and n != m for n, m in zip(kind.shape, value.shape, strict=True))
    ):
        raise WrongResult(
            f"{node.op} computed {describe_value(value)} for its output {variable.index}, "
            f"which it declared to be {kind}: correct its make_node or its perform"
        )
    return value
