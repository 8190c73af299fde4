"""A check of each rewriter that fires on a graph: outputs on random inputs, before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.compile.interpreter import Interpreter
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.rewrite_check import TRIALS, complain, difference, random_array


class GraphCheck:
    """Evaluates a graph op by op; a graph that raises on random inputs is not compared."""

    def __init__(self, fgraph: FunctionGraph):
        self.fgraph = fgraph
        generator = np.random.default_rng(0)
        self._inputs = [
            [_random(v, generator, trial) for v in fgraph.inputs] for trial in range(TRIALS)
        ]
        self._known = [self._results(inputs) for inputs in self._inputs]

    def __call__(self, fired: Any) -> None:
        """Compare with the results before `fired`."""
        for trial, inputs in enumerate(self._inputs):
            before, after = self._known[trial], self._results(inputs)
            self._known[trial] = after
            for v, old, new in zip(self.fgraph.outputs, before, after, strict=True):
                how = difference(old, new)
                if how is not None:
                    complain(fired, f"{v}: {how}")
                    break

    def _results(self, inputs: list[Any]) -> list[Any]:
        unknown = [None] * len(self.fgraph.outputs)
        if any(value is None for value in inputs):
            return unknown
        try:
            with np.errstate(all="ignore"):
                results = Interpreter(self.fgraph)(inputs)
        except Exception:  # lengths, positions and domains of random inputs need not fit
            return unknown
        return [
            value if isinstance(v.type, TensorType) else None
            for v, value in zip(self.fgraph.outputs, results, strict=True)
        ]


def _random(v: Any, generator: np.random.Generator, trial: int) -> Any:
    if not isinstance(v.type, TensorType):
        return None
    return random_array(v.type.dtype, v.type.shape, generator, trial)
