"""What a compiled function leaves to Python: applications of ops that have no machine code."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from lamina.compile import not_native
from lamina.compile.numbered_nodes import numbered_nodes
from lamina.compile.performer import Performer
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.none_type import none_type_t
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Variable
from lamina.runtime.callback import Callback, Callbacks
from lamina.runtime.descriptor import ArraySpec


def callbacks_of(fgraph: FunctionGraph, numbers: Collection[int]) -> Callbacks | None:
    """The callbacks of a function: applications by number; None if it has none."""
    if not numbers:
        return None
    nodes = numbered_nodes(fgraph)
    return Callbacks({number: _callback(nodes[number]) for number in numbers})


def ops_of(fgraph: FunctionGraph, numbers: Collection[int]) -> tuple[Op, ...]:
    """The ops of applications; of those that call themselves the same, one."""
    nodes = numbered_nodes(fgraph) if numbers else []
    return tuple({str(nodes[number].op): nodes[number].op for number in numbers}.values())


def one_at_a_time(call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, which other threads wait for; a call within it does not.

    Python code lets other threads run between the reading of shared variables and their update.
    """
    lock = threading.RLock()

    def locked(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return call(*args, **kwargs)

    return locked


def _callback(node: Apply) -> Callback:
    performer, title = Performer(node), str(node.op)
    nones = [i for i, v in enumerate(node.inputs) if v.type == none_type_t]

    def perform(operands: list[Any]) -> list[np.ndarray]:
        not_native.callbacks[title] += 1
        for i in nones:
            operands.insert(i, None)
        return performer(operands)

    given = [v for v in node.inputs if v.type != none_type_t]
    return Callback(perform, _specs(given), _specs(node.outputs))


def _specs(variables: Sequence[Variable]) -> tuple[ArraySpec, ...]:
    kinds = [v.type.machine for v in variables]
    return tuple(ArraySpec(kind.dtype, kind.shape) for kind in kinds)
