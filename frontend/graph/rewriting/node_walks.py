"""Graph rewriters that try a node rewriter on application after application."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from lamina.graph.rewriting.failures import report
from lamina.graph.rewriting.firings import firings_of
from lamina.graph.rewriting.rewriters import HOME, GraphRewriter, NodeRewriter, is_tracked
from lamina.graph.rewriting.sequences import SequentialNodeRewriter
from lamina.graph.rewriting.stack_traces import bear_line
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import InconsistencyError
from lamina.ir.graph.features import Feature
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable

Order = Literal["in_to_out", "out_to_in", "dfs"]
FailureCallback = Callable[[Exception, Any, list[Any], Any, Any], Any]


class Listener(Feature):
    """Hands news of imports, prunes and changes to functions."""

    def __init__(
        self,
        importer: Callable[[Apply], Any] | None,
        pruner: Callable[[Apply], Any] | None = None,
        changed: Callable[[Any, int, Variable, Variable, Any], Any] | None = None,
    ):
        self._importer, self._pruner, self._changed = importer, pruner, changed

    def on_import(self, fgraph: Any, node: Apply, reason: Any) -> None:
        if self._importer is not None:
            self._importer(node)

    def on_prune(self, fgraph: Any, node: Apply, reason: Any) -> None:
        if self._pruner is not None:
            self._pruner(node)

    def on_change_input(
        self, fgraph: Any, node: Any, i: int, var: Any, new_var: Any, reason: Any = None
    ) -> None:
        if self._changed is not None:
            self._changed(node, i, var, new_var, reason)


class NodeProcessingGraphRewriter(GraphRewriter):
    """Has ``process_node``, which tries a node rewriter on an application and does what it says.

    Parameters
    ----------
    node_rewriter : NodeRewriter or None
    ignore_newtrees : bool or "auto"
        Leave alone what was put in; "auto": if the node rewriter has a false ``reentrant``.
    failure_callback : callable, optional
        Called with (exception, self, replacements, node rewriter, node) if something raises;
        ``config.on_opt_error`` says what else happens.
    """

    __module__ = HOME

    def __init__(
        self,
        node_rewriter: NodeRewriter | None,
        ignore_newtrees: bool | Literal["auto"] = "auto",
        failure_callback: FailureCallback | None = None,
    ):
        self.node_rewriter = node_rewriter
        if ignore_newtrees == "auto":
            ignore_newtrees = not getattr(node_rewriter, "reentrant", True)
        self.ignore_newtrees = ignore_newtrees
        self.failure_callback = failure_callback

    def _parts(self) -> Iterable[NodeRewriter]:
        return () if self.node_rewriter is None else (self.node_rewriter,)

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        super().add_requirements(fgraph)
        for part in self._parts():
            part.add_requirements(fgraph)

    def process_node(
        self, fgraph: FunctionGraph, node: Apply, node_rewriter: NodeRewriter | None = None
    ) -> bool:
        """Whether the rewriter changed the graph at `node`."""
        rewriter = node_rewriter or self.node_rewriter
        assert rewriter is not None
        firings = firings_of(fgraph)
        if (firings is not None and firings.full) or not is_tracked(rewriter.tracks(), node.op):
            return False
        pairs: list[tuple[Variable, Variable]] = []
        try:
            found = rewriter.transform(fgraph, node)
            if found is None or found is False:
                return False
            replacements, remove = self._read(found, node, rewriter)
            pairs = [
                (old, new)
                for old, new in replacements
                if new is not None and old is not new and old in fgraph.variables
            ]
            if not pairs:
                return False
            _take_over(pairs, fgraph, node)
            if config.optimizer_verbose:
                for old, new in pairs:
                    print(f"rewriting: rewrite {rewriter} replaces {old} of {node} with {new}")
            fgraph.__dict__["replace_all_validate_remove"](pairs, remove, reason=rewriter)
        except InconsistencyError:
            return False  # what a feature refuses stays as it is
        except Exception as error:
            self._failed(error, pairs, rewriter, node)
            return False
        if firings is not None:
            firings.note(str(getattr(rewriter, "fired_last", None) or rewriter), node)
        return True

    def _read(
        self, found: Any, node: Apply, rewriter: NodeRewriter
    ) -> tuple[list[tuple[Variable, Any]], list[Apply]]:
        """What `transform` returned, as pairs, and the applications that must go."""
        if isinstance(found, dict):
            remove = found.pop("remove", [])
            return list(found.items()), list(remove)
        if not isinstance(found, (list, tuple)):
            raise TypeError(
                f"the node rewriter {rewriter} gave {found!r}: expected a list, a tuple, a dict, "
                "None or False"
            )
        if len(found) != len(node.outputs):
            raise ValueError(
                f"the node rewriter {rewriter} gave {len(found)} variables for the "
                f"{len(node.outputs)} outputs of {node}"
            )
        return list(zip(node.outputs, found, strict=True)), []

    def _failed(self, error: Exception, pairs: list[Any], rewriter: Any, node: Apply) -> None:
        if self.failure_callback is None:
            report(error, rewriter, node)
        else:
            self.failure_callback(error, self, pairs, rewriter, node)

    @classmethod
    def warn(cls, exc: Exception, nav: Any, repl_pairs: Any, rewriter: Any, node: Any) -> None:
        """A failure callback that does what ``config.on_opt_error`` says."""
        report(exc, rewriter, node)

    @classmethod
    def warn_inplace(
        cls, exc: Exception, nav: Any, repl_pairs: Any, rewriter: Any, node: Any
    ) -> None:
        """``warn``, but for what a feature of the graph refuses."""
        if not isinstance(exc, InconsistencyError):
            report(exc, rewriter, node)

    @classmethod
    def warn_ignore(
        cls, exc: Exception, nav: Any, repl_pairs: Any, rewriter: Any, node: Any
    ) -> None:
        """A failure callback that says nothing."""


def _take_over(pairs: list[tuple[Variable, Variable]], fgraph: FunctionGraph, node: Apply) -> None:
    """Let what comes in bear the line and the names of what goes."""
    bear_line([new for _, new in pairs], fgraph, node)
    for old, new in pairs:
        made_now = new.owner is not None and new.owner not in fgraph.apply_nodes
        if made_now and new.name is None:
            new.name = old.name


class WalkingGraphRewriter(NodeProcessingGraphRewriter):
    """Tries a node rewriter on each application once, in an order; on what it puts in, too.

    Parameters
    ----------
    node_rewriter : NodeRewriter
    order : {"in_to_out", "out_to_in", "dfs"}
    ignore_newtrees, failure_callback
        See NodeProcessingGraphRewriter.
    """

    __module__ = HOME

    def __init__(
        self,
        node_rewriter: NodeRewriter,
        order: Order = "in_to_out",
        ignore_newtrees: bool | Literal["auto"] = False,
        failure_callback: FailureCallback | None = None,
        name: str | None = None,
    ):
        if order not in ("in_to_out", "out_to_in", "dfs"):
            raise ValueError(f"order must be in_to_out, out_to_in or dfs, not {order!r}")
        super().__init__(node_rewriter, ignore_newtrees, failure_callback)
        self.order = order
        self.name = name or getattr(node_rewriter, "name", None)

    def apply(self, fgraph: FunctionGraph, start_from: Sequence[Variable] | None = None) -> bool:
        """Whether anything fired; only what `start_from` depend on is visited, if given."""
        outputs = list(fgraph.outputs if start_from is None else start_from)
        waiting = deque(toposort(outputs, fgraph.inputs))
        first = self.order == "in_to_out"

        def importer(node: Apply) -> None:
            # what comes in is next, or last where the walk began at the outputs
            (waiting.appendleft if first else waiting.append)(node)

        listener = None if self.ignore_newtrees else Listener(importer)
        if listener is not None:
            fgraph.attach_feature(listener)
        changed, limit = False, 1000 + 50 * len(waiting)
        done = set()  # what a feature refused and brought back is not tried again
        try:
            while waiting and limit:
                node = waiting.popleft() if first else waiting.pop()
                if node in fgraph.apply_nodes and node not in done:
                    fired = self.process_node(fgraph, node)
                    changed = changed or fired
                    limit -= fired
                    if not fired:
                        done.add(node)
        finally:
            if listener is not None:
                fgraph.remove_feature(listener)
        if not limit:
            report(RuntimeError("it fires without end"), self, fgraph)
        return changed


def _walker(order: Order, node_rewriters: Sequence[NodeRewriter], **kwargs: Any) -> Any:
    single = node_rewriters[0] if len(node_rewriters) == 1 else None
    return WalkingGraphRewriter(single or SequentialNodeRewriter(*node_rewriters), order, **kwargs)


def in2out(*node_rewriters: NodeRewriter, **kwargs: Any) -> WalkingGraphRewriter:
    """A walk from the inputs to the outputs that tries the rewriters."""
    return _walker("in_to_out", node_rewriters, **kwargs)


def out2in(*node_rewriters: NodeRewriter, **kwargs: Any) -> WalkingGraphRewriter:
    """A walk from the outputs to the inputs that tries the rewriters."""
    return _walker("out_to_in", node_rewriters, **kwargs)


def dfs_rewriter(*node_rewriters: NodeRewriter, **kwargs: Any) -> WalkingGraphRewriter:
    """A walk, depth first, that tries the rewriters."""
    return _walker("dfs", node_rewriters, **kwargs)


def pre_greedy_node_rewriter(
    fgraph: FunctionGraph, rewrites: Sequence[NodeRewriter], out: Variable
) -> Variable:
    """`out` rewritten by each rewriter at each application above it, operands first, to the end.

    Nothing is replaced in `fgraph`. Applications that the rewriters leave alone, and whose operands
    they leave alone, are those of the graph.
    """
    new: dict[Variable, Variable] = {}
    budget = 1000
    for node in toposort([out]):
        operands = [new.get(v, v) for v in node.inputs]
        if operands == node.inputs:
            results = list(node.outputs)
        else:
            results = node.clone_with_new_inputs(operands, strict=False).outputs
        fired = True
        while fired and budget and results[0].owner is not None:
            fired, current = False, results[0].owner
            if results != current.outputs:
                break
            for rewriter in rewrites:
                tracked = is_tracked(rewriter.tracks(), current.op)
                found = rewriter.transform(fgraph, current) if tracked else None
                if isinstance(found, (list, tuple)) and list(found) != current.outputs:
                    results, fired, budget = list(found), True, budget - 1
                    break
        new.update(zip(node.outputs, results, strict=True))
    return new.get(out, out)
