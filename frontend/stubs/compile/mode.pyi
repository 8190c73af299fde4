# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.modes import (
    FAST_COMPILE, FAST_RUN, Mode, get_default_mode, get_mode, register_linker, register_mode,
    register_optimizer,
)
from lamina.compile.optimizers import (
    AddFeatureOptimizer, OPT_FAST_COMPILE, OPT_FAST_RUN, OPT_NONE,
)
from lamina.graph.rewriting.registry import (
    optdb,
)

__all__ = [
    "AddFeatureOptimizer", "FAST_COMPILE", "FAST_RUN", "Mode", "OPT_FAST_COMPILE", "OPT_FAST_RUN",
    "OPT_NONE", "get_default_mode", "get_mode", "optdb", "register_linker", "register_mode",
    "register_optimizer",
]
