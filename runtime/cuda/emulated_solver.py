"""LAPACK's routines of an emulated device: the processor's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.runtime.cuda.emulated_driver import EmulatedDriver
from lamina.runtime.cuda.solver import OF_COMPLEX, Options, Solver, Step, Work


class EmulatedSolver(Solver):
    """Decompositions on a device whose memory is the processor's."""

    def __init__(self, driver: EmulatedDriver) -> None:
        super().__init__()
        self.driver = driver

    def guarded(self, work: Callable[[], None]) -> int:
        return self.driver.guarded(work)

    def read(self, array: np.ndarray, address: int) -> None:
        self.driver.copy_out(array, address)

    def do(self, work: Work) -> None:
        for number in range(work.batch if work.step is not Step.CHECK else 0):
            places = [a + number * work.bytes(i) for i, a in enumerate(work.arrays)]
            arrays = []
            for i, (place, (_, shape)) in enumerate(zip(places, work.shapes, strict=True)):
                array = np.empty(shape[::-1], work.dtype_of(i))
                self.driver.copy_out(array, place)
                arrays.append(array.T)
            for i, made in _STEPS[work.step](work, arrays).items():
                shaped = np.asarray(made, work.dtype_of(i)).reshape(work.shapes[i][1])
                by_columns = np.ascontiguousarray(shaped.T)
                self.driver.copy_in(places[i], by_columns)


def _lapack(name: str, work: Work) -> Any:
    from scipy.linalg import get_lapack_funcs

    name = OF_COMPLEX.get(name, name) if work.dtype.kind == "c" else name
    return get_lapack_funcs((name,), dtype=work.dtype)[0]


# Each returns what it has made, by the numbers of the arrays.
Made = dict[int, Any]


def _potrf(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    lower = Options.UPPER not in work.options
    factor, info = _lapack("potrf", work)(arrays[0], lower=lower, clean=False)
    return {0: factor, 1: info}


def _getrf(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    factors, pivots, info = _lapack("getrf", work)(arrays[0])
    return {0: factors, 1: pivots + 1, 2: info}


def _getrs(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    factors, pivots, right = arrays
    return {2: _lapack("getrs", work)(factors, pivots - 1, right, trans=work.op)[0]}


def _trsm(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    from scipy.linalg import get_blas_funcs

    options = work.options
    return {
        1: get_blas_funcs(("trsm",), dtype=work.dtype)[0](
            1.0, arrays[0], arrays[1], side=1, lower=int(Options.UPPER not in options),
            trans_a=work.op, diag=int(Options.UNIT in options),
        )
    }  # fmt: skip


def _syevd(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    vectors, lower = Options.VECTORS in work.options, Options.UPPER not in work.options
    w, v, info = _lapack("syevd", work)(arrays[0], compute_v=vectors, lower=lower)
    return {1: w, 2: info} | ({0: v} if vectors else {})


def _sygvd(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    vectors = Options.VECTORS in work.options
    uplo = "U" if Options.UPPER in work.options else "L"
    w, v, info = _lapack("sygvd", work)(*arrays[:2], jobz="V" if vectors else "N", uplo=uplo)
    return {2: w, 3: info} | ({0: v} if vectors else {})


def _gesvd(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    vectors, full = Options.VECTORS in work.options, Options.FULL in work.options
    u, s, vt, info = _lapack("gesvd", work)(arrays[0], compute_uv=vectors, full_matrices=full)
    return {1: s, 2: u, 3: vt, 4: info} if vectors else {1: s, 2: info}


def _geqrf(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    factors, tau, _, info = _lapack("geqrf", work)(arrays[0])
    return {0: factors, 1: tau, 2: info}


def _orgqr(work: Work, arrays: Sequence[np.ndarray]) -> Made:
    q, _, info = _lapack("orgqr", work)(arrays[0], arrays[1])
    return {0: q, 2: info}


_STEPS: dict[Step, Callable[[Work, Sequence[np.ndarray]], Made]] = {
    Step.POTRF: _potrf, Step.GETRF: _getrf, Step.GETRS: _getrs, Step.TRSM: _trsm,
    Step.SYEVD: _syevd, Step.SYGVD: _sygvd, Step.GESVD: _gesvd, Step.GEQRF: _geqrf,
    Step.ORGQR: _orgqr,
}  # fmt: skip
