# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.equality import (
    equal_computations,
)
from lamina.ir.graph.apply import (
    Apply,
)
from lamina.ir.graph.function_graph import (
    clone, clone_get_equiv,
)
from lamina.ir.graph.traversal import (
    ancestors, apply_depends_on, applys_between, explicit_graph_inputs, general_toposort,
    get_var_by_name, graph_inputs, io_toposort, orphans_between, truncated_graph_inputs,
    variable_depends_on, vars_between, walk,
)
from lamina.ir.graph.variable import (
    Constant, Variable,
)

__all__ = [
    "Apply", "Constant", "Variable", "ancestors", "apply_depends_on", "applys_between", "clone",
    "clone_get_equiv", "equal_computations", "explicit_graph_inputs", "general_toposort",
    "get_var_by_name", "graph_inputs", "io_toposort", "orphans_between", "truncated_graph_inputs",
    "variable_depends_on", "vars_between", "walk",
]
