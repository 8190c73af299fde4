# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    QZ, Schur, ordqz, qz, schur,
)

__all__ = [
    "QZ", "Schur", "ordqz", "qz", "schur",
]
