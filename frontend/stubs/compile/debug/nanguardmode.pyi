# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.nan_guard import (
    NanGuardMode,
)

__all__ = [
    "NanGuardMode",
]
