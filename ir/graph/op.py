"""Ops: what is computed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from lamina.ir.binding import Operand
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.graph.source_line import user_line
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable

if TYPE_CHECKING:
    from lamina.ir.graph.frozen import FrozenFunctionGraph
    from lamina.ir.graph.function_graph import FunctionGraph
    from lamina.ir.graph.type import Type

T = TypeVar("T")
StorageMap = dict[Variable, list[Any]]


class Op:
    """A computation that can be applied to variables.

    A subclass states its parameters in ``__props__`` (two instances with equal parameters are
    equal), its signature in ``make_node`` or ``itypes`` and ``otypes``, its meaning in ``perform``
    and its derivative in ``grad`` or ``L_op``.

    Attributes
    ----------
    callback : bool
        Whether compiled functions call Python for ``perform``, as they do for every op that has no
        machine code; a built-in op says so that runs NumPy or SciPy.
    """

    __module__ = "lamina.graph.op"

    callback: bool = False

    default_output: int | None = None
    destroy_map: dict[int, list[int]] = {}
    view_map: dict[int, list[int]] = {}
    itypes: Sequence[Type] | None = None
    otypes: Sequence[Type] | None = None
    __props__: tuple[str, ...]

    def make_node(self, *inputs: Any) -> Apply:
        """The application of this op to `inputs`."""
        if self.itypes is None or self.otypes is None:
            raise NotImplementedError(
                f"{type(self).__name__} must define make_node or itypes and otypes"
            )
        if len(inputs) != len(self.itypes):
            raise ValueError(f"{self} expects {len(self.itypes)} inputs, got {len(inputs)}")
        given = [t.filter_variable(v) for t, v in zip(self.itypes, inputs, strict=True)]
        return Apply(self, given, [t() for t in self.otypes])

    def __call__(
        self, *inputs: Any, name: str | None = None, return_list: bool = False, **kwargs: Any
    ) -> Any:
        """Apply the op: the default output, the only one, or the list of all."""
        for operand in inputs:
            if isinstance(operand, Operand) and not isinstance(operand, Variable):
                return operand.bind(self, inputs)
        node = self.make_node(*inputs, **kwargs)
        if type(self).__module__.partition(".")[0] != "lamina":
            node.line = user_line()  # where it is applied, not where make_node was written
        if name is not None:
            node.outputs[self.default_output or 0].name = name
        _note_test_values(node)
        if self.default_output is not None:
            output = node.outputs[self.default_output]
            return [output] if return_list else output
        if return_list or len(node.outputs) != 1:
            return list(node.outputs)
        return node.outputs[0]

    @abstractmethod
    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        """Compute `inputs` into ``output_storage[i][0]`` by Python and NumPy."""
        raise MethodNotDefined(f"{type(self).__name__}.perform")

    def grad(self, inputs: Sequence[Variable], output_grads: Sequence[Variable]) -> list[Variable]:
        """Gradients of a scalar by the inputs, from those by the outputs."""
        raise MethodNotDefined(f"{type(self).__name__}.grad")

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> list[Variable]:
        """``grad``, given the outputs too."""
        if type(self).pullback is not Op.pullback:
            return self.pullback(inputs, outputs, output_grads)
        return self.grad(inputs, output_grads)

    def R_op(self, inputs: list[Variable], eval_points: Any) -> list[Variable]:
        """Directional derivatives of the outputs along `eval_points`, one for each input, or None
        where that stays the same.
        """
        raise MethodNotDefined(f"{type(self).__name__}.R_op")

    def pullback(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        cotangents: Sequence[Variable],
    ) -> list[Variable]:
        """The cotangents of the inputs from those of the outputs: the newer name of ``L_op``.

        What is disconnected is a variable of `DisconnectedType`.
        """
        return self.L_op(inputs, outputs, cotangents)

    def pushforward(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        tangents: Sequence[Variable],
    ) -> list[Variable]:
        """The tangents of the outputs from those of the inputs: the newer name of ``R_op``.

        What is disconnected is a variable of `DisconnectedType`.
        """
        from lamina.ir.graph.gradient_types import DisconnectedType, disconnected_type

        points = [None if isinstance(t.type, DisconnectedType) else t for t in tangents]
        terms = self.R_op(list(inputs), points)
        return [disconnected_type() if term is None else term for term in terms]

    def do_constant_folding(self, fgraph: FunctionGraph, node: Apply) -> bool:
        """Whether `node` may be computed at compile time when its inputs are constants."""
        return True

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """``[i][j]``: whether output j changes smoothly with input i."""
        return [[True] * len(node.outputs) for _ in node.inputs]

    def prepare_node(
        self,
        node: Apply,
        storage_map: StorageMap | None,
        compute_map: dict[Variable, list[bool]] | None,
        impl: str | None,
    ) -> None:
        """Change `node` before its thunk is made; called for every thunk."""

    def make_thunk(
        self,
        node: Apply,
        storage_map: StorageMap,
        compute_map: dict[Variable, list[bool]],
        no_recycling: list[Variable],
        impl: str | None = None,
    ) -> Callable[[], None]:
        """A function of no arguments that computes `node` from and into `storage_map`."""
        self.prepare_node(node, storage_map, compute_map, impl)
        return self.make_py_thunk(node, storage_map, compute_map, no_recycling)

    def make_py_thunk(
        self,
        node: Apply,
        storage_map: StorageMap,
        compute_map: dict[Variable, list[bool]],
        no_recycling: list[Variable],
        debug: bool = False,
    ) -> Callable[[], None]:
        """``make_thunk`` by ``perform``."""
        sources = [storage_map[v] for v in node.inputs]
        targets = [storage_map[v] for v in node.outputs]

        def thunk() -> None:
            self.perform(node, [source[0] for source in sources], targets)
            for output in node.outputs:
                compute_map[output][0] = True

        return thunk

    @staticmethod
    def add_tag_trace(thing: T, user_line: int | None = None) -> T:
        """Note the user's line on ``thing.tag.trace``; returns `thing`."""
        line = _here()
        thing.tag.trace = [[(*line, "", "")]] if line else []  # type: ignore[attr-defined]
        return thing

    def _props(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__props__)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or not hasattr(self, "__props__"):
            return NotImplemented
        return self._props() == other._props()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        if not hasattr(self, "__props__"):
            return object.__hash__(self)
        return hash((type(self), self._props()))

    def __repr__(self) -> str:
        if not hasattr(self, "__props__"):
            return object.__repr__(self)
        parts = ",".join(f"{n}={v}" for n, v in zip(self.__props__, self._props(), strict=True))
        return f"{type(self).__name__}({parts})"

    def __str__(self) -> str:
        if not getattr(self, "__props__", ()):
            return type(self).__name__
        parts = ", ".join(f"{n}={v!r}" for n, v in zip(self.__props__, self._props(), strict=True))
        return f"{type(self).__name__}{{{parts}}}"


