"""Lamina: define, manipulate and compile array expressions."""

# ruff: noqa: E402, F401, I001  a namespace; the finder of its paths comes first

import importlib
from typing import TYPE_CHECKING, Any

from lamina import home_finder

home_finder.install()

from lamina.ir.configuration import config
from lamina.ir.graph import hooks
from lamina.compile.evaluation import evaluate
from lamina.compile.function_maker import function
from lamina.compile.io import In, Out
from lamina.compile.modes import Mode, get_mode
from lamina.compile.shared_value import shared
from lamina.symbolic import as_symbolic
from lamina import tensor

if TYPE_CHECKING:
    from lamina.derivatives import grad
    from lamina.graph.replace import clone_replace, graph_replace
    from lamina.printing import debugprint as dprint, pp

# Fetched when they are first asked for, so that an import of lamina does not wait for them.
_LATER = {
    "grad": "lamina.gradient",
    "clone_replace": "lamina.graph.replace",
    "graph_replace": "lamina.graph.replace",
    "dprint": "lamina.printing",
    "pp": "lamina.printing",
}
_MODULES = ("gradient", "graph", "printing")

__all__ = [
    "In", "Mode", "Out", "as_symbolic", "config", "function", "get_mode", "shared", "tensor",
    "clone_replace", "dprint", "grad", "graph_replace", "pp",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LATER:
        module = importlib.import_module(_LATER[name])
        value = getattr(module, "debugprint" if name == "dprint" else name)
    elif name in _MODULES:
        value = importlib.import_module(f"lamina.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _debugprint(*args: Any, **kwargs: Any) -> Any:
    from lamina.printing import debugprint

    return debugprint(*args, **kwargs)


hooks.provide("evaluate", evaluate)
hooks.provide("debugprint", _debugprint)
