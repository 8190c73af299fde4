"""`MonitorMode`: functions that show each op before and after it is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lamina.compile.modes import OpByOpMode
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph

Look = Callable[[FunctionGraph, int, Apply, "Computation"], None]


@dataclass
class Computation:
    """One op at work.

    Attributes
    ----------
    inputs, outputs : list of list
        A list ``[value]`` for each operand, and for each result; ``[None]`` before it is computed.
    """

    inputs: list[list[Any]]
    outputs: list[list[Any]]


@dataclass(frozen=True, init=False)
class MonitorMode(OpByOpMode):
    """A mode that runs op by op and calls functions of the user's around each.

    Parameters
    ----------
    pre_func, post_func : callable, optional
        Called before, and after, an op is computed: ``look(fgraph, i, node, computation)`` gets the
        graph, the application and its number in the order of computation, and in
        ``computation.inputs`` and ``computation.outputs`` a list ``[value]`` for each operand and
        result.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> def show(fgraph, i, node, computation):
    ...     print(i, node, [value.tolist() for value, in computation.outputs])
    >>> f = lamina.function([x], pt.exp(x) * 0, mode=MonitorMode(post_func=show))
    >>> _ = f([0.0])    # doctest: +SKIP
    """

    pre_func: Look | None
    post_func: Look | None

    def __init__(
        self,
        pre_func: Look | None = None,
        post_func: Look | None = None,
        optimizer: Any = "default",
        linker: str | None = None,
        name: str | None = "MonitorMode",
        included: Iterable[str] = (),
        excluded: Iterable[str] = (),
        required: Iterable[str] = (),
        rewriters: Iterable[tuple[Any, float]] = (),
        rules: Iterable[Any] = (),
    ):
        super().__init__(optimizer, linker, name, included, excluded, required, rewriters, rules)
        object.__setattr__(self, "pre_func", pre_func)
        object.__setattr__(self, "post_func", post_func)

    def watching(self, fgraph: FunctionGraph) -> Any:
        numbers = {node: i for i, node in enumerate(fgraph.toposort())}
        return lambda node, perform: self.watch(node, perform, fgraph, numbers[node])

    def watch(
        self, node: Apply, perform: Callable[[list[Any]], list[Any]], fgraph: FunctionGraph, i: int
    ) -> Callable[[list[Any]], list[Any]]:
        """`perform`, between calls of the two functions."""

        def watched(operands: list[Any]) -> list[Any]:
            computation = Computation([[x] for x in operands], [[None] for _ in node.outputs])
            if self.pre_func is not None:
                self.pre_func(fgraph, i, node, computation)
            results = perform(operands)
            for cell, result in zip(computation.outputs, results, strict=True):
                cell[0] = result
            if self.post_func is not None:
                self.post_func(fgraph, i, node, computation)
            return results

        return watched


# dataclass looks into the module that a class names, which must exist by then.
MonitorMode.__module__ = "lamina.compile.debug.monitormode"
