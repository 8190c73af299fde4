# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.profile import (
    ProfileStats,
)

__all__ = [
    "ProfileStats",
]
