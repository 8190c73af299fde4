"""The applications of a graph by number, as checks and callbacks refer to them."""

from __future__ import annotations

from typing import NamedTuple

from lamina.branches import Branches
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.composed import lowered
from lamina.ir.ops.shape import Shape, Shape_i, make_vector
from lamina.ir.ops.stated_shape import stated_shape
from lamina.op_from_graph import OpFromGraph
from lamina.scan.op import Scan


class Lowered(NamedTuple):
    """A graph in the place of an application: its results, and where it begins."""

    results: list[Variable]
    inputs: list[Variable]

    def nodes(self) -> list[Apply]:
        """The applications, in order."""
        return toposort(self.results, self.inputs)


class Numbered(NamedTuple):
    """All applications that a function may come to make.

    Attributes
    ----------
    nodes : list of Apply
        Those of the graph, in their order; after them those in the graphs that ops contain or stand
        for.
    lowered : dict
        By application, the graph that its op stands for.
    """

    nodes: list[Apply]
    lowered: dict[Apply, Lowered]


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
        elif (graph := _lowered(node)) is not None:
            found.lowered[node] = graph
            inner = graph.nodes()
        else:
            continue
        # an op that is applied twice has its graph once
        found.nodes.extend(n for n in inner if n not in seen)
        seen.update(inner)
    return found


def _lowered(node: Apply) -> Lowered | None:
    results = lowered(node)
    if results is not None:
        return Lowered(results, node.inputs)
    if isinstance(node.op, (Shape, Shape_i)) and (user := node.inputs[0].owner) is not None:
        shape = stated_shape(node.inputs[0])
        if shape is not None:
            whole = make_vector(*shape) if isinstance(node.op, Shape) else shape[node.op.i]
            return Lowered([whole], user.inputs)
    return None
