"""`shape_of_variables`: the shapes in a graph for given shapes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.compile.function_maker import function
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable


def shape_of_variables(
    fgraph: FunctionGraph, input_shapes: Mapping[Variable, tuple[int, ...]]
) -> dict[Variable, tuple[int, ...]]:
    """The shape of every array of a graph.

    Parameters
    ----------
    fgraph : FunctionGraph
    input_shapes : mapping from input to tuple of int
        An input whose static shape is known may be left out.

    Returns
    -------
    dict
        From each array variable to its shape.

    Raises
    ------
    ValueError
        An input's shape is not given, or does not fit.

    Notes
    -----
    Where a shape depends on the values of an input, such as that of ``arange(n)``, these are taken
    to be ones.

    Examples
    --------
    >>> x = pt.matrix("x")
    >>> graph = FunctionGraph([x], [x[512:]], clone=False)
    >>> shape_of_variables(graph, {x: (1024, 1024)})[graph.outputs[0]]
    (512, 1024)
    """
    arrays = [v for v in fgraph.variables if isinstance(v.type, TensorType)]
    values = {v: _ones(v, input_shapes.get(v)) for v in fgraph.inputs if v in arrays}
    constants = {v: v.data.shape for v in arrays if isinstance(v, Constant)}
    computed = [v for v in arrays if v.owner is not None]
    shapes = [v.shape for v in computed]  # type: ignore[attr-defined]
    lengths = function(list(values), shapes, mode="FAST_RUN", on_unused_input="ignore")
    found = lengths(*values.values())
    result = {v: tuple(int(n) for n in shape) for v, shape in zip(computed, found, strict=True)}
    return {**constants, **{v: value.shape for v, value in values.items()}, **result}


def _ones(v: Any, given: tuple[int, ...] | None) -> np.ndarray:
    static: tuple[int | None, ...] = v.type.shape
    if given is None and None in static:
        raise ValueError(f"shape_of_variables: give the shape of {v}, which is {v.type}")
    shape: tuple[Any, ...] = static if given is None else given
    if len(shape) != len(static) or any(
        n is not None and n != m for n, m in zip(static, shape, strict=True)
    ):
        raise ValueError(f"shape_of_variables: {v} is {v.type}; it cannot have the shape {shape}")
    return np.ones(shape, v.type.dtype)
