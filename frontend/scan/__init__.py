"""Loops: ``lamina.scan(...)`` makes one, and the package has what goes with it."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lamina.scan.basic import scan
    from lamina.scan.carry_loop import loop
    from lamina.scan.checkpoints import scan_checkpoints
    from lamina.scan.condition import until
    from lamina.scan.views import foldl, foldr, map, reduce

# Fetched when they are first asked for: graphs know the op of a loop before they can make one.
_ROOMS = {
    "scan": "basic",
    "loop": "carry_loop",
    "scan_checkpoints": "checkpoints",
    "until": "condition",
    **dict.fromkeys(("foldl", "foldr", "map", "reduce"), "views"),
}

__all__ = ["foldl", "foldr", "loop", "map", "reduce", "scan", "scan_checkpoints", "until"]


class _Package(ModuleType):
    """Importing ``lamina.scan.basic`` puts this module where ``lamina`` has the function."""

    def __getattr__(self, name: str) -> Any:
        if name not in _ROOMS:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{self.__name__}.{_ROOMS[name]}"), name)
        setattr(self, name, value)
        return value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.scan(*args, **kwargs)


sys.modules[__name__].__class__ = _Package
