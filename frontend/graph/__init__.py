"""Graphs: what they are made of, and what can be done with them."""

from importlib import import_module
from typing import Any

from lamina import homes
from lamina.graph.replace import clone_replace, graph_replace, vectorize_graph
from lamina.graph.rewrite import rewrite_graph
from lamina.graph.rewriting.queries import RewriteDatabaseQuery
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph, clone
from lamina.ir.graph.op import Op
from lamina.ir.graph.traversal import ancestors, graph_inputs
from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Constant, Variable

__all__ = [
    "Apply", "Constant", "FunctionGraph", "Op", "RewriteDatabaseQuery", "Type", "Variable",
    "ancestors", "clone", "clone_replace", "graph_inputs", "graph_replace", "rewrite_graph",
    "vectorize_graph",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A module of the table of paths, which need not be imported first: ``lamina.graph.op``."""
    path = f"{__name__}.{name}"
    if path in homes.HOMES:
        return import_module(path)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
