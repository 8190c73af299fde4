"""Graphs with parts exchanged for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lamina.graph.vectorize import vectorize_graph, vectorize_node
from lamina.ir.graph.traversal import ancestors, toposort
from lamina.ir.graph.variable import Variable

Pairs = Mapping[Variable, Any] | Iterable[tuple[Variable, Any]]


def graph_replace(
    outputs: Variable | Sequence[Variable], replace: Pairs | None = None, *, strict: bool = True
) -> Any:
    """The graph of `outputs` with other variables in the place of some.

    All are replaced at once, and the graph of a replacement is taken as it is, so ``{x: x + 1}``
    means what it says. What does not depend on a replaced variable is shared with the old graph.

    Parameters
    ----------
    outputs : Variable or sequence of Variable
    replace : dict or pairs
        The new variable (or value) for each old one, which may lie anywhere in the graph.
    strict : bool
        Raise if an old variable is not found.

    Returns
    -------
    Variable or list of Variable
        As `outputs` are.

    Raises
    ------
    TypeError
        A replacement does not have the type of what it replaces.
    ValueError
        `outputs` do not depend on an old variable (if `strict`).

    Examples
    --------
    >>> graph_replace(1 + pt.sin(x), {x: y})  # 1 + sin(y)
    """
    pairs = list(replace.items() if isinstance(replace, Mapping) else replace or ())
    wanted = [outputs] if isinstance(outputs, Variable) else list(outputs)
    new: dict[Variable, Variable] = {}
    for old, given in pairs:
        if not isinstance(old, Variable):
            raise TypeError(f"The keys of replace must be Variables, got {old!r}")
        new[old] = old.type.filter_variable(given)
    if strict:
        reached = set(ancestors(wanted, new))
        for old in new:
            if old not in reached:
                raise ValueError(
                    f"{old} of type {old.type} is not in the graph, or only below another variable "
                    "that is replaced; strict=False ignores this"
                )
    for node in toposort(wanted, new):
        operands = [new.get(v, v) for v in node.inputs]
        if all(a is b for a, b in zip(operands, node.inputs, strict=True)):
            continue
        copy = node.clone_with_new_inputs(operands, strict=False)
        for old, output in zip(node.outputs, copy.outputs, strict=True):
            new.setdefault(old, output)
    results = [new.get(v, v) for v in wanted]
    return results[0] if isinstance(outputs, Variable) else results


def clone_replace(
    output: Variable | Sequence[Variable], replace: Pairs | None = None, **rebuild_kwds: Any
) -> Any:
    """A copy of a graph with other variables in the place of some.

    Parameters
    ----------
    output : Variable or sequence of Variable
    replace : dict or pairs, optional
        The new variable for each old one.
    **rebuild_kwds
        For ``rebuild_collect_shared``: ``rebuild_strict=False`` lets types differ,
        ``copy_inputs_over=False`` makes new variables of the inputs too.

    Returns
    -------
    Variable or list of Variable
        As `output` is.
    """
    from lamina.compile.rebuild import rebuild_collect_shared

    single = isinstance(output, Variable)
    wanted = [output] if single else list(output)
    _, copies, _ = rebuild_collect_shared(wanted, [], replace, **rebuild_kwds)
    return copies[0] if single else copies


__all__ = ["clone_replace", "graph_replace", "vectorize_graph", "vectorize_node"]
