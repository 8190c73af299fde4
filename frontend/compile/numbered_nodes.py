"""The applications of a graph by number, as checks and callbacks refer to them."""

from __future__ import annotations

from lamina.branches import Branches
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.scan.op import Scan


def numbered_nodes(fgraph: FunctionGraph) -> list[Apply]:
    """The applications of a graph, and after them those in its loops and branches."""
    nodes = list(fgraph.toposort())
    for node in nodes:  # which grows
        if isinstance(node.op, (Scan, Branches)):
            nodes += node.op.fgraph.toposort()
    return nodes
