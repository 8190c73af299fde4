"""Schur's decomposition A = Z T Z^H."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.lapack import Lapack, LinearAlgebra, as_square, lapack_dtype

# Which eigenvalues come first, by their real and imaginary parts: SciPy's names.
ORDERS: dict[str, Any] = {
    "lhp": lambda re, im: re < 0,
    "rhp": lambda re, im: re >= 0,
    "iuc": lambda re, im: re * re + im * im <= 1,
    "ouc": lambda re, im: re * re + im * im > 1,
}


def checked_order(sort: str | None) -> str | None:
    """`sort`, if it is known.

    Raises
    ------
    ValueError
    """
    if sort is not None and sort not in ORDERS:
        raise ValueError(f"sort must be one of {', '.join(ORDERS)}, got {sort!r}")
    return sort


class Schur(LinearAlgebra):
    """T and Z with A = Z T Z^H: Z unitary, T upper triangular; of real matrices T has blocks of
    length 2 for pairs of complex eigenvalues.

    Parameters
    ----------
    output : "real" or "complex"
        Whether real matrices are decomposed as complex ones.
    sort : "lhp", "rhp", "iuc" or "ouc", optional
        The eigenvalues that come first: of the left or right half plane, in or outside the unit
        circle. Their number is a third result.
    """

    __props__ = ("output", "sort")
    nd_name = "schur"
    faults = ("Schur form not found", "Eigenvalues could not be separated for reordering")

    def __init__(self, output: str = "real", sort: str | None = None):
        if output not in ("real", "complex"):
            raise ValueError(f"output must be 'real' or 'complex', got {output!r}")
        self.output, self.sort = output, checked_order(sort)

    @property
    def gufunc_signature(self) -> str:  # type: ignore[override]
        return "(m,m)->(m,m),(m,m)" + (",()" if self.sort else "")

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        dtype = lapack_dtype(*dtypes)
        if self.output == "complex":
            dtype = {"float32": "complex64", "float64": "complex128"}[real_dtype(dtype)]
        return [dtype]

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (dtypes[0], dtypes[0], "int64")[: 3 if self.sort else 2]

    def numpy(self, *arrays: np.ndarray) -> Any:
        from scipy.linalg import schur

        (a,) = arrays
        if not np.isfinite(a).all():
            raise np.linalg.LinAlgError(self.faults[0])
        if not a.size:
            return (a, a, 0)[: 3 if self.sort else 2]
        return schur(a, output=self.output, sort=self.sort)

    def native(self, b: Any, operands: Any, results: Any) -> None:
        lapack = Lapack(b, results[0].dtype)
        decompose = SchurForm(lapack, operands[0].lengths[-1], self.sort)
        with lapack.batch() as (a, t, z, *count):
            finite = lapack.all_finite(a)
            lapack.fail_if(~finite)
            with b.when(finite):
                decompose(a)
                lapack.from_columns(decompose.t, t)
                lapack.from_columns(decompose.z, z)
                if count:
                    count[0].value = decompose.selected.value


class SchurForm:
    """The decomposition of one matrix after the other, in one place.

    Attributes
    ----------
    t, z : View
        By columns.
    selected : Cell
        The number of eigenvalues that come first.
    """

    def __init__(self, lapack: Lapack, n: Any, sort: str | None = None):
        b = lapack.b
        self.lapack, self.n, self.sort = lapack, n, sort
        self.t, self.z = lapack.matrix(n, n), lapack.matrix(n, n)
        self.values = [b.scratch(lapack.dtype, n) for _ in range(2 if lapack.real else 1)]
        self.chosen = b.scratch("int32", n)
        self.selected = b.cell(0, "int32")
        no_choice = b.w.let("llvm.mlir.zero : !llvm.ptr")
        self.ld = lapack.leading(n)
        self.start = ("V", "N", no_choice, n, self.t, self.ld, self.selected, *self.values, self.z,
                      self.ld)  # fmt: skip
        real = () if lapack.real else (b.scratch(lapack.part, n),)
        space = lapack.workspace("gees", *self.start, "work", "lwork", *real, self.chosen)
        self.space = (*space, *real, self.chosen)
        if sort is None:
            return
        condition, separation = b.cell(0.0, lapack.part), b.cell(0.0, lapack.part)
        self.sorting = ("N", "V", self.chosen, n, self.t, self.ld, self.z, self.ld, *self.values,
                        self.selected, condition, separation)  # fmt: skip
        asked = ("work", "lwork", "iwork", "liwork") if lapack.real else ("work", "lwork")
        self.sorting += tuple(lapack.workspace("trsen", *self.sorting, *asked))

    def __call__(self, a: Any) -> None:
        """Decompose `a`, which is finite."""
        lapack = self.lapack
        lapack.columns(a, self.t)
        info = lapack("gees", *self.start, *self.space)
        lapack.fail_if(info > 0)
        if self.sort is None:
            return
        choose(lapack, ORDERS[self.sort], self.values, None, self.chosen)
        info = lapack("trsen", *self.sorting)
        lapack.fail_if(info > 0, 1)


def choose(lapack: Lapack, order: Any, values: Any, divisor: Any, chosen: Any) -> None:
    """Note which eigenvalues come first, given their parts, and what these are divided by if so."""
    b = lapack.b
    with b.loop(chosen.lengths[0]) as i:
        parts = [x[i] for x in values] if lapack.real else [
            nd.real(values[0][i]), nd.imag(values[0][i])
        ]  # fmt: skip
        if divisor is not None:
            d = divisor[i]
            parts = quotient(lapack, parts, [d] if lapack.real else [nd.real(d), nd.imag(d)])
        chosen[i] = b.cast(order(*parts), "int32")


def quotient(lapack: Lapack, x: Any, y: Any) -> list[Any]:
    """The parts of x / y, a complex number by a real one or a complex one, or infinity."""
    if lapack.real:
        return [x[0] / y[0], x[1] / y[0]]
    size = y[0] * y[0] + y[1] * y[1]
    return [(x[0] * y[0] + x[1] * y[1]) / size, (x[1] * y[0] - x[0] * y[1]) / size]


def schur(
    a: Any,
    output: str = "real",
    lwork: int | None = None,
    overwrite_a: bool = False,
    sort: str | None = None,
    check_finite: bool = True,
) -> list[Any]:
    """Schur's decomposition a = Z T Z^H.

    Parameters
    ----------
    a : tensor-like, shape (..., m, m)
    output : {"real", "complex"}
        Of a real matrix: T with blocks of length 2 for pairs of complex eigenvalues, or a complex
        triangular one.
    sort : {"lhp", "rhp", "iuc", "ouc"}, optional
        The eigenvalues that come first: those with negative real parts, those without, those in the
        unit circle, those outside.
    lwork, overwrite_a, check_finite
        Accepted for compatibility.

    Returns
    -------
    list of TensorVariable
        T and Z, of shape (..., m, m), and with `sort` the number of eigenvalues that come first.

    Raises
    ------
    numpy.linalg.LinAlgError
        At run time: a matrix has NaN or infinity, or the iteration did not converge.
    """
    output = {"r": "real", "c": "complex"}.get(output, output)
    return Schur(output, sort)(as_square(a, "schur"))
