"""The user's lines, through rewriting."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, Literal

from lamina.graph.rewriting.rewriters import is_tracked
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.variable import Variable


def copy_stack_trace(from_var: Any, to_var: Any) -> Any:
    """Let new variables bear the lines of those whose place they take.

    Parameters
    ----------
    from_var, to_var : Variable or sequence of Variable

    Returns
    -------
    Variable or sequence of Variable
        `to_var`.
    """
    sources = [from_var] if isinstance(from_var, Variable) else list(from_var)
    targets = [to_var] if isinstance(to_var, Variable) else list(to_var)
    trace = [line for v in sources for line in _trace(v)]
    lines = [v.owner.line for v in sources if v.owner is not None and v.owner.line]
    for v in targets:
        v.tag.trace = trace + [line for line in _trace(v) if line not in trace]
        if v.owner is not None and lines:
            v.owner.line = lines[0]
    return to_var


def _trace(v: Variable) -> list[Any]:
    own = getattr(v.tag, "trace", None)
    if own is None and v.owner is not None and v.owner.line:
        own = [[(*v.owner.line, "", "")]]
    return list(own or ())


def bear_line(variables: Iterable[Variable], fgraph: FunctionGraph, node: Apply) -> None:
    """Let the applications that compute `variables` and are not in the graph bear `node`'s line."""
    waiting = [v.owner for v in variables]
    seen = set()
    while waiting:
        new = waiting.pop()
        if new is None or new in seen or new in fgraph.apply_nodes:
            continue
        seen.add(new)
        new.line = node.line
        waiting.extend(v.owner for v in new.inputs)


def check_stack_trace(
    f_or_fgraph: Any,
    ops_to_check: Any = "last",
    bug_print: Literal["raise", "warn", "ignore"] = "raise",
) -> bool:
    """Whether applications of a graph know the lines on which they were made.

    Parameters
    ----------
    f_or_fgraph : Function or FunctionGraph
    ops_to_check : {"last", "all"}, Op, class of Op, or a sequence of these
        "last": what computes the outputs.
    bug_print : {"raise", "warn", "ignore"}
        What to do about one that does not, besides returning False.

    Raises
    ------
    ValueError
        `ops_to_check` is something else; or, if `bug_print` says so, a line is missing.
    """
    fgraph = getattr(getattr(f_or_fgraph, "maker", None), "fgraph", f_or_fgraph)
    if isinstance(ops_to_check, str):
        if ops_to_check not in ("last", "all"):
            raise ValueError(f"check_stack_trace: ops_to_check is {ops_to_check!r}")
        nodes = [v.owner for v in fgraph.outputs if v.owner is not None]
        nodes = fgraph.toposort() if ops_to_check == "all" else nodes
    else:
        wanted = list(ops_to_check) if isinstance(ops_to_check, (list, tuple)) else [ops_to_check]
        nodes = [node for node in fgraph.toposort() if is_tracked(wanted, node.op)]
    without = [n for n in nodes if not n.line and not any(_trace(v) for v in n.outputs)]
    if not without:
        return True
    message = f"no line is known of {', '.join(map(str, without))}"
    if bug_print == "raise":
        raise ValueError(message)
    if bug_print == "warn":
        warnings.warn(message, stacklevel=2)
    return False
