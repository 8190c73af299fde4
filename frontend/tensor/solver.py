"""Ops that find numbers with SciPy while a function runs; what they solve is a graph in them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from lamina.derivatives import Lop, jacobian
from lamina.graph.replace import graph_replace
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import HasInnerGraph, Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import graph_inputs, truncated_graph_inputs
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.arguments import as_array, lengths, product
from lamina.ir.ops.cast import cast
from lamina.ir.ops.creation import zeros_like
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.shape import flatten, reshape
from lamina.ir.ops.solve import solve


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


class Packed:
    """One vector for the elements of several variables.

    Parameters
    ----------
    variables : Variable or sequence of Variable
        Of float dtypes.
    what : str
        What they are, for messages.

    Attributes
    ----------
    start : Variable
        The vector; of one vector that vector itself.
    """

    def __init__(self, variables: Any, what: str):
        self.one = isinstance(variables, Variable)
        self.variables: list[Any] = [variables] if self.one else list(variables)
        for v in self.variables:
            if not isinstance(v, Variable):
                raise TypeError(f"{what} must be variables of the graph, got {v!r}")
            if getattr(v.type, "dtype", "")[:5] != "float":
                raise TypeError(f"{what} must be of a float dtype, {v} is of type {v.type}")
        if not self.variables:
            raise ValueError(f"there are no {what}")
        self.is_plain = len(self.variables) == 1 and self.variables[0].type.ndim == 1
        self.start = self.variables[0] if self.is_plain else flat(self.variables)
        known = [v.type.shape for v in self.variables]
        total = None if any(None in s for s in known) else sum(int(np.prod(s)) for s in known)
        self.x: Any = TensorType(self.start.type.dtype, (total,))(
            self.variables[0].name if self.is_plain else None
        )

    def inner(self, expression: Any) -> Any:
        """`expression` with the parts of `x` in the place of the variables."""
        return graph_replace(
            expression, dict(zip(self.variables, self.parts(self.x), strict=True)), strict=False
        )

    def parts(self, x: Any) -> list[Any]:
        """The part of `x` for each variable, of its shape and dtype."""
        if self.is_plain:
            return [x]
        parts, first = [], 0
        for v in self.variables:
            count = product(lengths(v))
            part = x[first : first + count]
            part = reshape(part, lengths(v), ndim=v.type.ndim)
            parts.append(cast(part, v.type.dtype))
            first = first + count
        return parts

    def unpacked(self, x: Any) -> Any:
        """A solution as the variables were given: one, or a list."""
        parts = self.parts(x)
        return parts[0] if self.one else parts


def flat(variables: Sequence[Any]) -> Any:
    """The elements of arrays, one after the other."""
    arrays = [as_array(v) for v in variables]
    dtype = common_dtype([v.type.dtype for v in arrays])
    return concatenate([flatten(cast(v, dtype)) for v in arrays])


def arguments(
    method: str, known: Mapping[str, str], options: Mapping[str, Any] | None, **given: Any
) -> tuple[str, dict[str, Any]]:
    """SciPy's name of a method and the arguments for SciPy's function."""
    name = known.get(method.lower()) if isinstance(method, str) else None
    if name is None:
        raise ValueError(f"method must be one of {', '.join(known.values())}, got {method!r}")
    return name, {**{k: v for k, v in given.items() if v is not None}, **(options or {})}
