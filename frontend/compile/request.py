"""What a backend is told about the function that it makes of a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lamina.compile.arguments import Argument
from lamina.compile.modes import Mode
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Variable

if TYPE_CHECKING:
    from lamina.compile.measurement import Measurement


@dataclass(frozen=True)
class Request:
    """How the graph of a function is called.

    Attributes
    ----------
    name : str
        For dumps and errors; not unique.
    mode : Mode
    arguments : tuple of Argument
        What a call gives: the first inputs of the graph.
    cells : tuple of list
        Where the other inputs of the graph are: a value is ``cell[0]``.
    targets : tuple of list
        Where the last outputs of the graph go, once all of them are computed:
        ``target[0] = value``. The outputs before them are returned.
    returns_list : bool
        Whether a call returns a list; else the one array.
    borrow : tuple of bool
        Returned outputs that may share memory with inputs and each other.
    convert : callable
        From the positional and keyword arguments of a call, the exact values of `arguments`, or a
        TypeError. (``Type.exact`` says what is exact; the values in cells are.)
    profile : Measurement, optional
        What is to be told how long things take.
    """

    name: str
    mode: Mode
    arguments: tuple[Argument, ...]
    cells: tuple[list[Any], ...]
    targets: tuple[list[Any], ...]
    returns_list: bool
    borrow: tuple[bool, ...]
    convert: Callable[[Sequence[Any], Mapping[str, Any]], list[Any]]
    profile: Measurement | None = None


def protected_inputs(fgraph: FunctionGraph, request: Request) -> list[Variable]:
    """The inputs that belong to the user: neither mutable nor replaced by a call."""
    replaced = {id(cell) for cell in request.targets}
    given = fgraph.inputs[: len(request.arguments)]
    kept = fgraph.inputs[len(request.arguments) :]
    return [
        *(v for v, a in zip(given, request.arguments, strict=True) if not a.mutable),
        *(v for v, c in zip(kept, request.cells, strict=True) if id(c) not in replaced),
    ]


class Executable(Protocol):
    """What a backend makes.

    Attributes
    ----------
    call : callable
        Takes the arguments of the user's call.
    fgraph : FunctionGraph
        The graph that is computed, after rewriting; it may be made when it is first asked for.
    callbacks : tuple of Op
        The ops for which machine code calls Python.
    """

    @property
    def call(self) -> Callable[..., Any]: ...

    @property
    def fgraph(self) -> Any: ...  # a type checker takes no cached_property for a FunctionGraph

    @property
    def callbacks(self) -> tuple[Op, ...]: ...

    def ir(self, stage: str) -> str:
        """The text of a stage of the pipeline."""
        ...
