# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    QR, qr,
)

__all__ = [
    "QR", "qr",
]
