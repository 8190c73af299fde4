"""What rewrites make of a graph: the graph that comes out, and that it means the same."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.graph import rewrite_graph
from lamina.graph.basic import graph_inputs
from lamina.ir.graph.variable import Constant, Variable
from tests.evaluate import evaluate
from tests.passes.shown import shown

LENGTH = 4


def becomes(
    graph: Any,
    expected: str,
    include: Sequence[str] = ("canonicalize",),
    values: dict[Variable, Any] | None = None,
    rtol: float = 1e-9,
    parameters: bool = True,
) -> None:
    """Assert that `graph` is rewritten to `expected`, as text, and that both evaluate alike.

    Unknown lengths are 4. Inputs without `values` are random numbers between 1/2 and 2. The
    parameters of ops are left out of the text unless `parameters`.
    """
    after = rewrite_graph(graph, include=include)
    text = shown(after)
    assert (text if parameters else re.sub(r"\{[^{}]*\}", "", text)) == expected
    inputs = [v for v in graph_inputs([graph]) if not isinstance(v, Constant)]
    numbers = np.random.default_rng(0)
    known = {v: random_value(v, numbers) for v in inputs} | (values or {})
    known = {v: known[v] for v in inputs}
    with np.errstate(all="ignore"):
        before_value, after_value = evaluate(graph, known), evaluate(after, known)
    assert before_value.dtype == after_value.dtype and before_value.shape == after_value.shape
    np.testing.assert_allclose(after_value, before_value, rtol=rtol, atol=1e-12)


def random_value(variable: Any, numbers: np.random.Generator) -> np.ndarray:
    """Numbers between 1/2 and 2, small integers, or truths."""
    shape = [LENGTH if n is None else n for n in variable.type.shape]
    kind = np.dtype(variable.type.dtype).kind
    array: Any = numbers.uniform(0.5, 2, shape)
    if kind in "iub":
        array = numbers.integers(0, 2 if kind == "b" else 3, shape)
    elif kind == "c":
        array = array + 1j * numbers.uniform(0.5, 2, shape)
    return np.asarray(array).astype(variable.type.dtype)
