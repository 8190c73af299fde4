"""Stand-ins for cuSOLVER and cuBLAS: their C functions on host memory, by SciPy."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs

from lamina.runtime.cuda import cusolver
from lamina.runtime.cuda.solver import OF_COMPLEX

HANDLE = 0x7777_7777_7000


def _array(place: int, dtype: Any, *shape: int) -> np.ndarray:
    """What lies at an address by columns."""
    count = int(np.prod(shape))
    raw = (ctypes.c_char * max(count * np.dtype(dtype).itemsize, 1)).from_address(place)
    return np.frombuffer(raw, dtype, count).reshape(shape[::-1]).T


def _put(place: int, value: int) -> None:
    ctypes.c_int.from_address(place).value = value


class FakeCusolver:
    """Functions as attributes.

    Attributes
    ----------
    calls : Counter
        How often each was called.
    handles : int
        How many have not been destroyed.
    refuses : dict
        The status that a function returns, by its name.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.handles, self.refuses, self.streams = 0, {}, set()
        self._kept: list[Any] = []
        for name, types in cusolver._COMMON.items():
            self._offer(name, types, getattr(self, "_" + name.split("_v2")[0]))
        for dtype, letter in cusolver._LETTERS.items():
            work = _Lapack(np.dtype(dtype))
            for name, types in {**cusolver._ROUTINES, **cusolver._OF_BLAS}.items():
                base = name.split("_v2")[0]
                found = work.space if name.endswith("bufferSize") else getattr(work, base)
                self._offer(cusolver.full_name(name, letter), types, found)

    def _offer(self, name: str, types: list[Any], work: Callable[..., None]) -> None:
        def called(*arguments: Any) -> int:
            self.calls[name] += 1
            if name in self.refuses:
                return self.refuses[name]
            if name not in cusolver._COMMON:
                assert arguments[0] == HANDLE
            work(*arguments)
            return 0

        plain = [ctypes.c_void_p if "LP_" in t.__name__ else t for t in types]
        function = ctypes.CFUNCTYPE(ctypes.c_int, *plain)(called)
        self._kept.append(function)
        address = ctypes.cast(function, ctypes.c_void_p).value or 0
        setattr(self, name, ctypes.CFUNCTYPE(ctypes.c_int)(address))

    def _create(self, place: int) -> None:
        self.handles += 1
        ctypes.c_void_p.from_address(place).value = HANDLE

    def _destroy(self, handle: int) -> None:
        self.handles -= 1

    def _stream(self, handle: int, stream: int) -> None:
        self.streams.add(stream)

    _cusolverDnCreate = _cublasCreate = _create  # noqa: N815
    _cusolverDnDestroy = _cublasDestroy = _destroy  # noqa: N815
    _cusolverDnSetStream = _cublasSetStream = _stream  # noqa: N815


