"""Features: what a FunctionGraph tells of its changes, and to whom."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lamina.ir.graph.errors import InconsistencyError

if TYPE_CHECKING:
    from lamina.ir.graph.apply import Apply
    from lamina.ir.graph.function_graph import FunctionGraph
    from lamina.ir.graph.variable import Variable

HOME = "lamina.graph.features"


class AlreadyThere(Exception):
    """Raised by ``on_attach``: the graph has such a feature, and the new one is left out."""

    __module__ = HOME


class Feature:
    """Is told of every change of the graphs that it is attached to.

    Any object may be a feature: a callback that it lacks is not called. This class has all of them,
    and they do nothing.
    """

    __module__ = HOME

    def on_attach(self, fgraph: FunctionGraph) -> None:
        """The feature is about to be attached; raise AlreadyThere to stay out."""

    def on_detach(self, fgraph: FunctionGraph) -> None:
        """The feature was removed."""

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """`node` is in the graph now. Its operands' applications were imported before it."""

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        var: Variable,
        new_var: Variable,
        reason: Any = None,
    ) -> None:
        """Input `i` of `node` was `var` and is `new_var`; ``"output"``: output `i` of the graph."""

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        """`node` is not in the graph any more."""

    def orderings(self, fgraph: FunctionGraph) -> dict[Apply, list[Apply]]:
        """For some applications, others that shall be computed before them."""
        return OrderedDict()

    def clone(self) -> Feature:
        """What is attached to a copy of the graph."""
        return self


class Bookkeeper(Feature):
    """A feature that hears of what was in the graph before it as of an import, and of a prune of
    what is left when it goes.
    """

    __module__ = HOME

    def on_attach(self, fgraph: FunctionGraph) -> None:
        for node in fgraph.toposort():
            self.on_import(fgraph, node, "on_attach")

    def on_detach(self, fgraph: FunctionGraph) -> None:
        for node in fgraph.toposort():
            self.on_prune(fgraph, node, "Bookkeeper.detach")


class NodeFinder(Bookkeeper):
    """Adds ``fgraph.get_nodes(op)``: the applications of an op."""

    __module__ = HOME

    def __init__(self) -> None:
        self.fgraph: FunctionGraph | None = None
        self.nodes: dict[Any, list[Apply]] = {}

    def on_attach(self, fgraph: FunctionGraph) -> None:
        if hasattr(fgraph, "get_nodes"):
            raise AlreadyThere("the graph has a NodeFinder")
        self.fgraph = fgraph
        fgraph.__dict__["get_nodes"] = self.query
        super().on_attach(fgraph)

    def on_detach(self, fgraph: FunctionGraph) -> None:
        super().on_detach(fgraph)
        self.fgraph = None
        del fgraph.__dict__["get_nodes"]

    def clone(self) -> NodeFinder:
        return type(self)()

    def __getstate__(self) -> dict[str, Any]:
        return vars(type(self)())  # it finds the applications again when it is attached

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        self.nodes.setdefault(node.op, []).append(node)

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        members = self.nodes[node.op]
        members.remove(node)
        if not members:
            del self.nodes[node.op]

    def query(self, op: Any) -> list[Apply]:
        """The applications of `op`; of a class of ops, those of its members."""
        if isinstance(op, type):
            return [n for own, nodes in self.nodes.items() if isinstance(own, op) for n in nodes]
        return list(self.nodes.get(op, ()))


class PrintListener(Feature):
    """Prints every change; for debugging.

    Parameters
    ----------
    active : bool
        False: print nothing.
    write : callable
        Takes a line.
    """

    __module__ = HOME

    def __init__(self, active: bool = True, write: Callable[[str], Any] | None = None):
        self.active = active
        self.write = write

    def _tell(self, *parts: Any) -> None:
        if self.active:
            (self.write or print)(" ".join(map(str, parts)))

    def on_attach(self, fgraph: FunctionGraph) -> None:
        self._tell("-- attaching to:", fgraph)

    def on_detach(self, fgraph: FunctionGraph) -> None:
        self._tell("-- detaching from:", fgraph)

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        self._tell(f"-- importing: {node}, reason: {reason}")

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        self._tell(f"-- pruning: {node}, reason: {reason}")

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        var: Variable,
        new_var: Variable,
        reason: Any = None,
    ) -> None:
        self._tell(f"-- changing ({node}.inputs[{i}]) from {var} to {new_var}, reason: {reason}")


class PreserveVariableAttributes(Feature):
    """A variable that takes the place of another gets its name, if it has none, and its tags."""

    __module__ = HOME

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        var: Variable,
        new_var: Variable,
        reason: Any = None,
    ) -> None:
        if var.name is not None and new_var.name is None:
            new_var.name = var.name
        for name, value in vars(var.tag).items():
            if name != "trace" and not hasattr(new_var.tag, name):
                setattr(new_var.tag, name, value)


class NoOutputFromInplace(Feature):
    """Lets no output of the graph be what overwrites an operand.

    Parameters
    ----------
    first_output_idx, last_output_idx : int or None
        The outputs that it guards; None: to the last.
    """

    __module__ = HOME

    def __init__(self, first_output_idx: int = 0, last_output_idx: int | None = None):
        self.first_output_idx = first_output_idx
        self.last_output_idx = last_output_idx

    def validate(self, fgraph: FunctionGraph) -> None:
        """Raise an InconsistencyError if a guarded output is computed in place."""
        for out in fgraph.outputs[self.first_output_idx : self.last_output_idx]:
            node = out.owner
            if node is not None and out.index in node.op.destroy_map:
                raise InconsistencyError(
                    f"{out} is an output of the graph, and {node} computes it in place: a feature "
                    "of the graph permits no such output"
                )
