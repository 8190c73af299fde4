"""Rewriting of graphs: ``rewrite_graph``, and rewriters and rules of the user's own."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lamina.graph.rewrite import rewrite_graph
    from lamina.graph.rewriting.nd_rules import (
        pattern_rule,
        register_rule,
        unregister_rule,
        using_rules,
    )
    from lamina.passes.rules import Rule, Var

__all__ = [
    "Rule", "Var", "pattern_rule", "register_rule", "rewrite_graph", "unregister_rule",
    "using_rules",
]  # fmt: skip

_ROOMS = {name: "lamina.graph.rewriting.nd_rules" for name in __all__} | {
    "rewrite_graph": "lamina.graph.rewrite"
}


def __getattr__(name: str) -> Any:
    """Fetch a name when it is used: rules load nd, which graphs do not need."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOMS[name]), name)
