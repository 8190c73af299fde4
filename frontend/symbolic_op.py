"""`SymbolicOp`: ops whose graph is made when they are applied."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.gradient_types import DisconnectedType, disconnected_type
from lamina.ir.graph.op import Op
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.op_from_graph import OpFromGraph


class SymbolicOp(OpFromGraph):
    """A class of ops, each of which stands for a graph that is made for the operands at hand.

    A subclass defines `build_inner_graph`. It states its parameters in ``__props__``, and sets them
    in ``__init__``. An application's op has the graph for the types of its operands: another rank
    may have another graph. Derivatives are those of the graph, unless the subclass defines
    ``pullback``, ``L_op`` or ``grad``, ``pushforward`` or ``R_op``; ``super()`` has the graph's.

    Attributes
    ----------
    inline : bool
        Whether rewrites see the graph: False, unless a subclass says otherwise.

    Examples
    --------
    >>> class Softmax(SymbolicOp):
    ...     __props__ = ("axis",)
    ...
    ...     def __init__(self, axis):
    ...         self.axis = axis
    ...
    ...     def build_inner_graph(self, x):
    ...         e = pt.exp(x - pt.max(x, axis=self.axis, keepdims=True))
    ...         return e / pt.sum(e, axis=self.axis, keepdims=True)
    >>> Softmax(-1)(pt.as_tensor([0.0, 0.0])).eval()
    array([0.5, 0.5])
    """

    __module__ = "lamina.compile.builders"

    __props__ = ()

    # What an op has that is not applied yet.
    fgraph: Any = None
    shared_inputs: list[SharedVariable] = []
    inline = False
    strict = False
    name: str | None = None
    _pullback: Any = None
    _pushforward: Any = None
    _pattern: Any = None
    _run: Any = None

    def __init__(self) -> None:
        """Without parameters there is nothing to set."""

    @abstractmethod
    def build_inner_graph(self, *inputs: Any) -> Any:
        """The results, a variable or a list of them, as a graph on `inputs`.

        These are new variables of the operands' types. Shared variables may be used.
        """

    @property
    def overridden(self) -> bool:
        """Whether a derivative is another than that of the graph."""
        return any(map(self._defines, ("pullback", "L_op", "grad", "pushforward", "R_op")))

    def _defines(self, name: str) -> bool:
        """Whether a subclass has a method of its own."""
        inherited = getattr(SymbolicOp, name)
        return getattr(type(self), name) is not inherited

    # -- application -------------------------------------------------------------------------------

    def make_node(self, *inputs: Any) -> Apply:
        operands = [v if isinstance(v, Variable) else as_tensor_variable(v) for v in inputs]
        shared: Sequence[Variable] = ()
        if self.fgraph is not None:
            own = len(self.shared_inputs)
            if own and len(operands) == len(self.inner_inputs):
                operands, shared = operands[:-own], operands[-own:]
        op = self._for_types([v.type for v in operands])
        operands += shared or op.shared_inputs
        return Apply(op, operands, [v.type() for v in op.inner_outputs])

    def _for_types(self, types: Sequence[Any]) -> SymbolicOp:
        if self.fgraph is not None:
            given = len(self.inner_inputs) - len(self.shared_inputs)
            if types == [v.type for v in self.inner_inputs[:given]]:
                return self
        inputs = [kind() for kind in types]
        made = self.build_inner_graph(*inputs)
        outputs = list(made) if isinstance(made, (list, tuple)) else [made]
        for v in outputs:
            if not isinstance(v, Variable):
                raise TypeError(
                    f"{self}: build_inner_graph must return a variable or a list of variables, got "
                    f"{v!r}"
                )
        op = copy.copy(self)
        OpFromGraph.__init__(op, inputs, outputs, self.inline, name=self.name)
        vars(op).pop("_frozen", None)
        return op

    # -- derivatives: each method may be the one that a subclass defines ---------------------------

    def connection_pattern(self, node: Apply | None = None) -> list[list[bool]]:
        if any(map(self._defines, ("pullback", "L_op", "grad"))):
            return [[True] * len(self.inner_outputs) for _ in self.inner_inputs]
        return super().connection_pattern(node)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        if self._defines("pullback"):
            return self.pullback(inputs, outputs, output_grads)
        return self.grad(inputs, output_grads)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        if self._defines("L_op"):
            return self.L_op(inputs, outputs, cotangents)
        return self.grad(inputs, cotangents)

    def grad(self, inputs: Any, output_grads: Any) -> list[Any]:
        return self._own_pullback(inputs, output_grads)

    def R_op(self, inputs: Any, eval_points: Any) -> list[Any]:
        points = [disconnected_type() if t is None else t for t in eval_points]
        if self._defines("pushforward"):
            terms = self.pushforward(inputs, self.make_node(*inputs).outputs, points)
        else:
            terms = self._own_pushforward(inputs, points)
        return [None if isinstance(t.type, DisconnectedType) else t for t in terms]

    def pushforward(self, inputs: Any, outputs: Any, tangents: Any) -> list[Any]:
        if self._defines("R_op"):
            return Op.pushforward(self, inputs, outputs, tangents)
        return self._own_pushforward(inputs, tangents)

    # -- equality: of the graph and of the parameters ----------------------------------------------

    def _signature(self) -> Any:
        return self._props(), None if self.fgraph is None else super()._signature()

    def __hash__(self) -> int:
        return hash((type(self), self._props(), self.fgraph is None))

    __str__ = Op.__str__
    __repr__ = Op.__repr__
