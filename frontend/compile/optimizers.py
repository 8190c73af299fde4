"""Queries for the optimizers of modes, under the names that PyTensor has for them."""

from __future__ import annotations

from typing import Any

from lamina.graph.rewriting.queries import RewriteDatabaseQuery
from lamina.graph.rewriting.rewriters import GraphRewriter
from lamina.ir.graph.function_graph import FunctionGraph

OPT_NONE = RewriteDatabaseQuery()
OPT_FAST_COMPILE = RewriteDatabaseQuery(include=["fast_compile"])
OPT_FAST_RUN = RewriteDatabaseQuery(include=["fast_run"])


class AddFeatureOptimizer(GraphRewriter):
    """A graph rewriter that attaches a feature and changes nothing.

    Parameters
    ----------
    feature : Feature
    """

    __module__ = "lamina.compile.mode"

    def __init__(self, feature: Any):
        self.feature = feature

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        super().add_requirements(fgraph)
        fgraph.attach_feature(self.feature)

    def apply(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> None:
        """Change nothing."""
