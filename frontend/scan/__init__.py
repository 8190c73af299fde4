"""Loops: ``lamina.scan(...)`` makes one, and the package has what goes with it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from lamina.scan.basic import scan
from lamina.scan.carry_loop import loop
from lamina.scan.checkpoints import scan_checkpoints
from lamina.scan.condition import until
from lamina.scan.views import foldl, foldr, map, reduce

__all__ = ["foldl", "foldr", "loop", "map", "reduce", "scan", "scan_checkpoints", "until"]


class _CallableModule(ModuleType):
    """Importing ``lamina.scan.basic`` puts this module where ``lamina`` has the function."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return scan(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
