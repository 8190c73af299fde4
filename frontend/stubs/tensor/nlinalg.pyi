# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    Det, Eig, Eigh, Lstsq, MatrixInverse, MatrixPinv, QR, SLogDet, SVD, TensorInv, det, eig, eigh,
    lstsq, matrix_inverse, pinv, qr, slogdet, svd, tensorinv, tensorsolve, trace,
)
from lamina.ir.ops.matrix_products import (
    kron, matrix_dot, matrix_power,
)
from lamina.ir.ops.norm import (
    norm,
)

__all__ = [
    "Det", "Eig", "Eigh", "Lstsq", "MatrixInverse", "MatrixPinv", "QR", "SLogDet", "SVD",
    "TensorInv", "det", "eig", "eigh", "kron", "lstsq", "matrix_dot", "matrix_inverse",
    "matrix_power", "norm", "pinv", "qr", "slogdet", "svd", "tensorinv", "tensorsolve", "trace",
]