_here = user_line


def io_connection_pattern(
    inputs: Sequence[Variable], outputs: Sequence[Variable]
) -> list[list[bool]]:
    """``[i][j]``: whether ``outputs[j]`` changes smoothly with ``inputs[i]``."""
    depends: dict[Variable, set[int]] = {}
    for i, v in enumerate(inputs):
        depends.setdefault(v, set()).add(i)
    for node in toposort(outputs, inputs):
        pattern = node.op.connection_pattern(node)
        for j, output in enumerate(node.outputs):
            reached = (depends.get(v, ()) for i, v in enumerate(node.inputs) if pattern[i][j])
            depends.setdefault(output, set().union(*reached))
    return [[i in depends.get(v, ()) for v in outputs] for i in range(len(inputs))]


class HasInnerGraph(ABC):
    """An op that contains a graph."""

    __module__ = "lamina.graph.op"

    fgraph: FunctionGraph

    @property
    @abstractmethod
    def inner_inputs(self) -> list[Variable]:
        """The inputs of the inner graph."""

    @property
    @abstractmethod
    def inner_outputs(self) -> list[Variable]:
        """The outputs of the inner graph."""

    def frozen_graph(self) -> FrozenFunctionGraph:
        """The inner graph as one that never changes; those of equal inner graphs are equal."""
        known = vars(self).get("_frozen")
        if known is None or known[0] is not self.fgraph:
            known = vars(self)["_frozen"] = self.fgraph, self.fgraph.freeze()
        return known[1]


def _note_test_values(node: Apply) -> None:
    from lamina.ir.configuration import config

    if config.compute_test_value != "off":
        from lamina.ir.graph.test_value import compute_test_value

        compute_test_value(node)
