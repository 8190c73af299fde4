# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.rewriting.equilibrium import (
    ChangeTracker, EquilibriumGraphRewriter,
)
from lamina.graph.rewriting.merging import (
    MergeOptimizer, pre_constant_merge,
)
from lamina.graph.rewriting.node_walks import (
    NodeProcessingGraphRewriter, WalkingGraphRewriter, dfs_rewriter, in2out, out2in,
    pre_greedy_node_rewriter,
)
from lamina.graph.rewriting.patterns import (
    PatternNodeRewriter, SubstitutionNodeRewriter,
)
from lamina.graph.rewriting.rewriters import (
    FromFunctionGraphRewriter, FromFunctionNodeRewriter, GraphRewriter, NodeRewriter, Rewriter,
    graph_rewriter, inplace_graph_rewriter, node_rewriter,
)
from lamina.graph.rewriting.sequences import (
    OpToRewriterTracker, SequentialGraphRewriter, SequentialNodeRewriter,
)
from lamina.graph.rewriting.stack_traces import (
    check_stack_trace, copy_stack_trace,
)

__all__ = [
    "ChangeTracker", "EquilibriumGraphRewriter", "FromFunctionGraphRewriter",
    "FromFunctionNodeRewriter", "GraphRewriter", "MergeOptimizer", "NodeProcessingGraphRewriter",
    "NodeRewriter", "OpToRewriterTracker", "PatternNodeRewriter", "Rewriter",
    "SequentialGraphRewriter", "SequentialNodeRewriter", "SubstitutionNodeRewriter",
    "WalkingGraphRewriter", "check_stack_trace", "copy_stack_trace", "dfs_rewriter",
    "graph_rewriter", "in2out", "inplace_graph_rewriter", "node_rewriter", "out2in",
    "pre_constant_merge", "pre_greedy_node_rewriter",
]
