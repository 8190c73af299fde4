# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina import (
    compile, cuda, gradient, graph, printing, scalar, tensor,
)
from lamina.compile.dumped_call import (
    function_dump,
)
from lamina.compile.function_maker import (
    FunctionMaker, function,
)
from lamina.compile.function_object import (
    Function,
)
from lamina.compile.io import (
    In, Out,
)
from lamina.compile.loaded_function import (
    load,
)
from lamina.compile.modes import (
    Mode, get_mode,
)
from lamina.compile.profile import (
    ProfileStats,
)
from lamina.compile.shared_value import (
    shared,
)
from lamina.conditional import (
    ifelse,
)
from lamina.derivatives import (
    Lop, grad, hessian, jacobian, pullback, subgraph_grad,
)
from lamina.forward_mode import (
    Rop, pushforward,
)
from lamina.from_function import (
    as_op, wrap_py,
)
from lamina.from_jax import (
    wrap_jax,
)
from lamina.graph.replace import (
    clone_replace, graph_replace, vectorize_graph,
)
from lamina.graph.rewrite import (
    rewrite_graph,
)
from lamina.ir.configuration import (
    config,
)
from lamina.ir.graph.apply import (
    Apply,
)
from lamina.ir.graph.function_graph import (
    FunctionGraph,
)
from lamina.ir.graph.op import (
    Op,
)
from lamina.ir.graph.shared import (
    SharedVariable,
)
from lamina.ir.graph.type import (
    Type,
)
from lamina.ir.graph.variable import (
    Constant, Variable,
)
from lamina.numeric_gradient import (
    verify_grad,
)
from lamina.op_from_graph import (
    OpFromGraph,
)
from lamina.printing import (
    debugprint as dprint, pp, pprint, pydotprint,
)
from lamina.scan import (
    foldl, foldr, map, reduce, scan,
)
from lamina.symbolic import (
    as_symbolic,
)

__all__ = [
    "Apply", "Constant", "Function", "FunctionGraph", "FunctionMaker", "In", "Lop", "Mode", "Op",
    "OpFromGraph", "Out", "ProfileStats", "Rop", "SharedVariable", "Type", "Variable", "as_op",
    "as_symbolic", "clone_replace", "compile", "config", "cuda", "dprint", "foldl", "foldr",
    "function", "function_dump", "get_mode", "grad", "gradient", "graph", "graph_replace",
    "hessian", "ifelse", "jacobian", "load", "map", "pp", "pprint", "printing", "pullback",
    "pushforward", "pydotprint", "reduce", "rewrite_graph", "scalar", "scan", "shared",
    "subgraph_grad", "tensor", "vectorize_graph", "verify_grad", "wrap_jax", "wrap_py",
]
