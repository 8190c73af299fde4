"""Decompositions of matrices on a device, and which ops of linear algebra it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import lamina.ir.operators as ops
from lamina.codegen.array import Array
from lamina.codegen.gpu import linear_systems
from lamina.codegen.gpu.products import multiply
from lamina.codegen.gpu.solver_calls import Matrices, flipped
from lamina.codegen.gpu.unsupported import NotOnDevice
from lamina.ir import dialect as nd
from lamina.runtime.descriptor import SolverOptions as Options
from lamina.runtime.descriptor import SolverStep as Step

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost


def is_decomposition(op: Any) -> bool:
    """Whether an op is done by calls of LAPACK."""
    if op.name == "nd.solve":
        return op.definition.assume_a in linear_systems.STRUCTURES
    return op.name in DECOMPOSITIONS


def emit_decomposition(host: DeviceHost, op: Any) -> None:
    """Write what such an op does.

    Raises
    ------
    NotOnDevice
    """
    matrices = Matrices(host, op)
    DECOMPOSITIONS[op.name](matrices)
    matrices.finish()


def _cholesky(m: Matrices) -> None:
    """By columns there is A^T = A, and the other triangle of it the transposed factor."""
    lower, raises = m.definition.lower, m.definition.on_error == "raise"
    y, info = m.begun(), m.info()
    options = Options.UPPER if lower else Options(0)
    fault = m.solve(Step.POTRF, options, [y, info], n=y.lengths[-1], watched=raises)
    if raises:
        m.fail(fault)

    def clean(at: Any, x: Any, *info: Any) -> Any:
        x = ops.switch((ops.gt if lower else ops.lt)(at(1), at(0)), 0, x)
        return ops.switch(info[0] > 0, x.number(float("nan"), x.dtype), x) if info else x

    inputs: list[Any] = [(y, (0, 1))]
    m.run(y.lengths[-2:], inputs if raises else [*inputs, (info, ())], [(y, (0, 1))], clean)


def _lu_factor(m: Matrices) -> None:
    rows, columns = m.operand(0).lengths[-2:]
    own, pivots = m.packed(0, turned=True), m.results[1]
    m.solve(Step.GETRF, Options(0), [own, pivots, m.info()], m=rows, n=columns)
    m.turned_into(own, 0)
    m.run(pivots.lengths[-1:], [(pivots, (0,))], [(pivots, (0,))], lambda at, p: p - 1)


def _hermitian(m: Matrices) -> None:
    op = m.definition
    matrices = [m.packed(i, turned=True) for i in range(len(m.op.operands))]
    for x in matrices:
        m.refuse_infinite(x)
    n, w, info = matrices[0].lengths[-1], m.results[0], m.info()
    options = Options.UPPER if op.UPLO == "U" else Options(0)
    options |= Options.VECTORS if len(m.results) > 1 else Options(0)
    step = Step.SYGVD if op.generalized else Step.SYEVD
    fault = m.solve(step, options, [*matrices, w, info], n=n, watched=True)
    m.fail(fault, 0, (n, 1) if op.generalized else None)
    if len(m.results) > 1:
        m.turned_into(matrices[0], 1)


def _svd_of(m: Matrices, own: Array, job: str, s: Array) -> tuple[Array, Array] | None:
    """The decomposition of matrices by columns: s, and by columns U and V^T, all vectors or as
    many as there are values.
    """
    columns, rows = own.lengths[-2:]
    m.refuse_infinite(own)
    options, info, vectors = Options(0), m.info(), []
    if job != "N":
        options = Options.VECTORS | (Options.FULL if job == "A" else Options(0))
        k = s.lengths[-1]
        if job == "A":
            vectors = [m.identity(rows), m.identity(columns)]
        else:
            vectors = [m.place(k, rows), m.place(columns, k)]
    arrays = [own, s, *vectors, info]
    m.fail(m.solve(Step.GESVD, options, arrays, m=rows, n=columns, watched=True))
    return (vectors[0], vectors[1]) if vectors else None


def _svd(m: Matrices) -> None:
    op = m.definition
    job = "N" if not op.compute_uv else "A" if op.full_matrices else "S"
    own = m.packed(0, turned=True)
    vectors = _svd_of(m, own, job, m.results[1 if op.compute_uv else 0])
    if vectors:
        m.turned_into(vectors[0], 0)
        m.turned_into(vectors[1], 2)


def _pseudo_inverse(m: Matrices) -> None:
    """V S^-1 U^H, without the singular values that are too small."""
    host, (rows, columns) = m.host, m.operand(0).lengths[-2:]
    hermitian = m.definition.hermitian
    # by rows there is the conjugate of a Hermitian matrix
    own = linear_systems.symmetric(m, True, True) if hermitian else m.packed(0, turned=True)
    k = host.w.let(f"arith.minsi {rows}, {columns} : i64")
    s = m.place(k, dtype=m.real)
    vectors = _svd_of(m, own, "S", s)
    assert vectors
    u, v = vectors
    largest = replace(s, lengths=s.lengths[:-1], strides=s.strides[:-1], contiguous=False)
    number = m.op.operands[1]
    rcond = m.packed(1) if nd.rank(number) else host._operand(number)

    def scaled(at: Any, x: Any, value: Any, first: Any, least: Any) -> Any:
        return ops.switch(value > least * first, x / value.cast(m.dtype), 0)

    m.run(
        v.lengths[-2:], [(v, (0, 1)), (s, (1,)), (largest, ()), (rcond, ())], [(v, (0, 1))],
        scaled,
    )  # fmt: skip
    one, y = [False] * len(m.batch), m.results[0]
    multiply(host, v, u, y, [one, one])
    if m.complex and not hermitian:  # V is conj(V^H), transposed, and so is U
        m.run(y.lengths[-2:], [(y, (0, 1))], [(y, (0, 1))], lambda at, x: ops.conj(x))


def _qr(m: Matrices) -> None:
    op, host = m.definition, m.host
    if op.pivoting:
        raise NotOnDevice("cuSOLVER's QR decomposition does not exchange columns")
    rows, columns = m.operand(0).lengths[-2:]
    own = m.packed(0, turned=True)
    k = host.w.let(f"arith.minsi {rows}, {columns} : i64")
    tau = m.results[1] if op.mode == "raw" else m.place(k)
    m.solve(Step.GEQRF, Options(0), [own, tau, m.info()], m=rows, n=columns)
    if op.mode == "raw":
        m.turned_into(own, 0)
    r = m.results[{"r": 0, "raw": 2}.get(op.mode, 1)]
    m.run(
        r.lengths[-2:], [(flipped(own), (0, 1))], [(r, (0, 1))],
        lambda at, x: ops.switch(at(0) <= at(1), x, 0),
    )  # fmt: skip
    if op.mode in ("full", "economic"):
        count = rows if op.mode == "full" else k
        whole = m.identity(rows) if op.mode == "full" else m.place(k, rows)
        part = (*m.batch, k, rows)
        host._copy(
            replace(own, lengths=part, contiguous=False),
            replace(whole, lengths=part, contiguous=False),
        )
        m.solve(Step.ORGQR, Options(0), [whole, tau, m.info()], m=rows, n=count, k=k)
        m.turned_into(whole, 0)


DECOMPOSITIONS: dict[str, Callable[[Matrices], None]] = {
    "nd.cholesky": _cholesky,
    "nd.solve_triangular": linear_systems.triangular,
    "nd.cho_solve": linear_systems.from_cholesky,
    "nd.solve": linear_systems.solve,
    "nd.matrix_inverse": linear_systems.inverse,
    "nd.det": linear_systems.determinant,
    "nd.slogdet": linear_systems.sign_and_log,
    "nd.lu_factor": _lu_factor,
    "nd.eigh": _hermitian,
    "nd.eigvalsh": _hermitian,
    "nd.svd": _svd,
    "nd.matrix_pinv": _pseudo_inverse,
    "nd.qr": _qr,
}
