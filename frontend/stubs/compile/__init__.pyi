# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.errors import (
    UnusedInputError,
)
from lamina.compile.evaluation import (
    evaluate,
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
from lamina.compile.modes import (
    FAST_COMPILE, FAST_RUN, Mode, NUMPY, get_default_mode, get_mode, register_linker, register_mode,
    register_optimizer,
)
from lamina.compile.rebuild import (
    rebuild_collect_shared,
)
from lamina.compile.shared_value import (
    shared, shared_constructor,
)
from lamina.graph.rewriting.registry import (
    optdb,
)
from lamina.ir.graph.shared import (
    SharedVariable,
)

__all__ = [
    "FAST_COMPILE", "FAST_RUN", "Function", "FunctionMaker", "In", "Mode", "NUMPY", "Out",
    "SharedVariable", "UnusedInputError", "evaluate", "function", "get_default_mode", "get_mode",
    "optdb", "rebuild_collect_shared", "register_linker", "register_mode", "register_optimizer",
    "shared", "shared_constructor",
]
