# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    MatrixInverse, MatrixPinv, TensorInv, inv, matrix_inverse, pinv, tensorinv,
)

__all__ = [
    "MatrixInverse", "MatrixPinv", "TensorInv", "inv", "matrix_inverse", "pinv", "tensorinv",
]
