# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.traversal import (
    ancestors, apply_ancestors, apply_depends_on, applys_between, explicit_graph_inputs,
    general_toposort, get_var_by_name, graph_inputs, io_toposort, orphans_between,
    truncated_graph_inputs, variable_depends_on, vars_between, walk,
)

__all__ = [
    "ancestors", "apply_ancestors", "apply_depends_on", "applys_between", "explicit_graph_inputs",
    "general_toposort", "get_var_by_name", "graph_inputs", "io_toposort", "orphans_between",
    "truncated_graph_inputs", "variable_depends_on", "vars_between", "walk",
]
