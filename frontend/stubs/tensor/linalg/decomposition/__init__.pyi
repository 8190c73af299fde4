# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    cholesky, eig, eigh, eigvalsh, lu, lu_factor, ordqz, qr, qz, schur, svd,
)

__all__ = [
    "cholesky", "eig", "eigh", "eigvalsh", "lu", "lu_factor", "ordqz", "qr", "qz", "schur", "svd",
]
