"""A graph with fixed inputs and outputs that can be changed in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import InconsistencyError, MissingInputError
from lamina.ir.graph.features import AlreadyThere
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant, Variable

if TYPE_CHECKING:
    from lamina.ir.graph.frozen import FrozenFunctionGraph

Client = tuple[Apply | str, int]


def clone_get_equiv(
    inputs: Iterable[Variable],
    outputs: Iterable[Variable],
    copy_inputs: bool = True,
    copy_orphans: bool = True,
    memo: dict[Any, Any] | None = None,
    **kwargs: Any,
) -> dict[Any, Any]:
    """A map from the variables and applications of a graph to those of a copy of it."""
    memo = {} if memo is None else memo
    inputs = list(inputs)
    for v in inputs:
        memo.setdefault(v, v.clone() if copy_inputs else v)
    for node in toposort(outputs, set(memo)):
        for v in node.inputs:
            if v not in memo:
                memo[v] = v.clone() if copy_orphans else v
        copy = node.clone_with_new_inputs([memo[v] for v in node.inputs], strict=False)
        memo[node] = copy
        for old, new in zip(node.outputs, copy.outputs, strict=True):
            memo.setdefault(old, new)
    for v in outputs:
        if v not in memo:
            memo[v] = v.clone() if copy_orphans else v
    return memo


def clone(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    copy_inputs: bool = True,
    copy_orphans: bool | None = None,
) -> tuple[list[Variable], list[Variable]]:
    """Copies of the inputs and outputs of a graph."""
    memo = clone_get_equiv(
        inputs, outputs, copy_inputs, copy_inputs if copy_orphans is None else copy_orphans
    )
    return [memo[v] for v in inputs], [memo[v] for v in outputs]


def _ordered(order: list[Apply], before: dict[Apply, list[Apply]]) -> list[Apply]:
    """`order` changed so that, too, what `before` names of an application comes before it."""
    members = set(order)
    waits: dict[Apply, set[Apply]] = {}
    for node in order:
        needed = {v.owner for v in node.inputs if v.owner in members}
        waits[node] = {n for n in (*needed, *before.get(node, ())) if n in members}  # type: ignore[misc]
    users: dict[Apply, list[Apply]] = {node: [] for node in order}
    for node, needed in waits.items():
        for earlier in needed:
            users[earlier].append(node)
    place = {node: i for i, node in enumerate(order)}
    ready = [place[node] for node in order if not waits[node]]
    done: list[Apply] = []
    while ready:
        node = order[heappop(ready)]
        done.append(node)
        for user in users[node]:
            waits[user].discard(node)
            if not waits[user]:
                heappush(ready, place[user])
    if len(done) < len(order):
        raise InconsistencyError("the graph contains a cycle: features want an impossible order")
    return done


class FunctionGraph:
    """The graph between `inputs` and `outputs`, with the users of each variable at hand.

    Parameters
    ----------
    inputs, outputs : sequence of Variable
        Inputs may be left out: then they are what `outputs` need.
    clone : bool
        Work on a copy of the graph, so that changes do not reach the caller's variables.
    """

    __module__ = "lamina.graph.fg"

    # What fired of the user's rewriters when it was compiled, a line each.
    fired: tuple[str, ...] = ()

    def __init__(
        self,
        inputs: Sequence[Variable] | None = None,
        outputs: Sequence[Variable] | None = None,
        features: Sequence[Any] | None = None,
        clone: bool = True,
        memo: dict[Any, Any] | None = None,
        **kwargs: Any,
    ):
        if outputs is None:
            raise ValueError("No outputs specified")
        if inputs is None:
            from lamina.ir.graph.traversal import graph_inputs

            inputs = [v for v in graph_inputs(outputs) if not isinstance(v, Constant)]
        if clone:
            memo = clone_get_equiv(inputs, outputs, memo=memo, copy_orphans=False)
            inputs = [memo[v] for v in inputs]
            outputs = [memo[v] for v in outputs]
        self.inputs: list[Variable] = []
        self.outputs: list[Variable] = []
        self.clients: dict[Variable, list[Client]] = {}
        self.variables: set[Variable] = set()
        self.apply_nodes: set[Apply] = set()
        self._features: list[Any] = []
        for v in inputs:
            self.add_input(v)
        for v in outputs:
            self.add_output(v)
        for feature in features or ():
            self.attach_feature(feature)

    def attach_feature(self, feature: Any) -> None:
        """Tell `feature` of every change from now on; see ``lamina.graph.features.Feature``.

        One that is attached, or whose ``on_attach`` raises AlreadyThere, is left out.
        """
        if any(feature is known for known in self._features):
            return
        if hasattr(feature, "on_attach"):
            try:
                feature.on_attach(self)
            except AlreadyThere:
                return
        self._features.append(feature)

    def remove_feature(self, feature: Any) -> None:
        """Tell `feature` of no more changes."""
        for i, known in enumerate(self._features):
            if known is feature:
                del self._features[i]
                if hasattr(feature, "on_detach"):
                    feature.on_detach(self)
                return

    def execute_callbacks(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Call the method `name` of every feature that has it."""
        for feature in list(self._features):
            callback = getattr(feature, name, None)
            if callback is not None:
                callback(self, *args, **kwargs)

    def collect_callbacks(self, name: str, *args: Any) -> dict[Any, Any]:
        """What the method `name` returns, of every feature that has it."""
        return {
            feature: getattr(feature, name)(self, *args)
            for feature in self._features
            if hasattr(feature, name)
        }

    def add_input(self, var: Variable, check: bool = True) -> None:
        if check and var in self.inputs:
            return
        self.inputs.append(var)
        self._add_variable(var)

    def add_output(
        self, var: Variable, reason: str | None = None, import_missing: bool = False
    ) -> None:
        self._import(var, import_missing, reason)
        self.clients[var].append(("output", len(self.outputs)))
        self.outputs.append(var)

    def remove_output(self, index: int, reason: str | None = None) -> None:
        var = self.outputs.pop(index)
        self.clients[var].remove(("output", index))
        for later, v in enumerate(self.outputs[index:], index):
            self.clients[v].remove(("output", later + 1))
            self.clients[v].append(("output", later))
        self._prune(var, reason)

    def remove_input(self, index: int, reason: str | None = None) -> None:
        if self.clients.get(self.inputs[index]):
            raise ValueError(f"The input {self.inputs[index]} is still used")
        var = self.inputs.pop(index)
        self.variables.discard(var)
        self.clients.pop(var, None)

    def add_client(self, var: Variable, client: Client) -> None:
        """Note that `client` uses `var`."""
        self.clients[var].append(client)

    def remove_client(
        self,
        var: Variable,
        client_to_remove: Client,
        reason: Any = None,
        remove_if_empty: bool = True,
    ) -> None:
        """Note that a client does not use `var` any more; drop `var` if nobody does."""
        self.clients[var].remove(client_to_remove)
        if remove_if_empty:
            self._prune(var, reason)

    def import_var(self, var: Variable, reason: Any = None, import_missing: bool = False) -> None:
        """Take `var`, and what computes it, into the graph."""
        self._import(var, import_missing, reason)

    def import_node(
        self,
        apply_node: Apply,
        check: bool = True,
        reason: Any = None,
        import_missing: bool = False,
    ) -> None:
        """Take an application, and what computes its operands, into the graph."""
        self._import(apply_node.outputs[0], import_missing, reason)

    def get_clients(self, var: Variable) -> list[Client]:
        return self.clients[var]

    def _add_variable(self, var: Variable) -> None:
        self.variables.add(var)
        self.clients.setdefault(var, [])

    def _import(self, var: Variable, import_missing: bool, reason: str | None) -> None:
        order = [n for n in toposort([var], self.variables) if n not in self.apply_nodes]
        # All that may fail comes before the first change.
        for v in (*(v for node in order for v in node.inputs), var):
            if v.owner is None and v not in self.variables and not isinstance(v, Constant):
                if not import_missing:
                    raise MissingInputError(f"Undeclared input: {v}. Add it to the inputs.")
                self.inputs.append(v)
                self._add_variable(v)
        for node in order:
            for i, v in enumerate(node.inputs):
                self._add_variable(v)
                self.clients[v].append((node, i))
            self.apply_nodes.add(node)
            for v in node.outputs:
                self._add_variable(v)
            self.execute_callbacks("on_import", node, reason)
        self._add_variable(var)

    def change_node_input(
        self,
        node: Apply | str,
        i: int,
        new_var: Variable,
        reason: str | None = None,
        import_missing: bool = False,
        check: bool = True,
    ) -> None:
        """Let input `i` of `node` (or, for ``"output"``, output `i` of the graph) be `new_var`."""
        old = self.outputs[i] if isinstance(node, str) else node.inputs[i]
        if old is new_var:
            return
        if check and not old.type.is_super(new_var.type):
            raise TypeError(
                f"The type of the replacement ({new_var.type}) must be compatible with that of "
                f"the original ({old.type})."
            )
        self._import(new_var, import_missing, reason)
        if isinstance(node, str):
            self.outputs[i] = new_var
        else:
            node.inputs[i] = new_var
        self.clients[new_var].append((node, i))
        self.clients[old].remove((node, i))
        self.execute_callbacks("on_change_input", node, i, old, new_var, reason)
        self._prune(old, reason)

    def _prune(self, var: Variable, reason: str | None = None) -> None:
        waiting = [var]
        while waiting:
            v = waiting.pop()
            if self.clients.get(v):
                continue
            node = v.owner
            if node is None:
                if v not in self.inputs:
                    self.variables.discard(v)
                    self.clients.pop(v, None)
                continue
            if node not in self.apply_nodes or any(self.clients.get(o) for o in node.outputs):
                continue
            self.apply_nodes.discard(node)
            for o in node.outputs:
                self.variables.discard(o)
                self.clients.pop(o, None)
            self.execute_callbacks("on_prune", node, reason)
            for i, operand in enumerate(node.inputs):
                self.clients[operand].remove((node, i))
                waiting.append(operand)

    def replace(
        self,
        var: Variable,
        new_var: Variable,
        reason: str | None = None,
        verbose: bool | None = None,
        import_missing: bool = False,
    ) -> None:
        """Let every user of `var` use `new_var`."""
        if var is new_var or var not in self.variables:
            return
        new_var = var.type.filter_variable(new_var)
        for node, i in list(self.clients[var]):
            self.change_node_input(node, i, new_var, reason, import_missing)

    def replace_all(self, pairs: Iterable[tuple[Variable, Variable]], **kwargs: Any) -> None:
        """``replace`` for each pair."""
        for var, new_var in pairs:
            self.replace(var, new_var, **kwargs)

    def orderings(self) -> dict[Apply, list[Apply]]:
        """What the features want computed before what, besides what the graph requires."""
        found: dict[Apply, list[Apply]] = {}
        for asked in self.collect_callbacks("orderings").values():
            for node, before in asked.items():
                found.setdefault(node, []).extend(before)
        return found

    def toposort(self) -> list[Apply]:
        """The applications, each after those it depends on, and in the order that features want.

        Raises
        ------
        InconsistencyError
            There is no such order.
        """
        order = toposort(self.outputs, self.inputs)
        before = self.orderings() if self._features else {}
        return _ordered(order, before) if any(before.values()) else order

    def check_integrity(self) -> None:
        """Raise an AssertionError if the records of users and members contradict the graph."""
        reached = self.toposort()
        assert set(reached) == self.apply_nodes, (
            "apply_nodes are not those reachable from the outputs"
        )
        for node in reached:
            for i, v in enumerate(node.inputs):
                assert (node, i) in self.clients[v], f"{v} does not know its user {node}"
        for v, clients in self.clients.items():
            for node, i in clients:
                used = self.outputs[i] if isinstance(node, str) else node.inputs[i]
                assert used is v, f"{v} records a user that does not use it"

    def freeze(self) -> FrozenFunctionGraph:
        """This graph as one that never changes, and which equals those of equal graphs."""
        from lamina.ir.graph.frozen import FrozenFunctionGraph

        return FrozenFunctionGraph(self.inputs, self.outputs)

    def clone(self, check_integrity: bool = True, **kwargs: Any) -> FunctionGraph:
        return self.clone_get_equiv(check_integrity)[0]

    def clone_get_equiv(
        self, check_integrity: bool = True, attach_feature: bool = True, **kwargs: Any
    ) -> tuple[FunctionGraph, dict[Any, Any]]:
        """A copy, and the map from this graph's members to the copy's."""
        memo = clone_get_equiv(self.inputs, self.outputs, copy_orphans=False)
        copy = FunctionGraph(
            [memo[v] for v in self.inputs], [memo[v] for v in self.outputs], clone=False
        )
        if check_integrity:
            copy.check_integrity()
        for feature in self._features if attach_feature else ():
            copy.attach_feature(feature.clone() if hasattr(feature, "clone") else feature)
        return copy, memo

    def dprint(self, **kwargs: Any) -> Any:
        """Print the graph; see ``lamina.dprint``."""
        from lamina.ir.graph.hooks import debugprint

        return debugprint()(self, **kwargs)

    def _repr_svg_(self) -> str | None:
        """The picture of the graph, None if it were too large."""
        from lamina.ir.graph.hooks import notebook

        return notebook()("svg", self)

    def _repr_html_(self) -> str:
        """What notebooks show: the picture, and the text to unfold."""
        from lamina.ir.graph.hooks import notebook

        return notebook()("html", self)

    def __getstate__(self) -> dict[str, Any]:
        # The methods that features add are closures: the features add them again.
        own = {n: v for n, v in self.__dict__.items() if not callable(v)}
        return {**own, "_features": list(self._features)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        features = state.pop("_features")
        self.__dict__.update(state, _features=[])
        for feature in features:
            self.attach_feature(feature)

    def __contains__(self, item: Any) -> bool:
        return item in self.variables or item in self.apply_nodes

    def __iter__(self) -> Any:
        return iter(self.toposort())

    def __len__(self) -> int:
        return len(self.apply_nodes)

    def __str__(self) -> str:
        return f"FunctionGraph({', '.join(map(str, self.outputs))})"

    __repr__ = __str__
