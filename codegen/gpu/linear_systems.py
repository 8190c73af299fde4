"""Linear systems, inverses and determinants on a device."""

from __future__ import annotations

import math
from typing import Any

import lamina.ir.operators as ops
from lamina.codegen.array import Array
from lamina.codegen.gpu.solver_calls import Matrices
from lamina.runtime.descriptor import SolverOptions as Options
from lamina.runtime.descriptor import SolverStep as Step

_OPS = {"N": Options(0), "T": Options.TRANSPOSED, "C": Options.CONJUGATED}

# What `solve` does of nd.solve.
STRUCTURES = ("gen", "sym", "her", "pos")

# Within these powers of 2 a product of pivots, in any order, has all its digits.
_SAFE_EXPONENT = {"float32": 100, "float64": 900}


def solve_by_rows(
    m: Matrices, a: Array, x: Array, trans: str, lower: bool, unit: bool = False
) -> None:
    """Solve op(A) X = B in `x`: by columns, X^T op(A)^T = B^T."""
    options = Options.UPPER if lower else Options(0)
    options |= Options.UNIT if unit else Options(0)
    options |= _OPS[trans]
    count = x.lengths[-1] if m.definition.b_ndim == 2 else m.host.i64(1)
    m.solve(Step.TRSM, options, [a, x], m=count, n=a.lengths[-1])


def _refuse_singular(m: Matrices, a: Array) -> None:
    m.refuse(m.diagonal(a), lambda d: ops.eq(d, 0))


def triangular(m: Matrices) -> None:
    """nd.solve_triangular"""
    op = m.definition
    a, x = m.packed(0, own=False), m.begun()
    if not op.unit_diagonal:
        _refuse_singular(m, a)
    solve_by_rows(m, a, x, "NTC"[op.trans], op.lower, op.unit_diagonal)


def from_cholesky(m: Matrices) -> None:
    """nd.cho_solve"""
    lower = m.definition.lower
    c, x = m.packed(0, own=False), m.begun()
    _refuse_singular(m, c)
    for trans in "NC" if lower else "CN":
        solve_by_rows(m, c, x, trans, lower)


def solve(m: Matrices) -> None:
    """nd.solve"""
    match m.definition.assume_a:
        case "gen":
            _by_lu(m, m.packed(0))
        case "pos":
            _by_cholesky(m)
        case structure:
            _by_lu(m, symmetric(m, m.definition.lower, conjugate=structure == "her"))


def symmetric(m: Matrices, lower: bool, conjugate: bool) -> Array:
    """The symmetric matrices, or Hermitian ones, of which the first operand has a triangle."""
    a, made = m.packed(0, own=False), m.place(*m.operand(0).lengths[-2:])
    read = ops.gt if lower else ops.lt

    def whole(at: Any, x: Any, mirrored: Any) -> Any:
        diagonal = x
        if conjugate and m.complex:
            diagonal, mirrored = ops.real(x).cast(m.dtype), ops.conj(mirrored)
        elsewhere = ops.switch(ops.eq(at(0), at(1)), diagonal, mirrored)
        return ops.switch(read(at(0), at(1)), x, elsewhere)

    m.run(a.lengths[-2:], [(a, (0, 1)), (a, (1, 0))], [(made, (0, 1))], whole)
    return made


def _by_lu(m: Matrices, a: Array) -> None:
    """With the decomposition of A^T, which is what there is by columns."""
    n, right = a.lengths[-1], m.begun()
    pivots = m.place(n, dtype="int32")
    info = m.info()
    m.fail(m.solve(Step.GETRF, Options(0), [a, pivots, info], n=n, watched=True))
    if m.definition.b_ndim == 1:
        m.solve(Step.GETRS, Options.TRANSPOSED, [a, pivots, right], n=n, k=m.host.i64(1))
        return
    columns = m.place(right.lengths[-1], n)
    m.run(right.lengths[-2:][::-1], [(right, (1, 0))], [(columns, (0, 1))], lambda at, x: x)
    m.solve(Step.GETRS, Options.TRANSPOSED, [a, pivots, columns], n=n, k=right.lengths[-1])
    m.turned_into(columns, 0)


def _by_cholesky(m: Matrices) -> None:
    lower = m.definition.lower
    a, x, info = m.packed(0), m.begun(), m.info()
    options = Options.UPPER if lower else Options(0)
    m.fail(m.solve(Step.POTRF, options, [a, info], n=a.lengths[-1], watched=True), 1)
    for trans in "NC" if lower else "CN":
        solve_by_rows(m, a, x, trans, lower)


def inverse(m: Matrices) -> None:
    """nd.matrix_inverse: by columns there is A^T, whose inverse is that of A, transposed."""
    a, y = m.packed(0), m.results[0]
    n = a.lengths[-1]
    pivots = m.place(n, dtype="int32")
    info = m.info()
    m.fail(m.solve(Step.GETRF, Options(0), [a, pivots, info], n=n, watched=True))
    m.identity(n, y)
    m.solve(Step.GETRS, Options(0), [a, pivots, y], n=n, k=n)


def _pivots(m: Matrices) -> list[tuple[Any, tuple[int, ...]]]:
    """The diagonal of U, and which row each one was exchanged with."""
    a = m.packed(0)
    n = a.lengths[-1]
    pivots = m.place(n, dtype="int32")
    m.solve(Step.GETRF, Options(0), [a, pivots, m.info()], n=n)
    return [(m.diagonal(a), (0,)), (pivots, (0,))]


def _pivot(at: Any, d: Any, row: Any) -> tuple[Any, Any, Any]:
    """A pivot, negative if its row was exchanged; its direction, 1 of a real NaN; the logarithm of
    its size.
    """
    pivot, size = ops.switch(ops.eq(row.cast("int64"), at(0) + 1), d, -d), ops.abs(d)
    if d.dtype.startswith("complex"):
        away = pivot / size.cast(d.dtype)
    else:
        away = ops.switch(pivot < 0, d.number(-1, d.dtype), d.number(1, d.dtype))
    return pivot, ops.switch(ops.eq(d, 0), d.number(0, d.dtype), away), ops.log(size)


def determinant(m: Matrices) -> None:
    """nd.det"""
    pivots = _pivots(m)
    places = [m.place(dtype=dtype) for dtype in (m.dtype, m.dtype, m.real, m.real)]

    def terms(at: Any, d: Any, row: Any) -> tuple[Any, ...]:
        pivot, sign, log = _pivot(at, d, row)
        return pivot, sign, log, ops.abs(log)

    sizes = m.operand(0).lengths[-1:]
    m.run(sizes, pivots, [(p, ()) for p in places], terms, ["prod", "prod", "sum", "sum"])
    limit = _SAFE_EXPONENT[m.real] * math.log(2)
    m.run(
        (), [(p, ()) for p in places], [(m.results[0], ())],
        lambda at, product, sign, log, size: ops.switch(
            size < limit, product, sign * ops.exp(log).cast(m.dtype)
        ),
    )  # fmt: skip


def sign_and_log(m: Matrices) -> None:
    """nd.slogdet"""
    sizes = m.operand(0).lengths[-1:]
    m.run(
        sizes, _pivots(m), [(y, ()) for y in m.results], lambda *x: _pivot(*x)[1:],
        ["prod", "sum"],
    )  # fmt: skip
