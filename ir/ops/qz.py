"""The generalized Schur decomposition A = Q S Z^H, B = Q T Z^H."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square, lapack_dtype
from lamina.ir.ops.schur import ORDERS, checked_order, choose

_COMPLEX = {"float32": "complex64", "float64": "complex128"}


class QZ(LinearAlgebra):
    """S, T, Q and Z with A = Q S Z^H and B = Q T Z^H: Q and Z unitary, S and T upper triangular; of
    real matrices S has blocks of length 2 for pairs of complex eigenvalues.

    With `sort` the eigenvalues' numerators and denominators are between T and Q.

    Parameters
    ----------
    output : "real" or "complex"
        Whether real matrices are decomposed as complex ones.
    sort : "lhp", "rhp", "iuc" or "ouc", optional
        The eigenvalues that come first: of the left or right half plane, in or outside the unit
        circle.
    """

    __props__ = ("output", "sort")
    nd_name = "qz"
    faults = (
        "QZ iteration did not converge",
        "Reordering failed: the reordered pencil would be too far from triangular",
    )

    def __init__(self, output: str = "real", sort: str | None = None):
        if output not in ("real", "complex"):
            raise ValueError(f"output must be 'real' or 'complex', got {output!r}")
        self.output, self.sort = output, checked_order(sort)

    @property
    def gufunc_signature(self) -> str:  # type: ignore[override]
        between = "(m),(m)," if self.sort else ""
        return f"(m,m),(m,m)->(m,m),(m,m),{between}(m,m),(m,m)"

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        dtype = lapack_dtype(*dtypes)
        return [_COMPLEX[real_dtype(dtype)] if self.output == "complex" else dtype] * 2

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        dtype = dtypes[0]
        between = (_COMPLEX[real_dtype(dtype)], dtype) if self.sort else ()
        return (dtype, dtype, *between, dtype, dtype)

    def numpy(self, *arrays: np.ndarray) -> Any:
        from scipy.linalg import ordqz, qz

        a, b = arrays
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise np.linalg.LinAlgError(self.faults[0])
        if not a.size:
            return (a, b, *([np.zeros(0)] * 2 if self.sort else ()), a, b)
        if self.sort is None:
            return qz(a, b, output=self.output)
        return ordqz(a, b, sort=self.sort, output=self.output)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        n = operands[0].lengths[-1]
        ld = lapack.leading(n)
        s, t, q, z = (lapack.matrix(n, n) for _ in range(4))
        values = [b.scratch(lapack.dtype, n) for _ in range(2 if lapack.real else 1)]
        divisor, chosen = b.scratch(lapack.dtype, n), b.scratch("int32", n)
        count = b.cell(0, "int32")
        no_choice = b.w.let("llvm.mlir.zero : !llvm.ptr")
        pencil = (n, s, ld, t, ld)
        start = ("V", "V", "N", no_choice, *pencil, count, *values, divisor, q, ld, z, ld)
        real = () if lapack.real else (b.scratch(lapack.part, n * 8),)
        space = lapack.workspace("gges", *start, "work", "lwork", *real, chosen)
        sorting: tuple[Any, ...] = ()
        if self.sort is not None:
            yes = b.cell(1, "int32")
            left, right = b.cell(0.0, lapack.part), b.cell(0.0, lapack.part)
            distance = b.scratch(lapack.part, 2)
            sorting = (0, yes, yes, chosen, *pencil, *values, divisor, q, ld, z, ld, count, left,
                       right, distance)  # fmt: skip
            sorting += tuple(
                lapack.workspace("tgsen", *sorting, "work", "lwork", "iwork", "liwork")
            )
        with lapack.batch() as (x, y, *found):
            finite = lapack.all_finite(x) & lapack.all_finite(y)
            lapack.fail_if(~finite)
            with b.when(finite):
                lapack.columns(x, s)
                lapack.columns(y, t)
                info = lapack("gges", *start, *space, *real, chosen)
                lapack.fail_if(info > 0)
                if self.sort is not None:
                    choose(lapack, ORDERS[self.sort], values, divisor, chosen)
                    info = lapack("tgsen", *sorting)
                    lapack.fail_if(info > 0, 1)
                    with b.loop(n) as i:
                        found[2][i] = nd.complex(*(v[i] for v in values)) if lapack.real else (
                            values[0][i])  # fmt: skip
                        found[3][i] = divisor[i]
                for own, y in zip((s, t, q, z), (*found[:2], *found[-2:]), strict=True):
                    lapack.from_columns(own, y)


def qz(
    A: Any,
    B: Any,
    output: str = "real",
    lwork: int | None = None,
    sort: None = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> list[Any]:
    """The generalized Schur decomposition A = Q S Z^H, B = Q T Z^H.

    Parameters
    ----------
    A, B : tensor-like, shape (..., m, m)
    output : {"real", "complex"}
        Of real matrices: S with blocks of length 2 for pairs of complex eigenvalues, or complex
        triangular ones.
    sort : None
        ``ordqz`` sorts.
    lwork, overwrite_a, overwrite_b, check_finite
        Accepted for compatibility.

    Returns
    -------
    list of TensorVariable
        S, T, Q and Z, of shape (..., m, m).

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, or the iteration did not converge.
    """
    if sort is not None:
        raise ValueError("qz does not sort; ordqz does")
    output = {"r": "real", "c": "complex"}.get(output, output)
    return QZ(output)(as_square(A, "qz"), as_square(B, "qz"))


def ordqz(
    A: Any,
    B: Any,
    sort: str = "lhp",
    output: str = "real",
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> list[Any]:
    """The generalized Schur decomposition with chosen eigenvalues first.

    Parameters
    ----------
    A, B : tensor-like, shape (..., m, m)
    sort : {"lhp", "rhp", "iuc", "ouc"}
        The eigenvalues that come first: those with negative real parts, those without, those in the
        unit circle, those outside.
    output : {"real", "complex"}
        As ``qz`` has it.
    overwrite_a, overwrite_b, check_finite : bool
        Accepted for compatibility.

    Returns
    -------
    list of TensorVariable
        S, T, the numerators and denominators of the eigenvalues, Q and Z.
    """
    output = {"r": "real", "c": "complex"}.get(output, output)
    return QZ(output, checked_order(sort))(as_square(A, "ordqz"), as_square(B, "ordqz"))
