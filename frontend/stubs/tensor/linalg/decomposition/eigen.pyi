# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    Eig, Eigh, Eigvalsh, eig, eigh, eigvalsh,
)

__all__ = [
    "Eig", "Eigh", "Eigvalsh", "eig", "eigh", "eigvalsh",
]
