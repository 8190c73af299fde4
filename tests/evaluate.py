"""What a graph means: its values computed op by op, with none of the compiler in between."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant, Variable


def evaluate(outputs: Any, values: Mapping[Variable, Any] | None = None) -> Any:
    """The value of a variable, or the list of those of several, given the values of the inputs."""
    wanted: Sequence[Variable] = [outputs] if isinstance(outputs, Variable) else list(outputs)
    known = {v: v.type.filter(a, allow_downcast=True) for v, a in (values or {}).items()}

    def value(v: Variable) -> Any:
        if v in known:
            return known[v]
        if isinstance(v, Constant):
            return v.data
        if isinstance(v, SharedVariable):
            return v.get_value(borrow=True)
        raise KeyError(f"{v} has no value")

    for node in toposort(wanted, set(known)):
        storage: list[list[Any]] = [[None] for _ in node.outputs]
        node.op.perform(node, [value(v) for v in node.inputs], storage)
        for v, (result,) in zip(node.outputs, storage, strict=True):
            result = np.asarray(result) if isinstance(result, np.generic) else result
            known.setdefault(v, v.type.filter(result, strict=True))
    results = [value(v) for v in wanted]
    return results[0] if isinstance(outputs, Variable) else results
