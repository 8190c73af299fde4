"""From graphs to functions."""

from typing import TYPE_CHECKING, Any

from lamina.compile.errors import UnusedInputError
from lamina.compile.evaluation import evaluate
from lamina.compile.function_maker import FunctionMaker, function
from lamina.compile.function_object import Function
from lamina.compile.io import In, Out
from lamina.compile.modes import (
    FAST_COMPILE,
    FAST_RUN,
    NUMPY,
    Mode,
    get_default_mode,
    get_mode,
    register_linker,
    register_mode,
    register_optimizer,
)
from lamina.compile.rebuild import rebuild_collect_shared
from lamina.compile.shared_value import shared, shared_constructor
from lamina.ir.graph.shared import SharedVariable

if TYPE_CHECKING:
    from lamina.graph.rewriting.registry import optdb

__all__ = [
    "FAST_COMPILE", "FAST_RUN", "NUMPY", "Function", "FunctionMaker", "In", "Mode", "Out",
    "SharedVariable", "UnusedInputError", "evaluate", "function", "get_default_mode", "get_mode",
    "optdb", "rebuild_collect_shared", "register_linker", "register_mode", "register_optimizer",
    "shared", "shared_constructor",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """The database of rewriters, which is made when it is asked for."""
    if name != "optdb":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lamina.graph.rewriting.registry import optdb

    return optdb
