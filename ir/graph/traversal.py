"""Walks over graphs, none of them recursive."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from typing import Any, TypeVar

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Constant, Variable

T = TypeVar("T")


def walk(
    nodes: Iterable[T],
    expand: Callable[[T], Iterable[T] | None],
    bfs: bool = True,
    return_children: bool = False,
    hash_fn: Callable[[T], Any] = id,
) -> Generator[Any, None, None]:
    """Each node reachable from `nodes` by `expand`, once, breadth or depth first."""
    waiting = deque(nodes)
    seen = set()
    while waiting:
        node = waiting.popleft() if bfs else waiting.pop()
        key = hash_fn(node)
        if key in seen:
            continue
        seen.add(key)
        children = expand(node)
        yield (node, children) if return_children else node
        if children:
            waiting.extend(children)


def toposort(outputs: Iterable[Variable], inputs: Collection[Variable] = ()) -> list[Apply]:
    """The applications that `outputs` depend on, each after those it depends on.

    Those above `inputs` are left out.
    """
    order: list[Apply] = []
    done: set[Apply] = set()
    blocked = set(inputs)
    stack = [v.owner for v in reversed(list(outputs)) if v.owner is not None and v not in blocked]
    opened: set[Apply] = set()
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
            continue
        if node in opened:
            stack.pop()
            done.add(node)
            order.append(node)
            continue
        opened.add(node)
        for variable in reversed(node.inputs):
            owner = variable.owner
            if owner is not None and owner not in opened and variable not in blocked:
                stack.append(owner)
    return order


def io_toposort(
    inputs: Collection[Variable], outputs: Iterable[Variable], **kwargs: Any
) -> list[Apply]:
    """The applications between `inputs` and `outputs`, each after those it depends on."""
    return toposort(outputs, inputs)


def general_toposort(
    outputs: Iterable[Variable], deps: Callable[[Any], Iterable[Any]]
) -> list[Any]:
    """Everything reachable from `outputs` by `deps`, each after what it depends on."""
    order: list[Any] = []
    done: set[Any] = set()
    stack: list[tuple[Any, bool]] = [(node, False) for node in reversed(list(outputs))]
    while stack:
        node, expanded = stack.pop()
        if node in done:
            continue
        if expanded:
            done.add(node)
            order.append(node)
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(list(deps(node))) if child not in done)
    return order


def ancestors(
    graphs: Iterable[Variable], blockers: Collection[Variable] | None = None
) -> Generator[Variable, None, None]:
    """Each variable that `graphs` depend on, themselves included, left to right."""
    blocked = set(blockers or ())

    def expand(variable: Variable) -> list[Variable] | None:
        if variable.owner is not None and variable not in blocked:
            return list(reversed(variable.owner.inputs))
        return None

    yield from walk(list(reversed(list(graphs))), expand, bfs=False)


def graph_inputs(
    graphs: Iterable[Variable], blockers: Collection[Variable] | None = None
) -> Generator[Variable, None, None]:
    """The ancestors of `graphs` that nothing computes, constants included."""
    yield from (v for v in ancestors(graphs, blockers) if v.owner is None)


def explicit_graph_inputs(graph: Variable | Iterable[Variable]) -> Generator[Variable, None, None]:
    """The inputs of a graph that a caller must give: neither constants nor shared variables."""
    from lamina.ir.graph.shared import SharedVariable

    graphs = [graph] if isinstance(graph, Variable) else graph
    yield from (v for v in graph_inputs(graphs) if not isinstance(v, (Constant, SharedVariable)))


def vars_between(
    ins: Collection[Variable], outs: Iterable[Variable]
) -> Generator[Variable, None, None]:
    """Every variable on a path from `ins` to `outs`, the ends included, and what else they need."""
    yield from ancestors(outs, ins)


def applys_between(
    ins: Collection[Variable], outs: Iterable[Variable]
) -> Generator[Apply, None, None]:
    """Every application on a path from `ins` to `outs`."""
    yield from toposort(outs, ins)


def orphans_between(
    ins: Collection[Variable], outs: Iterable[Variable]
) -> Generator[Variable, None, None]:
    """What the graph between `ins` and `outs` needs besides `ins`."""
    given = set(ins)
    yield from (v for v in vars_between(ins, outs) if v.owner is None and v not in given)


def apply_ancestors(graphs: Iterable[Variable]) -> Generator[Apply, None, None]:
    """The applications that `graphs` depend on."""
    yield from toposort(graphs)


def variable_depends_on(variable: Variable, depends_on: Variable | Collection[Variable]) -> bool:
    """Whether `variable` is computed from any of `depends_on`."""
    targets = {depends_on} if isinstance(depends_on, Variable) else set(depends_on)
    return any(v in targets for v in ancestors([variable]))


def apply_depends_on(apply: Apply, depends_on: Apply | Collection[Apply]) -> bool:
    """Whether `apply` needs the result of any of `depends_on`."""
    targets = {depends_on} if isinstance(depends_on, Apply) else set(depends_on)
    return any(node in targets for node in toposort(apply.inputs)) or apply in targets


def truncated_graph_inputs(
    outputs: Iterable[Variable], ancestors_to_include: Collection[Variable] | None = None
) -> list[Variable]:
    """The smallest set of variables that suffices to compute `outputs`.

    The ancestors named are kept in the set if `outputs` depend on them.
    """
    outputs = list(outputs)
    reached = set(ancestors(outputs))
    found = dict.fromkeys(v for v in ancestors_to_include or () if v in reached)
    above = set(found)  # and all that is computed from them
    for node in toposort(outputs, found):
        if any(v in above for v in node.inputs):
            above.update(node.outputs)

    def expand(variable: Variable) -> Sequence[Variable] | None:
        if variable in found:
            return None
        if variable.owner is not None and variable in above:
            return list(reversed(variable.owner.inputs))
        found[variable] = None
        return None

    for _ in walk(list(reversed(outputs)), expand, bfs=False):
        pass
    return list(found)


def get_var_by_name(graphs: Iterable[Variable], target_var_id: str) -> tuple[Variable, ...]:
    """The ancestors of `graphs` whose name or automatic name is `target_var_id`."""
    return tuple(v for v in ancestors(graphs) if target_var_id in (v.name, v.auto_name))
