"""Riccati's equation of discrete control."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import length
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.creation import eye
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_matrices, as_square
from lamina.ir.ops.matrix_parts import adjoint
from lamina.ir.ops.solve import solve
from lamina.ir.ops.sylvester import solve_discrete_lyapunov

_MOST_DOUBLINGS = 100


class SolveDiscreteARE(LinearAlgebra):
    """The stabilizing solution X of X = A^H X (1 + G X)^-1 A + Q, G = B R^-1 B^H.

    By doubling, which squares the distance from the solution at each step: Chu, Fan, Lin and Wang
    (2004), doi:10.1080/00207170410001714988. Operands are A, G and Q.
    """

    __props__ = ()
    nd_name = "solve_discrete_are"
    gufunc_signature = "(m,m),(m,m),(m,m)->(m,m)"
    faults = ("No stabilizing solution of the Riccati equation was found",)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        a, g, h = arrays
        one, scale = np.eye(len(a)), np.finfo(a.dtype).eps
        for _ in range(_MOST_DOUBLINGS):
            both = np.linalg.solve(one + g @ h, np.hstack([a, g]))
            of_a, of_g = both[:, : len(a)], both[:, len(a) :]
            step = a.conj().T @ h @ of_a
            g, h, a = g + a @ of_g @ a.conj().T, h + step, a @ of_a
            if np.abs(step).max(initial=0) <= 10 * scale * np.abs(h).max(initial=0):
                return (h + h.conj().T) / 2
        raise np.linalg.LinAlgError(self.faults[0])

    def native(self, b: Any, operands: Any, results: Any) -> None:
        # by columns
        lapack = Lapack(b, results[0].dtype)
        n = results[0].lengths[-1]
        ld, pivots = lapack.leading(n), b.scratch("int32", n)
        a, g, h, system, step, work = (lapack.matrix(n, n) for _ in range(6))
        both = lapack.matrix(n * 2, n)
        of_g = both[n]  # the second half of the columns
        left, going = b.cell(0), b.cell(0)

        def product(x: Any, y: Any, target: Any, flips: str = "NN", more: float = 0.0) -> None:
            lapack.blas("gemm", *flips, n, n, n, 1.0, x, ld, y, ld, more, target, ld)

        with lapack.batch() as (x, y, z, result):
            for own, given in zip((a, g, h), (x, y, z), strict=True):
                lapack.columns(given, own)
            left.value, going.value = _MOST_DOUBLINGS, 1
            with b.loop_while(lambda: nd.eq(going.value, 1) & (left.value > 0)):
                left.value = left.value - 1
                with b.loop(n) as j, b.loop(n) as i:
                    system[j, i] = b.cast(nd.eq(i, j), lapack.dtype)
                    both[j, i] = a[j, i]
                    both[j + n, i] = g[j, i]
                product(g, h, system, more=1.0)
                info = lapack("gesv", n, n * 2, system, ld, pivots, both, ld)
                lapack.fail_if(info > 0)
                product(h, both, work)
                product(a, work, step, "CN")
                product(a, of_g, work)
                product(work, a, g, "NC", more=1.0)
                product(a, both, work)
                largest, change = _largest(b, h, lapack), _largest(b, step, lapack)
                with b.loop(n) as j, b.loop(n) as i:
                    h[j, i] = h[j, i] + step[j, i]
                    a[j, i] = work[j, i]
                small = change <= largest * (10 * float(np.finfo(lapack.part).eps))
                with b.when(small | (info > 0)):
                    going.value = 0
            lapack.fail_if(nd.eq(going.value, 1))
            with b.loop(n) as i, b.loop(n) as j:
                result[i, j] = (h[j, i] + nd.conj(h[i, j])) / 2

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """With C = (1 + G X)^-1 A, which is stable, dX - C^H dX C = C^H X dA + dA^H X C
        - C^H X dG X C + dQ.
        """
        (a, g, _), (x,), (to_x,) = inputs, outputs, cotangents
        one = eye(length(a, -1), dtype=a.type.dtype)
        closed = solve(one + matmul(g, x), a)
        to_q = solve_discrete_lyapunov(closed, (to_x + adjoint(to_x)) / 2)
        gain = matmul(x, closed)
        to_a = matmul(gain, to_q)
        return [2 * to_a, -matmul(to_a, adjoint(gain)), to_q]


def _largest(b: Any, x: Any, lapack: Lapack) -> Any:
    """The largest size of an element."""
    largest = b.cell(0.0, lapack.part)
    largest.value = 0.0
    with b.loop(x.lengths[0]) as j, b.loop(x.lengths[1]) as i:
        largest.value = nd.maximum(largest.value, nd.abs(x[j, i]))
    return largest.value


def solve_discrete_are(A: Any, B: Any, Q: Any, R: Any, enforce_Q_symmetric: bool = False) -> Any:
    """The stabilizing solution of A^H x A - x - A^H x B (R + B^H x B)^-1 B^H x A + Q = 0.

    Parameters
    ----------
    A : tensor-like, shape (..., m, m)
    B : tensor-like, shape (..., m, n)
    Q : tensor-like, shape (..., m, m)
    R : tensor-like, shape (..., n, n)
        Not singular. Of Q and R the Hermitian part is taken.
    enforce_Q_symmetric : bool
        Accepted for compatibility: it is enforced always.

    Returns
    -------
    TensorVariable, shape (..., m, m)

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: R is singular, or there is no stabilizing solution.
    """
    name = "solve_discrete_are"
    A, Q, R = (as_square(x, name) for x in (A, Q, R))
    B = as_matrices(B, name)
    Q, R = (Q + adjoint(Q)) / 2, (R + adjoint(R)) / 2
    return SolveDiscreteARE()(A, matmul(B, solve(R, adjoint(B))), Q)
