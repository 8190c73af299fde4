# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.scan.condition import (
    until,
)

__all__ = [
    "until",
]
