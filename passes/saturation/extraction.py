"""The cheapest program in an e-graph, where what is used twice is computed once.

To find it exactly is NP-hard. Each class gets the set of nodes that is cheapest for it alone, by
repeated improvement from the leaves; then single choices are changed while that helps the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from lamina.passes.saturation.costs import operation_cost
from lamina.passes.saturation.terms import Node, Snapshot

Choice = dict[Any, Node]
MOST_TRIALS = 3000
REPLACED = 1e12  # the cost of a node in whose place a rule has put a better one


def representatives(snapshot: Snapshot) -> Choice:
    """A node for each class that can be computed: what is cheapest for it alone, about."""
    return _cheapest_sets(snapshot, _Costs(snapshot))


def extract(snapshot: Snapshot, roots: Sequence[Any]) -> Choice:
    """A node for each class that can be computed, so that `roots` together cost little."""
    costs = _Costs(snapshot)
    choice = _cheapest_sets(snapshot, costs)
    if all(root in choice for root in roots):
        _improve(snapshot, costs, choice, roots)
    return choice


class _Costs:
    """The cost of each node, itself alone."""

    def __init__(self, snapshot: Snapshot):
        self.types = snapshot.types
        self._known: dict[int, float] = {}

    def __call__(self, own: Any, node: Node) -> float:
        found = self._known.get(id(node))
        if found is None:
            found = self._known[id(node)] = self._of(own, node)
        return found

    def _of(self, own: Any, node: Node) -> float:
        types = self.types
        if own not in types or any(v not in types for v in node.operands):
            return inf
        cost = operation_cost(node.symbol.op, [types[v] for v in node.operands], types[own])
        return cost + 0.01 * len(node.operands) + REPLACED * node.replaced


def _cheapest_sets(snapshot: Snapshot, costs: Callable[[Any, Node], float]) -> Choice:
    sets: dict[Any, dict[Any, float]] = {}
    totals: dict[Any, float] = {}
    choice: Choice = {}
    users: dict[Any, dict[Any, None]] = {}
    for own, nodes in snapshot.nodes.items():
        for node in nodes:
            for v in node.operands:
                users.setdefault(v, {})[own] = None
    waiting = dict.fromkeys(snapshot.nodes)
    while waiting:
        own = next(iter(waiting))
        del waiting[own]
        for node in snapshot.nodes[own]:
            cost = costs(own, node)
            if cost == inf or any(v not in sets or own in sets[v] for v in node.operands):
                continue
            if cost + max((totals[v] for v in node.operands), default=0.0) >= totals.get(own, inf):
                continue
            merged: dict[Any, float] = {}
            for v in node.operands:
                merged |= sets[v]
            merged[own] = cost
            total = sum(merged.values())
            if total < totals.get(own, inf) * (1 - 1e-12):
                sets[own], totals[own], choice[own] = merged, total, node
                waiting |= users.get(own, {})
    return choice


def total_cost(choice: Choice, roots: Sequence[Any], costs: Callable[[Any, Node], float]) -> float:
    """The cost of all that `roots` need, each node once; infinite if a class needs itself."""
    total = 0.0
    state: dict[Any, bool] = {}
    stack = [(root, False) for root in roots]
    while stack:
        own, done = stack.pop()
        if done:
            state[own] = True
            continue
        known = state.get(own)
        if known is not None:
            if not known:
                return inf
            continue
        state[own] = False
        node = choice.get(own)
        if node is None:
            return inf
        total += costs(own, node)
        stack.append((own, True))
        for v in node.operands:
            if state.get(v) is not True:
                stack.append((v, False))
    return total


def needed(choice: Choice, roots: Sequence[Any]) -> list[Any]:
    """The classes that `roots` are computed from, operands first."""
    found: dict[Any, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        own, done = stack.pop()
        if done:
            found[own] = None
        elif own not in found:
            stack.append((own, True))
            stack += [(v, False) for v in choice[own].operands if v not in found]
    return list(found)


def _improve(
    snapshot: Snapshot,
    costs: Callable[[Any, Node], float],
    choice: Choice,
    roots: Sequence[Any],
) -> None:
    """Change single choices while the whole gets cheaper."""
    best = total_cost(choice, roots, costs)
    trials = 0
    improved = True
    while improved and trials < MOST_TRIALS:
        improved = False
        for own in needed(choice, roots):
            former = choice[own]
            for node in snapshot.nodes[own]:
                if node is former or costs(own, node) == inf:
                    continue
                trials += 1
                choice[own] = node
                total = total_cost(choice, roots, costs)
                if total < best * (1 - 1e-12):
                    best, former, improved = total, node, True
            choice[own] = former
            if trials >= MOST_TRIALS:
                break
