"""Ops that find numbers with SciPy while a function runs; what they solve is a graph in them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from lamina.derivatives import Lop, jacobian
from lamina.graph.replace import graph_replace
from lamina.graph.vectorize import _vectorize_node, vectorize_graph
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import HasInnerGraph, Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import graph_inputs, truncated_graph_inputs
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.creation import zeros_like
from lamina.ir.ops.reduction import sum_to_type
from lamina.ir.ops.solve import solve
from lamina.ir.shapes import broadcast_static


class Solver(Op, HasInnerGraph):
    """What all solvers are: ``solution, success = op(start, *parameters)``.

    Parameters
    ----------
    x : Variable
        What is looked for, in the graphs below: a scalar or a vector of floats.
    expression : Variable
        What is solved or minimised, a function of `x`.
    derivatives : sequence of Variable
        Those that SciPy asks for.
    method : str
        SciPy's name for it.
    options : mapping
        Arguments for SciPy's function.

    Attributes
    ----------
    parameters : list of Variable
        All that `expression` depends on besides `x`, as it is before `x` enters: what does not
        depend on `x` is computed once, not each time that SciPy asks for a value.
    """

    __module__ = "lamina.tensor.optimize"
    callback = True
    routine: ClassVar[str]

    def __init__(
        self,
        x: Variable,
        expression: Variable,
        derivatives: Sequence[Variable] = (),
        method: str = "",
        options: Mapping[str, Any] | None = None,
    ):
        self.parameters = [
            v
            for v in truncated_graph_inputs([expression, *derivatives], [x])
            if v is not x and not all(isinstance(root, Constant) for root in graph_inputs([v]))
        ]
        # new variables: one that is shared cannot be the argument of a function
        old = [x, *self.parameters]
        new = [v.type(v.name) for v in old]
        outputs = graph_replace(
            [expression, *derivatives], zip(old, new, strict=True), strict=False
        )
        self.fgraph = FunctionGraph(new, outputs, clone=False)
        self.method, self.options = method, dict(options or {})
        self._compiled: Callable[..., list[np.ndarray]] | None = None

    @abstractmethod
    def solve(self, values: Callable[[Any], list[Any]], start: Any) -> Any:
        """SciPy's result, with attributes ``x`` and ``success``.

        Parameters
        ----------
        values : callable
            The outputs of the inner graph at a float64 `x`, as float64.
        start : numpy array or float
        """

    def residual(self, x: Variable, expression: Variable) -> Any:
        """What is zero at the solution."""
        return expression

    @property
    def inner_inputs(self) -> list[Variable]:
        return self.fgraph.inputs

    @property
    def inner_outputs(self) -> list[Variable]:
        return self.fgraph.outputs

    def make_node(self, *inputs: Any) -> Apply:
        if len(inputs) != len(self.fgraph.inputs):
            wanted = len(self.fgraph.inputs)
            raise TypeError(f"{self} takes {wanted} operands, got {len(inputs)}")
        operands: Any = [
            inner.type.filter_variable(v)
            for inner, v in zip(self.fgraph.inputs, inputs, strict=True)
        ]
        return Apply(self, operands, [operands[0].type(), TensorType("bool", ())()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        start, *parameters = inputs
        compute = self._function()

        def values(x: Any) -> list[Any]:
            found = compute(np.asarray(x, start.dtype).reshape(start.shape), *parameters)
            return [float(y) if y.ndim == 0 else y.astype("float64") for y in found]

        wide = start.astype("float64")
        result = self.solve(values, float(wide) if wide.ndim == 0 else wide)
        output_storage[0][0] = np.asarray(result.x, start.dtype).reshape(start.shape)
        output_storage[1][0] = np.asarray(bool(result.success))

    def _function(self) -> Callable[..., list[np.ndarray]]:
        if self._compiled is None:
            from lamina.compile.function_maker import function

            self._compiled = function(
                self.fgraph.inputs, self.fgraph.outputs, on_unused_input="ignore"
            )
        return self._compiled

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False  # the search may be long, and may fail

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True, False] for _ in node.inputs]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        """The implicit function theorem: where F(x, p) = 0, dx/dp is -(dF/dx)^-1 dF/dp. A solution
        does not depend on where the search starts.
        """
        (start, *parameters), solution, g = inputs, outputs[0], output_grads[0]
        x, *inner_parameters = self.fgraph.inputs
        residual = self.residual(x, self.fgraph.outputs[0])
        weights = residual.type()
        slope = jacobian(residual, x, disconnected_inputs="ignore")
        by_parameters = (
            Lop(residual, inner_parameters, weights, disconnected_inputs="ignore")
            if parameters
            else []
        )
        outer = {x: solution, **dict(zip(inner_parameters, parameters, strict=True))}
        slope = graph_replace(slope, outer, strict=False)
        adjoint = g / slope if slope.type.ndim == 0 else solve(slope, g, transposed=True, b_ndim=1)
        outer[weights] = -cast(adjoint, weights.type.dtype)
        return [zeros_like(start), *graph_replace(by_parameters, outer, strict=False)]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_compiled": None}

    def __str__(self) -> str:
        return f"{type(self).__name__}{{method={self.method!r}}}"


class BatchedSolver(Op, HasInnerGraph):
    """A solver for each element of batches of its operands, one after the other.

    Parameters
    ----------
    solver : Solver
    """

    __module__ = "lamina.tensor.optimize"
    __props__ = ("solver",)
    callback = True

    def __init__(self, solver: Solver):
        self.solver = solver
        self.fgraph = solver.fgraph

    @property
    def inner_inputs(self) -> list[Variable]:
        return self.fgraph.inputs

    @property
    def inner_outputs(self) -> list[Variable]:
        return self.fgraph.outputs

    def make_node(self, *inputs: Any) -> Apply:
        operands: list[Any] = [as_tensor_variable(v) for v in inputs]
        shapes = [v.type.shape[:n] for v, n in zip(operands, self._ranks(operands), strict=True)]
        ndim = max(map(len, shapes))
        batch = broadcast_static([(1,) * (ndim - len(s)) + tuple(s) for s in shapes])
        x: Any = self.fgraph.inputs[0].type
        return Apply(
            self,
            operands,
            [TensorType(x.dtype, (*batch, *x.shape))(), TensorType("bool", batch)()],
        )

    def _ranks(self, operands: Sequence[Any]) -> list[int]:
        """How many dimensions of each operand are the batch's."""
        core: list[Any] = [v.type for v in self.fgraph.inputs]
        return [v.ndim - t.ndim for v, t in zip(operands, core, strict=True)]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        ranks = self._ranks(inputs)
        static: Any = [v.type.shape for v in node.inputs]  # type: ignore[attr-defined]
        batches = [x.shape[:n] for x, n in zip(inputs, ranks, strict=True)]
        batch = np.broadcast_shapes(*batches)
        for x, s, n in zip(batches, static, ranks, strict=True):
            for given, known, wanted in zip(x, s, batch[len(batch) - n :], strict=False):
                if given != wanted and known != 1:
                    raise ValueError(
                        f"{self}: batches of shapes {batches}. Only a dimension that is statically "
                        "1 broadcasts."
                    )
        operands = [
            np.broadcast_to(x, (*batch, *x.shape[n:])) for x, n in zip(inputs, ranks, strict=True)
        ]
        solutions = np.empty(operands[0].shape, operands[0].dtype)
        successes = np.empty(batch, bool)
        for at in np.ndindex(*batch):
            storage: list[list[Any]] = [[None], [None]]
            self.solver.perform(node, [x[at] for x in operands], storage)
            solutions[at], successes[at] = storage[0][0], storage[1][0]
        output_storage[0][0], output_storage[1][0] = solutions, successes

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return self.solver.connection_pattern(node)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        of_one = [v.type() for v in self.fgraph.inputs]
        solution, g = of_one[0].type(), of_one[0].type()
        terms = self.solver.L_op(of_one, [solution], [g])
        batches = {**dict(zip(of_one, inputs, strict=True)), solution: outputs[0]}
        batched = vectorize_graph(terms, {**batches, g: output_grads[0]})
        # what is zero for every element has no batch
        return [
            sum_to_type(t, v.type) if t.type.ndim >= v.type.ndim else zeros_like(v)
            for t, v in zip(batched, inputs, strict=True)
        ]

    def __str__(self) -> str:
        return f"Batched{{{self.solver}}}"


@_vectorize_node.register
def _batched(op: Solver, node: Apply, *batched_inputs: Any) -> Apply:
    return BatchedSolver(op).make_node(*batched_inputs)


def arguments(
    method: str, known: Mapping[str, str], options: Mapping[str, Any] | None, **given: Any
) -> tuple[str, dict[str, Any]]:
    """SciPy's name of a method and the arguments for SciPy's function."""
    name = known.get(method.lower()) if isinstance(method, str) else None
    if name is None:
        raise ValueError(f"method must be one of {', '.join(known.values())}, got {method!r}")
    return name, {**{k: v for k, v in given.items() if v is not None}, **(options or {})}
