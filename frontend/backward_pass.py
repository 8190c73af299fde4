"""The backward pass: cotangents carried from the outputs of a graph to its inputs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.graph.gradient_types import DisconnectedType, NullType, disconnected_type
from lamina.ir.graph.op import Op
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value
from lamina.ir.ops.creation import zeros_like
from lamina.ir.ops.reduction import sum_to_type

SECOND = nd.second


class Sweep:
    """One backward pass over a graph.

    Parameters
    ----------
    seeds : dict
        Where it starts: the cotangents of some variables, complete.
    wrt : collection of Variable
        What cotangents are wanted of. Only ops between them and a seed are asked for pullbacks.
    constants : collection of Variable
        Where it stops.
    name : str or None
        The name of what is differentiated, for the names of cotangents.
    """

    def __init__(
        self,
        seeds: Mapping[Variable, Variable],
        wrt: Collection[Variable],
        constants: Collection[Variable] = (),
        name: str | None = None,
    ):
        self.seeds = seeds
        self.wrt = set(wrt)
        self.constants = set(constants)
        self.name = name
        # What anything arrived at, 0 included; and the sums of what may differ from 0.
        self.reached: set[Variable] = set(seeds)
        self.sums = {v: _fit(g, v, "the known gradient") for v, g in seeds.items()}
        self._foreign = {*seeds.values(), *self.sums.values()}
        order = toposort(seeds, self.constants)
        self.varying = self._varying(order)
        for node in reversed(order):
            self._visit(node)
        # A cotangent that belongs to several variables takes the name of the first of wrt.
        for v in reversed(list(wrt)):
            self._label(v)

    def gradient(self, v: Variable) -> Any:
        """The cotangent of `v`; None if it is disconnected."""
        if v not in self.reached:
            return None
        return self.sums[v] if v in self.sums else zeros_for(v)

    def _varying(self, order: Sequence[Apply]) -> set[Variable]:
        """What depends on `wrt`."""
        varying = set(self.wrt)
        for node in order:
            moving = [i for i, v in enumerate(node.inputs) if v in varying]
            if not moving:
                continue
            pattern = _connection_pattern(node)
            varying.update(
                v
                for j, v in enumerate(node.outputs)
                if v not in self.constants and any(pattern(i, j) for i in moving)
            )
        return varying

    def _visit(self, node: Apply) -> None:
        live = [
            j
            for j, v in enumerate(node.outputs)
            if v in self.reached and v in self.varying and v not in self.constants
        ]
        if not live:
            return
        pattern = _connection_pattern(node)
        needed = [
            i
            for i, v in enumerate(node.inputs)
            if v in self.varying and any(pattern(i, j) for j in live)
        ]
        flowing = [j for j in live if self._flows(node.outputs[j])]
        if not flowing:
            self.reached.update(node.inputs[i] for i in needed)
            return
        for j in flowing:
            self._label(node.outputs[j])
            g = self.sums[node.outputs[j]]
            if isinstance(g.type, NullType):
                for i in needed:
                    if pattern(i, j):
                        self._add(node.inputs[i], g)
                return
        terms = _terms(node, [self._cotangent(v, j in live) for j, v in enumerate(node.outputs)])
        for i in needed:
            term = terms[i]
            if term is None or isinstance(getattr(term, "type", None), DisconnectedType):
                continue
            v = node.inputs[i]
            self.reached.add(v)
            if not (is_discrete(v) and v not in self.wrt) and not _is_zero(term):
                self._add(v, _fit(term, v, f"{node.op}: the gradient by operand {i}"))

    def _cotangent(self, v: Variable, live: bool) -> Variable:
        if not live:
            return disconnected_type()
        return self.sums[v] if self._flows(v) else zeros_for(v)

    def _flows(self, v: Variable) -> bool:
        """Whether a gradient other than 0 may pass through `v`."""
        return v in self.sums and not is_discrete(v)

    def _add(self, v: Variable, term: Variable) -> None:
        self.reached.add(v)
        if v in self.seeds:
            return
        so_far = self.sums.get(v)
        if so_far is None or isinstance(term.type, NullType):
            self.sums[v] = term
        elif not isinstance(so_far.type, NullType):
            self.sums[v] = so_far + term  # type: ignore[operator]

    def _label(self, v: Variable) -> None:
        g = self.sums.get(v)
        if g is None or g in self._foreign:
            return
        if self.name is not None and v.name is not None:
            g.name = f"(d{self.name}/d{v.name})"


def is_discrete(v: Variable) -> bool:
    """Whether `v` is an array of integers or bools."""
    return isinstance(v.type, TensorType) and v.type.numpy_dtype.kind in "biu"


def zeros_for(v: Variable) -> Variable:
    """A gradient of 0 with respect to `v`."""
    return zeros_like(v, dtype=config.floatX if is_discrete(v) else None)


def _connection_pattern(node: Apply) -> Callable[[int, int], bool]:
    """Of i and j: whether output j changes smoothly with input i."""
    if type(node.op).connection_pattern is Op.connection_pattern:
        return lambda i, j: True
    pattern = node.op.connection_pattern(node)
    return lambda i, j: pattern[i][j]


def _terms(node: Apply, cotangents: list[Variable]) -> Sequence[Any]:
    """The terms that `node` adds to the cotangents of its inputs.

    Raises
    ------
    MethodNotDefined
        Its op has no gradient.
    ValueError
        The op returned the wrong number of terms.
    """
    try:
        terms = node.op.L_op(node.inputs, node.outputs, cotangents)
    except MethodNotDefined as error:
        made = describe(node.line)
        raise MethodNotDefined(
            f"{error}: the cost depends on {node.op}, without a gradient{made and ', at ' + made}. "
            "If its result is a constant, name it in consider_constant or use disconnected_grad."
        ) from error
    if not isinstance(terms, Sequence) or len(terms) != len(node.inputs):
        raise ValueError(
            f"{node.op} must give a gradient for each of its {len(node.inputs)} inputs, in a list; "
            f"got {terms!r}"
        )
    return terms


def _is_zero(term: Any) -> bool:
    """Whether `term` is visibly 0: such terms are not added."""
    if isinstance(term, Variable) and term.owner is not None and term.owner.op == SECOND:
        term = term.owner.inputs[1]
    if isinstance(term, Variable) and not isinstance(term.type, TensorType):
        return False
    value = constant_value(term)
    return value is not None and not value.any()


def _fit(term: Any, v: Variable, what: str) -> Variable:
    """`term` as a cotangent of `v`: broadcasting undone, in the dtype of `v`.

    Raises
    ------
    ValueError
        It has another number of dimensions.
    """
    if isinstance(term, Variable) and isinstance(term.type, NullType):
        return term
    if not isinstance(v.type, TensorType):
        return term
    term = as_tensor_variable(term)
    if term.type.ndim != v.type.ndim:
        raise ValueError(
            f"{what}, {v} of type {v.type}, has the type {term.type}: it must have the rank "
            f"{v.type.ndim}"
        )
    term = sum_to_type(term, v.type)
    wanted = config.floatX if is_discrete(v) else v.type.dtype
    if term.type.dtype == wanted and getattr(term, "weak", None) is None:
        return term
    if term.type.numpy_dtype.kind == "c" and not wanted.startswith("complex"):
        term = nd.real(term)
    return cast(term, wanted)
