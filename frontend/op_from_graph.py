"""`OpFromGraph`: a graph as an op."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.derivative_overrides import Override, overrides
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.gradient_types import DisconnectedType, NullType, disconnected_type
from lamina.ir.graph.op import HasInnerGraph, Op, io_connection_pattern
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.traversal import graph_inputs
from lamina.ir.graph.variable import Constant, Variable


class OpFromGraph(Op, HasInnerGraph):
    """An op that stands for a graph.

    In compiled functions its graph is in its place, so it costs nothing at run time. Equal graphs
    make equal ops.

    Parameters
    ----------
    inputs : sequence of Variable
        Of the graph; the op takes operands of their dtypes and ranks. Where operands have lengths
        that are known more exactly, the results have too.
    outputs : sequence of Variable
        What it computes.
    inline : bool
        Let rewrites see the graph: ``rewrite_graph`` puts it in the place of the op.
    lop_overrides, pullback : optional
        Another gradient than that of the graph: a function from the lists of inputs, outputs and
        cotangents to the list of cotangents of the inputs; an `OpFromGraph` of all these; or a list
        with an entry for each input, which is one of these that returns one variable, None for the
        graph's own gradient, or a variable or instance of `DisconnectedType` or `NullType`.
        Both are names of one parameter.
    grad_overrides : optional
        The same, of inputs and cotangents alone.
    rop_overrides : optional
        Other directional derivatives than those of the graph: of the lists of inputs and of
        tangents (None where an input stays the same), for each output.
    pushforward : optional
        The same, of inputs, outputs and tangents.
    connection_pattern : list of list of bool, optional
        ``[i][j]``: whether output j changes smoothly with input i; by default as in the graph.
    strict : bool
        Refuse a graph that uses shared variables which are not among `inputs`. They become operands
        otherwise, behind those that are given.
    name : str, optional
        What the op is called in printed graphs.
    destroy_map : dict, optional
        Taken for compatibility: no operand is ever overwritten.
    **kwargs
        Taken for compatibility; but ``updates`` and ``givens`` are refused.

    Attributes
    ----------
    shared_inputs : list of SharedVariable
        Those that the graph uses.

    Raises
    ------
    TypeError
        `inputs` or `outputs` are no lists of variables.
    MissingInputError
        The graph depends on something else.

    Examples
    --------
    >>> x, y = pt.dscalars("x", "y")
    >>> hypot = OpFromGraph([x, y], [pt.sqrt(x**2 + y**2)], name="hypot")
    >>> hypot(x, 4.0).eval({x: 3.0})
    array(5.)
    """

    __module__ = "lamina.compile.builders"

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        inline: bool = False,
        lop_overrides: Override = None,
        grad_overrides: Override = None,
        rop_overrides: Override = None,
        connection_pattern: list[list[bool]] | None = None,
        strict: bool = False,
        name: str | None = None,
        destroy_map: dict[int, list[int]] | None = None,
        *,
        pullback: Override = None,
        pushforward: Override = None,
        **kwargs: Any,
    ):
        for refused in ("updates", "givens"):
            if refused in kwargs:
                raise TypeError(f"OpFromGraph takes no {refused}")
        _check_variables(inputs, "inputs")
        _check_variables(outputs, "outputs")
        for v in inputs:
            if isinstance(v, (Constant, SharedVariable)):
                raise TypeError(f"An input of OpFromGraph cannot be the value {v}")
        if len(set(inputs)) < len(inputs):
            raise ValueError("The inputs of OpFromGraph must be different variables")
        self.shared_inputs = [
            v for v in graph_inputs(outputs, inputs) if isinstance(v, SharedVariable)
        ]
        if strict and self.shared_inputs:
            raise ValueError(
                f"strict=True, but the graph uses {self.shared_inputs}, which are no inputs"
            )
        given = [*inputs, *self.shared_inputs]
        memo = {v: v.type() for v in given}
        self.fgraph = FunctionGraph(given, outputs, memo=memo)
        self.inline, self.strict, self.name = inline, strict, name
        self._pullback = overrides(
            {
                "pullback": pullback,
                "lop_overrides": lop_overrides,
                "grad_overrides": grad_overrides,
            },
            {"pullback": True, "lop_overrides": True, "grad_overrides": False},
            len(given),
        )
        self._pushforward = overrides(
            {"pushforward": pushforward, "rop_overrides": rop_overrides},
            {"pushforward": True, "rop_overrides": False},
            len(outputs),
            none=True,
        )
        self._pattern = connection_pattern
        self._run: Any = None
        self._derived: dict[Any, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_run": None, "_derived": {}, "_frozen": None}

    @property
    def inner_inputs(self) -> list[Variable]:
        return self.fgraph.inputs

    @property
    def inner_outputs(self) -> list[Variable]:
        return self.fgraph.outputs

    @property
    def is_inline(self) -> bool:
        """Whether rewrites see the graph."""
        return self.inline

    @property
    def overridden(self) -> bool:
        """Whether a derivative is another than that of the graph."""
        return self._pullback is not None or self._pushforward is not None

    def clone(self) -> OpFromGraph:
        """A copy, of a copy of the graph."""
        return self._of(self.fgraph.clone())

    def _of(self, fgraph: FunctionGraph) -> OpFromGraph:
        copy = object.__new__(type(self))
        vars(copy).update(self.__getstate__(), fgraph=fgraph)
        return copy

    # -- application -------------------------------------------------------------------------------

    def make_node(self, *inputs: Any) -> Apply:
        wanted, own = len(self.inner_inputs), len(self.shared_inputs)
        if len(inputs) == wanted - own:
            inputs = (*inputs, *self.shared_inputs)
        if len(inputs) != wanted:
            raise ValueError(f"{self} expects {wanted - own} inputs, got {len(inputs)}")
        operands = [
            inner.type.filter_variable(v)
            for inner, v in zip(self.inner_inputs, inputs, strict=True)
        ]
        op = self._for_types([v.type for v in operands])
        return Apply(op, operands, [v.type() for v in op.inner_outputs])

    def _for_types(self, types: Sequence[Any]) -> OpFromGraph:
        """The op whose graph knows the lengths that operands of `types` have."""
        if types == [v.type for v in self.inner_inputs]:
            return self
        new: dict[Any, Any] = {v: kind() for v, kind in zip(self.inner_inputs, types, strict=True)}
        old = list(self.inner_inputs)
        fgraph = FunctionGraph(
            [new[v] for v in old], _rebuilt(self.inner_outputs, new), clone=False
        )
        return self._of(fgraph)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        if self._run is None:
            from lamina.compile.interpreter import Interpreter

            self._run = Interpreter(self.fgraph)
        for storage, value in zip(output_storage, self._run(inputs), strict=True):
            storage[0] = value

    def outer_variables(self, node: Apply) -> dict[Variable, Variable]:
        """By input of the inner graph, the operand that it stands for."""
        return dict(zip(self.inner_inputs, node.inputs, strict=True))

    # -- derivatives -------------------------------------------------------------------------------

    def connection_pattern(self, node: Apply | None = None) -> list[list[bool]]:
        if self._pattern is not None:
            return self._pattern
        pattern = self._derive(
            "pattern", lambda: io_connection_pattern(self.inner_inputs, self.inner_outputs)
        )
        if self._pullback is None:
            return pattern
        connected = map(self._pullback.connects, range(len(pattern)))
        return [
            row if connects is None else [connects] * len(row)
            for row, connects in zip(pattern, connected, strict=True)
        ]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        if self._pullback is None:
            return self._own_pullback(inputs, output_grads)
        return self._pullback.apply(
            inputs,
            outputs,
            output_grads,
            of=outputs,
            own=lambda: self._own_pullback(inputs, output_grads),
        )

    def R_op(self, inputs: Any, eval_points: Any) -> list[Any]:
        points = [disconnected_type() if t is None else t for t in eval_points]
        terms = self.pushforward(inputs, self.make_node(*inputs).outputs, points)
        return [None if isinstance(t.type, DisconnectedType) else t for t in terms]

    def pushforward(self, inputs: Any, outputs: Any, tangents: Any) -> list[Any]:
        if self._pushforward is None:
            return self._own_pushforward(inputs, tangents)
        return self._pushforward.apply(
            inputs,
            outputs,
            tangents,
            of=inputs,
            own=lambda: self._own_pushforward(inputs, tangents),
        )

    def _own_pullback(self, inputs: Any, cotangents: Any) -> list[Any]:
        from lamina.derivatives import Lop

        def derive(seeds: list[Any], which: list[int]) -> list[Any]:
            return Lop(
                [self.inner_outputs[j] for j in which],
                self.inner_inputs,
                seeds,
                disconnected_inputs="ignore",
                return_disconnected="disconnected",
                null_gradients="return",
            )

        return self._applied("pullback", derive, inputs, cotangents)

    def _own_pushforward(self, inputs: Any, tangents: Any) -> list[Any]:
        from lamina.forward_mode import pushforward

        def derive(seeds: list[Any], which: list[int]) -> list[Any]:
            return pushforward(
                self.inner_outputs,
                [self.inner_inputs[i] for i in which],
                seeds,
                disconnected_outputs="ignore",
                return_disconnected="disconnected",
                use_op_pushforward=True,
            )

        return self._applied("pushforward", derive, inputs, tangents)

    def _applied(
        self,
        kind: str,
        derive: Callable[[list[Any], list[int]], list[Any]],
        inputs: Sequence[Any],
        vectors: Sequence[Any],
    ) -> list[Any]:
        """What `derive` makes of the vectors that are not disconnected, as an op of its own."""
        which = [i for i, g in enumerate(vectors) if not isinstance(g.type, DisconnectedType)]
        types = tuple(vectors[i].type for i in which)

        def make() -> Any:
            seeds = [kind() for kind in types]
            terms = derive(seeds, which)
            there = [k for k, t in enumerate(terms) if not _is_none(t)]
            name = f"{self.name or type(self).__name__}_{kind}"
            op = there and OpFromGraph(
                [*self.inner_inputs, *seeds],
                [terms[k] for k in there],
                inline=self.inline,
                name=name,
            )
            return op, there, [t.type if _is_none(t) else None for t in terms]

        op, there, types_of_none = self._derive((kind, tuple(which), types), make)
        results = [None if t is None else t() for t in types_of_none]
        if there:
            made = op(*inputs, *(vectors[i] for i in which), return_list=True)
            for k, term in zip(there, made, strict=True):
                results[k] = term
        return results

    def _derive(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._derived:
            self._derived[key] = make()
        return self._derived[key]

    # -- equality ----------------------------------------------------------------------------------

    def _signature(self) -> Any:
        """Equal for graphs that compute the same by the same ops."""
        return (
            self.frozen_graph(),
            tuple(self.shared_inputs),
            (self.inline, self.name, self._pullback, self._pushforward),
            repr(self._pattern),
        )

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return bool(self._signature() == other._signature())  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        types = tuple(v.type for v in (*self.inner_inputs, *self.inner_outputs))
        return hash((type(self), types, self.name, len(self.fgraph.apply_nodes)))

    def __str__(self) -> str:
        return f"{self.name or type(self).__name__}{{inline={self.inline}}}"

    __repr__ = __str__


def _check_variables(given: Any, what: str) -> None:
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"The {what} of OpFromGraph must be a list, got {given!r}")
    for v in given:
        if not isinstance(v, Variable):
            raise TypeError(f"The {what} of OpFromGraph must be Variables, got {v!r}")


def _rebuilt(outputs: Sequence[Variable], new: dict[Any, Any]) -> list[Variable]:
    """`outputs`, made anew from other inputs, whose types may tell more."""
    from lamina.ir.graph.traversal import toposort

    for node in toposort(outputs, set(new)):
        copy = node.clone_with_new_inputs([new.get(v, v) for v in node.inputs], strict=False)
        for old, output in zip(node.outputs, copy.outputs, strict=True):
            new.setdefault(old, output)
    return [new.get(v, v) for v in outputs]


def _is_none(term: Any) -> bool:
    return isinstance(term.type, (DisconnectedType, NullType))
