"""The applications of a graph by number, as checks and callbacks refer to them."""

from __future__ import annotations

from typing import NamedTuple

from lamina.branches import Branches
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.composed import lowered
from lamina.op_from_graph import OpFromGraph
from lamina.scan.op import Scan


class Numbered(NamedTuple):
    """All applications that a function may come to make.

    Attributes
    ----------
    nodes : list of Apply
        Those of the graph, in their order; after them those in the graphs that ops contain or stand
        for.
    lowered : dict
        By application, the results of the graph that its op stands for.
    """

    nodes: list[Apply]
    lowered: dict[Apply, list[Variable]]


def numbered_nodes(fgraph: FunctionGraph) -> list[Apply]:
    """The applications of a graph, and after them those of the graphs in it."""
    return numbered(fgraph).nodes


def numbered(fgraph: FunctionGraph) -> Numbered:
    """The applications of a graph; of equal graphs equally numbered."""
    found = Numbered(list(fgraph.toposort()), {})
    seen = set(found.nodes)
    for node in found.nodes:  # which grows
        if isinstance(node.op, (Scan, Branches, OpFromGraph)):
            inner = node.op.fgraph.toposort()
        elif (results := lowered(node)) is not None:
            found.lowered[node] = results
            inner = toposort(results, node.inputs)
        else:
            continue
        # an op that is applied twice has its graph once
        found.nodes.extend(n for n in inner if n not in seen)
        seen.update(inner)
    return found
