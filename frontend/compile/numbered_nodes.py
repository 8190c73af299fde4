"""The applications of a graph by number, as checks and callbacks refer to them."""

from __future__ import annotations

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.scan.op import Scan


def numbered_nodes(fgraph: FunctionGraph) -> list[Apply]:
    """The applications of a graph, and after them those in the steps of its loops."""
    nodes = list(fgraph.toposort())
    for node in nodes:  # which grows
        if isinstance(node.op, Scan):
            nodes += node.op.fgraph.toposort()
    return nodes
