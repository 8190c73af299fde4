"""What the compiler knows of the matrices in a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.ir.graph.errors import NotInDialect
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import graph_inputs, toposort
from lamina.ir.graph.variable import Constant, Variable


def facts_of_matrices(outputs: Sequence[Variable]) -> dict[Variable, str]:
    """By matrix, or stack of them, of the graph of `outputs`: its facts, with commas between.

    They are stated by `assume`, or follow from how the matrix is made; none where nothing is known.
    Of a graph with variables that are no arrays, nothing is.
    """
    order = toposort(outputs)
    made = [v for node in order for v in node.outputs]
    used = [v for node in order for v in node.inputs]
    matrices = list(dict.fromkeys(v for v in (*outputs, *used, *made) if _is_matrix(v)))
    if not matrices:
        return {}
    from lamina.import_graph import import_graph

    inputs = [v for v in graph_inputs(matrices) if not isinstance(v, Constant)]
    try:
        program = import_graph(FunctionGraph(inputs, matrices, clone=False))
    except NotInDialect:
        return {}
    last = program.block.last_op
    assert last is not None
    found = {v: _facts(value) for v, value in zip(matrices, last.operands, strict=True)}
    return {v: facts for v, facts in found.items() if facts}


def _is_matrix(v: Variable) -> bool:
    return isinstance(v.type, TensorType) and v.type.ndim >= 2


def _facts(matrix: Any) -> str:
    from lamina.passes import matrix_facts as known
    from lamina.passes.matrix_bands import band

    where = band(matrix)
    facts = {
        "diagonal": where.is_diagonal,
        "lower_triangular": where.is_lower and not where.is_diagonal,
        "upper_triangular": where.is_upper and not where.is_diagonal,
        "symmetric": known.is_symmetric(matrix) and not where.is_diagonal,
        "positive_definite": known.is_positive_definite(matrix),
        "orthogonal": known.is_orthogonal(matrix),
    }
    return ", ".join(name for name, holds in facts.items() if holds)