class _Lapack:
    """The routines of one dtype."""

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype, self.real = dtype, np.zeros(0, dtype).real.dtype

    def _of(self, name: str) -> Any:
        find = get_blas_funcs if name == "trsm" else get_lapack_funcs
        own = OF_COMPLEX.get(name, name) if self.dtype.kind == "c" else name
        return find((own,), dtype=self.dtype)[0]

    def _matrix(self, place: int, *shape: int) -> np.ndarray:
        return _array(place, self.dtype, *shape)

    def _pointers(self, place: int, batch: int) -> list[int]:
        return _array(place, np.uint64, batch).tolist()

    def space(self, handle: int, *rest: Any) -> None:
        _put(rest[-1], 7)

    def potrf(self, h: int, uplo: int, n: int, a: int, ld: int, w: int, size: int, info: int):
        assert ld == n and w and size == 7
        x = self._matrix(a, n, n)
        x[...], status = self._of("potrf")(x, lower=not uplo, clean=False)
        _put(info, status)

    def potrfBatched(self, h: int, uplo: int, n: int, a: int, ld: int, info: int, batch: int):  # noqa: N802
        for i, place in enumerate(self._pointers(a, batch)):
            self.potrf(h, uplo, n, place, ld, 1, 7, info + 4 * i)

    def getrf(self, h: int, m: int, n: int, a: int, ld: int, w: int, pivots: int, info: int):
        assert ld == m and w
        x = self._matrix(a, m, n)
        x[...], order, status = self._of("getrf")(x)
        _array(pivots, np.int32, min(m, n))[...] = order + 1
        _put(info, status)

    def getrfBatched(self, h: int, n: int, a: int, ld: int, pivots: int, info: int, batch: int):  # noqa: N802
        for i, place in enumerate(self._pointers(a, batch)):
            self.getrf(h, n, n, place, ld, 1, pivots + 4 * n * i, info + 4 * i)

    def getrs(self, h, trans, n, k, a, ld, pivots, b, ldb, info):
        assert ld == ldb == n
        order, x = _array(pivots, np.int32, n) - 1, self._matrix(b, n, k)
        x[...], status = self._of("getrs")(self._matrix(a, n, n), order, x, trans=trans)
        _put(info, status)

    def getrsBatched(self, h, trans, n, k, a, ld, pivots, b, ldb, info, batch):  # noqa: N802
        places = zip(self._pointers(a, batch), self._pointers(b, batch), strict=True)
        for i, (one, other) in enumerate(places):
            self.getrs(h, trans, n, k, one, ld, pivots + 4 * n * i, other, ldb, info)

    def trsm(self, h, side, uplo, trans, unit, m, n, alpha, a, ld, b, ldb):
        assert (side, ld, ldb, self._matrix(alpha, 1)[0]) == (1, n, m, 1)
        x = self._matrix(b, m, n)
        x[...] = self._of("trsm")(
            1, self._matrix(a, n, n), x, side=1, lower=not uplo, trans_a=trans, diag=unit
        )

    def trsmBatched(self, h, side, uplo, trans, unit, m, n, alpha, a, ld, b, ldb, batch):  # noqa: N802
        for one, other in zip(self._pointers(a, batch), self._pointers(b, batch), strict=True):
            self.trsm(h, side, uplo, trans, unit, m, n, alpha, one, ld, other, ldb)

    def syevd(self, h, vectors, uplo, n, a, ld, w, work, size, info):
        x = self._matrix(a, n, n)
        values, found, status = self._of("syevd")(x, compute_v=vectors, lower=not uplo)
        _array(w, self.real, n)[...] = values
        x[...] = found
        _put(info, status)

    def sygvd(self, h, kind, vectors, uplo, n, a, ld, b, ldb, w, work, size, info):
        assert kind == 1
        x, y = self._matrix(a, n, n), self._matrix(b, n, n)
        job, part = "NV"[vectors], "LU"[uplo]
        values, found, status = self._of("sygvd")(x, y, jobz=job, uplo=part)
        _array(w, self.real, n)[...] = values
        x[...] = found
        _put(info, status)

    def gesvd(self, h, one, other, m, n, a, ld, s, u, ldu, vt, ldvt, work, size, rwork, info):
        assert m >= n and one == other and (ld, ldu, ldvt) == (m, m, n)
        job = chr(one)
        left, values, right, status = self._of("gesvd")(
            self._matrix(a, m, n), compute_uv=job != "N", full_matrices=job == "A"
        )
        _array(s, self.real, n)[...] = values
        if job != "N":
            self._matrix(u, *left.shape)[...] = left
            self._matrix(vt, n, n)[...] = right
        _put(info, status)

    def geqrf(self, h, m, n, a, ld, tau, work, size, info):
        x = self._matrix(a, m, n)
        x[...], factors, _, status = self._of("geqrf")(x)
        self._matrix(tau, min(m, n))[...] = factors
        _put(info, status)

    def orgqr(self, h, m, n, k, a, ld, tau, work, size, info):
        assert m >= n >= k
        x = self._matrix(a, m, n)
        x[...], _, status = self._of("orgqr")(x, self._matrix(tau, k))
        _put(info, status)

    def geam(self, h, turn, other, m, n, alpha, a, ld, beta, b, ldb, c, ldc):
        assert (turn, other, ld, ldb, ldc) == (1, 0, n, m, m)
        assert self._matrix(alpha, 1)[0] == 1 and self._matrix(beta, 1)[0] == 0
        self._matrix(c, m, n)[...] = self._matrix(a, n, m).T.copy()
