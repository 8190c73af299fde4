# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.equality import (
    equal_computations,
)
from lamina.graph.replace import (
    clone_replace,
)
from lamina.ir.graph.apply import (
    Apply,
)
from lamina.ir.graph.frozen import (
    FrozenApply, NominalVariable,
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
from lamina.printing.shared_parts import (
    as_string, default_node_formatter,
)

__all__ = [
    "Apply", "Constant", "FrozenApply", "NominalVariable", "Variable", "ancestors",
    "apply_depends_on", "applys_between", "as_string", "clone", "clone_get_equiv", "clone_replace",
    "default_node_formatter", "equal_computations", "explicit_graph_inputs", "general_toposort",
    "get_var_by_name", "graph_inputs", "io_toposort", "orphans_between", "truncated_graph_inputs",
    "variable_depends_on", "vars_between", "walk",
]
