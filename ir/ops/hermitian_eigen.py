"""Eigenvalues and eigenvectors of Hermitian matrices, by LAPACK's divide and conquer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.cast import cast
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square
from lamina.ir.ops.matrix_parts import (
    adjoint,
    diagonal_matrix,
    inverse_differences,
    main_diagonal,
    on_triangle,
    scaled_columns,
)


class _Hermitian(LinearAlgebra):
    """Of A v = w v, or of A v = w B v if `generalized`."""

    faults = ("Eigenvalues did not converge", "Matrix b is not positive definite")
    generalized: bool
    UPLO: str
    _job: str

    @property
    def gufunc_signature(self) -> str:  # type: ignore[override]
        vectors = ",(m,m)" if self._job == "V" else ""
        return ("(m,m),(m,m)->(m)" if self.generalized else "(m,m)->(m)") + vectors

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (real_dtype(dtypes[0]), dtypes[0])[: 2 if self._job == "V" else 1]

    def numpy(self, *arrays: np.ndarray) -> Any:
        from scipy.linalg import eigh

        if not arrays[0].size:
            return (np.zeros(0), arrays[0]) if self._job == "V" else np.zeros(0)
        if not all(np.isfinite(x).all() for x in arrays):
            raise np.linalg.LinAlgError(self.faults[0])
        lower, only = self.UPLO == "L", self._job == "N"
        driver = "gvd" if self.generalized else "evd"
        return eigh(*arrays, lower=lower, eigvals_only=only, driver=driver)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, operands[0].dtype)
        n = operands[0].lengths[-1]
        ld = lapack.leading(n)
        matrices = [lapack.matrix(n, n) for _ in operands]
        name = ("sy" if lapack.real else "he") + ("gvd" if self.generalized else "evd")
        leading = [x for own in matrices for x in (own, ld)]
        start = (*([1] if self.generalized else []), self._job, self.UPLO, n, *leading)
        asked = ("work", "lwork", *(() if lapack.real else ("rwork", "lrwork")), "iwork", "liwork")
        space = lapack.workspace(name, *start, b.scratch(lapack.part, 1), *asked)
        with lapack.batch() as parts:
            arrays, found = parts[: len(operands)], parts[len(operands) :]
            finite = lapack.all_finite(arrays[0])
            for x in arrays[1:]:
                finite = finite & lapack.all_finite(x)
            lapack.fail_if(~finite)
            with b.when(finite):
                for x, own in zip(arrays, matrices, strict=True):
                    lapack.columns(x, own)
                info = lapack(name, *start, found[0], *space)
                lapack.fail_if((info > 0) & (info <= n))
                if self.generalized:
                    lapack.fail_if(info > n, 1)
                if self._job == "V":
                    lapack.from_columns(matrices[0], found[1])

    def _to_operands(self, v: Any, inner: Any, w: Any, to_b: Any = None) -> list[Any]:
        """The cotangents of A and B from V^H A' V, and from what V^H B' V has besides."""
        lower, vh = self.UPLO == "L", adjoint(v)
        terms = [matmul(matmul(v, inner), vh)]
        if self.generalized:
            of_b = -scaled_columns(inner, cast(w, v.type.dtype))
            of_b = of_b if to_b is None else of_b + to_b
            terms.append(matmul(matmul(v, of_b), vh))
        return [on_triangle(term, lower) for term in terms]


class Eigh(_Hermitian):
    """Eigenvalues in ascending order, and eigenvectors.

    Parameters
    ----------
    UPLO : "L" or "U"
        The triangle that is read.
    generalized : bool
        Of A v = w B v, for a positive definite B; else of A v = w v.
    """

    __props__ = ("UPLO", "generalized")
    nd_name = "eigh"
    _job = "V"

    def __init__(self, UPLO: str = "L", generalized: bool = False):
        self.UPLO, self.generalized = _triangle(UPLO), generalized

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Giles (2008), "Collected matrix derivative results", section 3.1; that of B follows from
        V^H B V = 1.
        """
        (w, v), (to_w, to_v) = outputs, cotangents
        dtype = v.type.dtype
        inner = None if to_w is None else cast(diagonal_matrix(to_w), dtype)
        to_b = None
        if to_v is not None:
            x = matmul(adjoint(v), to_v)
            of_v = cast(inverse_differences(w), dtype) * x
            inner = of_v if inner is None else inner + of_v
            if self.generalized:
                to_b = diagonal_matrix(main_diagonal(x)) / -2
        if inner is None:
            return [None] * len(inputs)
        return self._to_operands(v, inner, w, to_b)


class Eigvalsh(_Hermitian):
    """Eigenvalues in ascending order.

    Parameters
    ----------
    lower : bool
        Read the lower triangle.
    generalized : bool
        Of A v = w B v, for a positive definite B; else of A v = w v.
    """

    __props__ = ("lower", "generalized")
    nd_name = "eigvalsh"
    _job = "N"

    def __init__(self, lower: bool = True, generalized: bool = False):
        self.lower, self.generalized = lower, generalized
        self.UPLO = "L" if lower else "U"

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        w, v = Eigh(self.UPLO, self.generalized)(*inputs)
        return self._to_operands(v, cast(diagonal_matrix(cotangents[0]), v.type.dtype), w)


def _triangle(uplo: str) -> str:
    if uplo not in ("L", "U"):
        raise ValueError(f"UPLO must be 'L' or 'U', got {uplo!r}")
    return uplo


def eigh(
    a: Any,
    b: Any = None,
    lower: bool = True,
    *,
    UPLO: str | None = None,
    eigvals_only: bool = False,
    check_finite: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
) -> Any:
    """Eigenvalues and eigenvectors of Hermitian matrices.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)
        Only one triangle is read.
    b : tensor-like, shape (..., m, m), optional
        Positive definite matrices: solve ``a @ v = w * b @ v``, with ``v^H @ b @ v = 1``. As
        ``numpy.linalg.eigh`` has it, "L" or "U" in this place stands for `UPLO`.
    lower : bool
        Read the lower triangle.
    UPLO : {"L", "U"}, optional
        NumPy's name for `lower`.
    eigvals_only : bool
        Return the eigenvalues alone.
    check_finite, overwrite_a, overwrite_b : bool
        Accepted for compatibility.

    Returns
    -------
    list of two TensorVariable
        The eigenvalues in ascending order, of shape (..., m), and the eigenvectors as columns of an
        array of shape (..., m, m).

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, the iteration did not converge, or `b` is not
        positive definite.
    """
    if isinstance(b, str):
        b, UPLO = None, b
    if UPLO is not None:
        lower = _triangle(UPLO) == "L"
    if eigvals_only:
        return eigvalsh(a, b, lower)
    matrices = [as_square(x, "eigh") for x in (a, b) if x is not None]
    return Eigh("L" if lower else "U", b is not None)(*matrices)


def eigvalsh(
    a: Any, b: Any = None, lower: bool = True, *, UPLO: str | None = None, check_finite: bool = True
) -> Any:
    """The eigenvalues of Hermitian matrices, in ascending order; arguments as ``eigh`` has them."""
    if isinstance(b, str):
        b, UPLO = None, b
    if UPLO is not None:
        lower = _triangle(UPLO) == "L"
    matrices = [as_square(x, "eigvalsh") for x in (a, b) if x is not None]
    return Eigvalsh(lower, b is not None)(*matrices)
