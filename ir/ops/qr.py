"""QR decomposition by Householder's reflections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.arguments import length, smaller
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.creation import arange, zeros_like
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_matrices
from lamina.ir.ops.matrix_parts import adjoint, diagonal_matrix, main_diagonal
from lamina.ir.ops.solve_triangular import solve_triangular
from lamina.ir.ops.triangle import tril, triu

_MODES = {
    "full": "full", "complete": "full", "economic": "economic", "reduced": "economic", "r": "r",
    "raw": "raw",
}  # fmt: skip
_RESULTS = {
    "full": "(m,m),(m,n)", "economic": "(m,k),(k,n)", "r": "(m,n)", "raw": "(m,n),(k),(k,n)"
}  # fmt: skip


class QR(LinearAlgebra):
    """A = Q R; or A[:, p] = Q R, with the elements of R's diagonal falling in size.

    Where Q or R have min(m, n) columns or rows, that number is the second operand.

    Parameters
    ----------
    mode : "full", "economic", "r" or "raw"
    pivoting : bool
    """

    __props__ = ("mode", "pivoting")
    nd_name = "qr"

    def __init__(self, mode: str = "full", pivoting: bool = False):
        if mode not in _RESULTS:
            raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {mode!r}")
        self.mode, self.pivoting = mode, pivoting

    @property
    def gufunc_signature(self) -> str:  # type: ignore[override]
        sized = ",k" if self.mode in ("economic", "raw") else ""
        return f"(m,n){sized}->{_RESULTS[self.mode]}" + (",(n)" if self.pivoting else "")

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        n = len(self.signature.results) - self.pivoting
        return (dtypes[0],) * n + ("int32",) * self.pivoting

    def numpy(self, *arrays: Any) -> Any:
        from scipy.linalg import qr

        found: Any = qr(arrays[0], mode=self.mode, pivoting=self.pivoting, check_finite=False)
        if self.mode == "raw":
            found = (*found[0], *found[1:])
        return found if len(found) > 1 else found[0]

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        m, n = operands[0].lengths[-2:]
        k, ld = nd.minimum(m, n), lapack.leading(m)
        own, tau = lapack.matrix(n, m), b.scratch(lapack.dtype, k)
        factor = "geqp3" if self.pivoting else "geqrf"
        order: Any = (b.scratch("int32", n),) if self.pivoting else ()
        real = (b.scratch(lapack.part, n * 2),) if self.pivoting and not lapack.real else ()
        space = lapack.workspace(factor, m, n, own, ld, *order, tau, "work", "lwork", *real)
        generate = "orgqr" if lapack.real else "ungqr"
        whole = lapack.matrix(m, m) if self.mode == "full" else own
        columns = m if self.mode == "full" else k
        more: Any = ()
        if self.mode in ("full", "economic"):
            more = lapack.workspace(generate, m, columns, k, whole, ld, tau, "work", "lwork")
        with lapack.batch() as parts:
            a, results = parts[0], parts[len(operands) :]
            lapack.columns(a, own)
            if self.pivoting:
                with b.loop(n) as j:
                    order[0][j] = 0  # free to move
            lapack(factor, m, n, own, ld, *order, tau, *space, *real)
            if self.mode == "raw":
                lapack.from_columns(own, results[0])
                with b.loop(k) as i:
                    results[1][i] = tau[i]
            r = results[{"r": 0, "raw": 2}.get(self.mode, 1)]
            with b.loop(r.lengths[0]) as i, b.loop(n) as j:
                r[i, j] = nd.switch(i <= j, own[j, i], b.number(0, lapack.dtype))
            if self.pivoting:
                with b.loop(n) as j:
                    results[-1][j] = order[0][j] - 1
            if self.mode in ("full", "economic"):
                if self.mode == "full":
                    with b.loop(k) as j, b.loop(m) as i:
                        whole[j, i] = own[j, i]
                lapack(generate, m, columns, k, whole, ld, tau, *more)
                lapack.from_columns(whole, results[0])

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        a = inputs[0]
        if self.mode == "raw":
            raise MethodNotDefined(f"{self}.grad: mode 'raw' has no gradient")
        if self.mode == "r":
            k = smaller(length(a, -2), length(a, -1))
            # the same R: Q is what the gradient needs besides
            q = QR("economic", self.pivoting)(a, k)[0]
            to_q, (r, to_r) = None, (outputs[0][..., :k, :], cotangents[0])
            to_r = None if to_r is None else to_r[..., :k, :]
        else:
            (q, r), (to_q, to_r) = outputs[:2], cotangents[:2]
            if self.mode == "full":
                q, r, to_q, to_r = _economic(a, q, r, to_q, to_r)
        if to_q is None and to_r is None:
            return [None] * len(inputs)
        to_a = _gradient(
            q, r, zeros_like(q) if to_q is None else to_q, zeros_like(r) if to_r is None else to_r,
            columns_beside(a),
        )  # fmt: skip
        if self.pivoting:
            to_a = _columns_back(to_a, outputs[-1])
        return [to_a, *[None] * (len(inputs) - 1)]


def columns_beside(a: Any) -> bool:
    """Whether `a` may have more columns than rows."""
    m, n = a.type.shape[-2:]
    return None in (m, n) or n > m


def _economic(a: Any, q: Any, r: Any, to_q: Any, to_r: Any) -> tuple[Any, Any, Any, Any]:
    """Full factors and their cotangents as those of the economic ones.

    Q = [Q1 Q2]. Q2 turns with Q1, so that Q2^H Q1 stays 0; beyond that it is arbitrary.
    """
    k = smaller(length(a, -2), length(a, -1))
    first, second = q[..., :k], q[..., k:]
    if to_q is not None:
        turned = matmul(second, matmul(adjoint(to_q[..., k:]), first))
        to_q = to_q[..., :k] - turned
    return first, r[..., :k, :], to_q, None if to_r is None else to_r[..., :k, :]


def _gradient(q: Any, r: Any, to_q: Any, to_r: Any, beside: bool) -> Any:
    """The cotangent of A = Q R, Q of shape (m, k) and R of shape (k, n).

    With W = R R'^H - Q'^H Q, where ' are cotangents, A' = (Q' + Q H) R^-H, where H is Hermitian and
    has the lower triangle of W: Walter and Lehmann (2010), arXiv:1001.1654. Columns beside the
    square R, which are Q times theirs: Roberts and Roberts (2020), arXiv:2009.10071.
    """
    if not beside:
        return _square_gradient(q, r, to_q, to_r)
    k = length(q, -1)
    to_rest = to_r[..., k:]
    # Q meets the rest as Q^H A2, and A2 = Q R2
    to_q = to_q + matmul(matmul(q, r[..., k:]), adjoint(to_rest))
    square = _square_gradient(q, r[..., :k], to_q, to_r[..., :k])
    return concatenate([square, matmul(q, to_rest)], axis=-1)


def _square_gradient(q: Any, r: Any, to_q: Any, to_r: Any) -> Any:
    w = matmul(r, adjoint(triu(to_r))) - matmul(adjoint(to_q), q)
    below = tril(w, -1)
    hermitian = below + adjoint(below) + diagonal_matrix(nd.real(main_diagonal(w)))
    return adjoint(solve_triangular(r, adjoint(to_q + matmul(q, hermitian))))


def _columns_back(x: Any, order: Any) -> Any:
    """The x' with x'[:, order] = x."""
    moved = nd.eq(expand_dims(order, -1), arange(length(x, -1)))
    return matmul(x, cast(moved, x.type.dtype))


def qr(
    a: Any,
    mode: str = "full",
    overwrite_a: bool = False,
    pivoting: bool = False,
    check_finite: bool = True,
    lwork: int | None = None,
) -> Any:
    """QR decomposition.

    Parameters
    ----------
    a : tensor-like, shape (..., m, n)
    mode : {"full", "complete", "economic", "reduced", "r", "raw"}
        "full" (or "complete"): Q of shape (m, m), R of shape (m, n). "economic" (or "reduced"),
        with k the smaller of m and n: Q of shape (m, k), R of shape (k, n). "r": R alone, of shape
        (m, n). "raw": the reflections as LAPACK has them, of shape (m, n), their factors, of shape
        (k,), and R, of shape (k, n).
    pivoting : bool
        Decompose ``a[:, p]`` for a permutation p of dtype int32 that is returned besides, such that
        the elements of R's diagonal fall in size.
    overwrite_a, check_finite, lwork
        Accepted for compatibility.

    Returns
    -------
    TensorVariable or list of TensorVariable
    """
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {mode!r}")
    a = as_matrices(a, "qr")
    op = QR(_MODES[mode], pivoting)
    sizes = [smaller(length(a, -2), length(a, -1))] if "k" in op.signature.sizes else []
    return op(a, *sizes)
