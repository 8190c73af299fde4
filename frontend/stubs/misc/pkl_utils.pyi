# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.stripped_pickle import (
    StripPickler,
)

__all__ = [
    "StripPickler",
]
