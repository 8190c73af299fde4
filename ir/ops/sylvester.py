"""Sylvester's and Lyapunov's equations."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, length, lengths
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.creation import eye
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_matrices, as_square
from lamina.ir.ops.matrix_inverse import inv
from lamina.ir.ops.matrix_parts import adjoint
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.schur import SchurForm
from lamina.ir.ops.solve import solve


class SolveSylvester(LinearAlgebra):
    """Solves A X + X B = C.

    With the Schur forms A = U R U^H and B = V S V^H it is R Y + Y S = U^H C V for X = U Y V^H:
    Bartels and Stewart (1972), doi:10.1145/361573.361582.
    """

    __props__ = ()
    nd_name = "solve_sylvester"
    gufunc_signature = "(m,m),(n,n),(m,n)->(m,n)"
    faults = ("Schur form not found",)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        from scipy.linalg import solve_sylvester

        if not arrays[2].size:
            return arrays[2]
        if not all(np.isfinite(x).all() for x in arrays[:2]):
            raise np.linalg.LinAlgError(self.faults[0])
        return solve_sylvester(*arrays)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        m, n = results[0].lengths[-2:]
        left, right = SchurForm(lapack, m), SchurForm(lapack, n)
        c, work = lapack.matrix(n, m), lapack.matrix(n, m)
        scale, ldm, ldn = b.cell(1.0, lapack.part), lapack.leading(m), lapack.leading(n)

        def product(x: Any, y: Any, target: Any, flips: str, sizes: Any, ld: Any) -> None:
            lapack.blas("gemm", *flips, *sizes, 1.0, x, ld[0], y, ld[1], 0.0, target, ldm)

        with lapack.batch() as (x, y, z, result):
            finite = lapack.all_finite(x) & lapack.all_finite(y)
            lapack.fail_if(~finite)
            with b.when(finite & (m > 0) & (n > 0)):
                left(x)
                right(y)
                lapack.columns(z, c)
                product(left.z, c, work, "CN", (m, n, m), (ldm, ldm))
                product(work, right.z, c, "NN", (m, n, n), (ldm, ldn))
                lapack("trsyl", "N", "N", 1, m, n, left.t, ldm, right.t, ldn, c, ldm, scale)
                product(left.z, c, work, "NN", (m, n, m), (ldm, ldm))
                product(work, right.z, c, "NC", (m, n, n), (ldm, ldn))
                with b.loop(m) as i, b.loop(n) as j:
                    result[i, j] = c[j, i] / b.cast(scale.value, lapack.dtype)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        (a, b, _), (x,), (g,) = inputs, outputs, cotangents
        to_c = self(adjoint(a), adjoint(b), g)
        return [-matmul(to_c, adjoint(x)), -matmul(adjoint(x), to_c), to_c]


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solution of a x + x b = q.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)
    b : tensor-like, shape (..., n, n)
    q : tensor-like, shape (..., m, n)

    Returns
    -------
    TensorVariable, shape (..., m, n)
        It is the only solution unless `a` and -`b` have an eigenvalue in common.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, or a Schur form was not found.
    """
    name = "solve_sylvester"
    return SolveSylvester()(as_square(a, name), as_square(b, name), as_matrices(q, name))


def solve_continuous_lyapunov(A: Any, Q: Any) -> Any:
    """The solution of A x + x A^H = Q; arguments and errors as ``solve_sylvester`` has them."""
    A = as_square(A, "solve_continuous_lyapunov")
    return solve_sylvester(A, adjoint(A), Q)


def solve_discrete_lyapunov(A: Any, Q: Any, method: str = "bilinear") -> Any:
    """The solution of A x A^H - x + Q = 0.

    Parameters
    ----------
    A, Q : tensor-like, shape (..., m, m)
    method : {"bilinear", "direct"}
        By a continuous equation, which needs that -1 is no eigenvalue of A; or by a linear system
        of m^2 equations.

    Notes
    -----
    The bilinear transformation is that of Gajic and Qureshi (1995), "Lyapunov matrix equation in
    system stability and control", section 2.2.
    """
    A, Q = (as_square(as_array(x), "solve_discrete_lyapunov") for x in (A, Q))
    dtype = common_dtype([A.type.dtype, Q.type.dtype])
    one = eye(length(A, -1), dtype=A.type.dtype)
    if method == "bilinear":
        right = inv(adjoint(A) + one)
        b = matmul(adjoint(A) - one, right)
        c = 2 * matmul(matmul(inv(A + one), Q), right)
        return solve_continuous_lyapunov(adjoint(b), -c)
    if method != "direct":
        raise ValueError(f"method must be 'bilinear' or 'direct', got {method!r}")
    # the elements of x by rows: (1 - A (x) conj(A)) x = Q
    left = expand_dims(A, (-3, -1))
    product = left * nd.conj(expand_dims(A, (-4, -2)))
    n = length(A, -1)
    matrix = reshape(product, (*lengths(A)[:-2], n * n, n * n))
    system = eye(n * n, dtype=dtype) - cast(matrix, dtype)
    flat = reshape(Q, (*lengths(Q)[:-2], n * n))
    x = solve(system, flat, b_ndim=1)
    return reshape(x, (*lengths(x)[:-1], n, n))
