"""LAPACK's routines by cuSOLVER and cuBLAS."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ctypes import POINTER, byref, c_byte, c_int, c_void_p
from typing import Any

import numpy as np

from lamina.runtime.cuda.cublas import load_cublas
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.cuda_library import CUBLAS_STATUS, CUSOLVER_STATUS
from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.nvidia_libraries import load
from lamina.runtime.cuda.solver import OF_COMPLEX, Options, Solver, Step, Work

_SMALL = 256  # up to this order the matrices of a batch are taken together
_LARGEST = 2**31 - 1
_OUT_OF_MEMORY, _INVALID_VALUE = 2, 1
_VERSIONS = (12, 11)

# cublasSideMode_t, and in `Options` bits cublasFillMode_t, cublasOperation_t, cublasDiagType_t.
_RIGHT = 1

_P, _I, _COUNT = c_void_p, c_int, POINTER(c_int)
_COMMON: dict[str, list[Any]] = {
    "cusolverDnCreate": [POINTER(_P)],
    "cusolverDnSetStream": [_P, _P],
    "cusolverDnDestroy": [_P],
    "cublasCreate_v2": [POINTER(_P)],
    "cublasSetStream_v2": [_P, _P],
    "cublasDestroy_v2": [_P],
}
# Of all dtypes, whose letter stands behind cusolverDn.
_ROUTINES: dict[str, list[Any]] = {
    "potrf_bufferSize": [_P, _I, _I, _P, _I, _COUNT],
    "potrf": [_P, _I, _I, _P, _I, _P, _I, _P],
    "potrfBatched": [_P, _I, _I, _P, _I, _P, _I],
    "getrf_bufferSize": [_P, _I, _I, _P, _I, _COUNT],
    "getrf": [_P, _I, _I, _P, _I, _P, _P, _P],
    "getrs": [_P, _I, _I, _I, _P, _I, _P, _P, _I, _P],
    "syevd_bufferSize": [_P, _I, _I, _I, _P, _I, _P, _COUNT],
    "syevd": [_P, _I, _I, _I, _P, _I, _P, _P, _I, _P],
    "sygvd_bufferSize": [_P, _I, _I, _I, _I, _P, _I, _P, _I, _P, _COUNT],
    "sygvd": [_P, _I, _I, _I, _I, _P, _I, _P, _I, _P, _P, _I, _P],
    "gesvd_bufferSize": [_P, _I, _I, _COUNT],
    "gesvd": [_P, c_byte, c_byte, _I, _I, _P, _I, _P, _P, _I, _P, _I, _P, _I, _P, _P],
    "geqrf_bufferSize": [_P, _I, _I, _P, _I, _COUNT],
    "geqrf": [_P, _I, _I, _P, _I, _P, _P, _I, _P],
    "orgqr_bufferSize": [_P, _I, _I, _I, _P, _I, _P, _COUNT],
    "orgqr": [_P, _I, _I, _I, _P, _I, _P, _P, _I, _P],
}
# Those of cuBLAS, behind cublas.
_OF_BLAS: dict[str, list[Any]] = {
    "trsm_v2": [_P, *[_I] * 6, _P, _P, _I, _P, _I],
    "trsmBatched": [_P, *[_I] * 6, _P, _P, _I, _P, _I, _I],
    "getrfBatched": [_P, _I, _P, _I, _P, _P, _I],
    "getrsBatched": [_P, _I, _I, _I, _P, _I, _P, _P, _I, _COUNT, _I],
    "geam": [_P, *[_I] * 4, _P, _P, _I, _P, _P, _I, _P, _I],
}


_LETTERS = {"float32": "S", "float64": "D", "complex64": "C", "complex128": "Z"}


def full_name(name: str, letter: str) -> str:
    """The C name of a routine for the dtype of a letter."""
    if name in _OF_BLAS:
        return f"cublas{letter}{name}"
    routine, end, _ = name.partition("_bufferSize")
    own = OF_COMPLEX.get(routine, routine) if letter in "CZ" else routine
    return f"cusolverDn{letter}{own}{end}"


class _RefusedError(Exception):
    """A function has returned a status other than 0."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Cusolver(Solver):
    """cuSOLVER in the stream of a driver.

    Parameters
    ----------
    driver : CudaDriver
    functions, of_blas : object, optional
        cuSOLVER's and cuBLAS's functions as attributes; by default those of the libraries that are
        installed.

    Raises
    ------
    DeviceError
        If one of them is not installed, or does not start.
    """

    def __init__(self, driver: CudaDriver, functions: Any = None, of_blas: Any = None) -> None:
        super().__init__()
        self.driver = driver
        blas = load_cublas() if of_blas is None else of_blas
        own = _load() if functions is None else functions
        self._functions: dict[str, Any] = {}
        for name, types in _COMMON.items():
            self._declare(blas if name.startswith("cublas") else own, name, types)
        for letter in _LETTERS.values():
            for name, types in _ROUTINES.items():
                self._declare(own, full_name(name, letter), types)
            for name, types in _OF_BLAS.items():
                self._declare(blas, full_name(name, letter), types)
        self._handles: dict[str, int] = {}
        with driver.current():
            status = self.guarded(self._start)
        driver.check(status)
        self._libraries = blas, own

    def _declare(self, library: Any, name: str, types: list[Any]) -> None:
        self._functions[name] = function = getattr(library, name)
        function.argtypes, function.restype = types, c_int

    def _start(self) -> None:
        for library, create, stream in (
            ("cublas", "cublasCreate_v2", "cublasSetStream_v2"),
            ("cusolver", "cusolverDnCreate", "cusolverDnSetStream"),
        ):
            handle = c_void_p()
            self._checked(library, self._functions[create](byref(handle)))
            self._handles[library] = handle.value or 0
            self._checked(library, self._functions[stream](handle, self.driver.stream))

    def close(self) -> None:
        """Let go of the libraries' own memory on the device."""
        with self.driver.current():
            for library, end in (("cusolver", "cusolverDnDestroy"), ("cublas", "cublasDestroy_v2")):
                if handle := self._handles.pop(library, 0):
                    self._functions[end](handle)

    def guarded(self, work: Callable[[], None]) -> int:
        try:
            work()
        except _RefusedError as refused:
            return refused.status
        return 0

    def read(self, array: np.ndarray, address: int) -> None:
        status, stream = self.driver.library.status, self.driver.stream
        self._checked("", status["cuMemcpyDtoHAsync_v2"](array.ctypes.data, address, array.nbytes,
                                                         stream))  # fmt: skip
        self._checked("", status["cuStreamSynchronize"](stream))

    def do(self, work: Work) -> None:
        if max(work.batch, work.m, work.n, work.k) > _LARGEST:
            raise _RefusedError(_INVALID_VALUE)
        if work.step is not Step.CHECK:
            with ExitStack() as held:
                _Run(self, work, held).do()

    def _checked(self, library: str, status: int) -> None:
        if status:
            first = {"cublas": CUBLAS_STATUS, "cusolver": CUSOLVER_STATUS}.get(library, 0)
            raise _RefusedError(first + status)

    def call(self, name: str, letter: str, *arguments: Any) -> None:
        """Call a routine of one of the libraries."""
        library = "cublas" if name in _OF_BLAS else "cusolver"
        function = self._functions[full_name(name, letter)]
        self._checked(library, function(self._handles[library], *arguments))


class _Run:
    """One step; `held` gives back its memory."""

    def __init__(self, solver: Cusolver, work: Work, held: ExitStack) -> None:
        self.solver, self.work, self.held = solver, work, held
        self.letter = _LETTERS[work.dtype.name]
        self.upper = int(Options.UPPER in work.options)
        self.vectors = int(Options.VECTORS in work.options)
        self.numbers = np.array([0, 1], work.dtype)

    def do(self) -> None:
        """Call what does the step."""
        getattr(self, f"_{self.work.step.name.lower()}")()

    # -- memory ------------------------------------------------------------------------------------

    def _memory(self, nbytes: int) -> int:
        try:
            address = self.solver.driver.allocate(nbytes)
        except DeviceError:
            raise _RefusedError(_OUT_OF_MEMORY) from None
        self.held.callback(self.solver.driver.free, address)
        return address

    def _space(self, name: str, *arguments: Any) -> tuple[int, int]:
        """A routine's workspace, and how many elements it has."""
        size = c_int()
        self._call(f"{name}_bufferSize", *arguments, byref(size))
        return self._memory(max(size.value, 1) * self.work.dtype.itemsize), size.value

    def _number(self, value: int) -> int:
        """The address of 0 or 1, on the host."""
        return self.numbers.ctypes.data + value * self.numbers.itemsize

    def _together(self) -> bool:
        """Whether the matrices of the batch are taken by one call."""
        work = self.work
        return work.batch > 1 and max(work.m, work.n) <= _SMALL

    def _pointers(self, i: int) -> int:
        """Array `i` of each matrix, as a table of addresses on the device."""
        work, driver = self.work, self.solver.driver
        step = np.arange(work.batch, dtype=np.uint64) * np.uint64(work.bytes(i))
        table = step + np.uint64(work.arrays[i])
        place = self._memory(table.nbytes)
        # memory that is not pinned has been read when the call returns
        status = driver.library.status["cuMemcpyHtoDAsync_v2"](
            place, table.ctypes.data, table.nbytes, driver.stream
        )
        self.solver._checked("", status)
        return place

    def _each(self) -> Iterator[list[int]]:
        """The arrays of one matrix after the other."""
        work = self.work
        steps = [work.bytes(i) for i in range(len(work.arrays))]
        for number in range(work.batch):
            yield [a + number * step for a, step in zip(work.arrays, steps, strict=True)]

    def _call(self, name: str, *arguments: Any) -> None:
        self.solver.call(name, self.letter, *arguments)

    # -- steps -------------------------------------------------------------------------------------

    def _potrf(self) -> None:
        n, arrays = self.work.n, self.work.arrays
        if self._together():
            tables = self._pointers(0)
            self._call("potrfBatched", self.upper, n, tables, n, arrays[1], self.work.batch)
            return
        start = self.upper, n
        space, size = self._space("potrf", *start, arrays[0], n)
        for a, info in self._each():
            self._call("potrf", *start, a, n, space, size, info)

    def _getrf(self) -> None:
        m, n, arrays = self.work.m, self.work.n, self.work.arrays
        if m == n and self._together():
            self._call("getrfBatched", n, self._pointers(0), n, *arrays[1:], self.work.batch)
            return
        space, _ = self._space("getrf", m, n, arrays[0], m)
        for a, pivots, info in self._each():
            self._call("getrf", m, n, a, m, space, pivots, info)

    def _getrs(self) -> None:
        n, k, arrays = self.work.n, self.work.k, self.work.arrays
        if self._together():
            wrong = c_int()
            self._call(
                "getrsBatched", self.work.op, n, k, self._pointers(0), n, arrays[1],
                self._pointers(2), n, byref(wrong), self.work.batch,
            )  # fmt: skip
            return
        info = self._memory(4)
        for a, pivots, right in self._each():
            self._call("getrs", self.work.op, n, k, a, n, pivots, right, n, info)

    def _trsm(self) -> None:
        m, n = self.work.m, self.work.n
        unit = int(Options.UNIT in self.work.options)
        start = _RIGHT, self.upper, self.work.op, unit, m, n, self._number(1)
        if self._together():
            tables = [self._pointers(i) for i in (0, 1)]
            self._call("trsmBatched", *start, tables[0], n, tables[1], m, self.work.batch)
            return
        for a, right in self._each():
            self._call("trsm_v2", *start, a, n, right, m)

    def _syevd(self) -> None:
        n, arrays = self.work.n, self.work.arrays
        start = self.vectors, self.upper, n
        space, size = self._space("syevd", *start, arrays[0], n, arrays[1])
        for a, w, info in self._each():
            self._call("syevd", *start, a, n, w, space, size, info)

    def _sygvd(self) -> None:
        n, arrays = self.work.n, self.work.arrays
        start = 1, self.vectors, self.upper, n
        space, size = self._space("sygvd", *start, arrays[0], n, arrays[1], n, arrays[2])
        for a, b, w, info in self._each():
            self._call("sygvd", *start, a, n, b, n, w, space, size, info)

    def _gesvd(self) -> None:
        """cuSOLVER's takes no matrix that has more columns than rows: its transpose is taken."""
        work = self.work
        wide = work.m < work.n
        m, n = max(work.m, work.n), min(work.m, work.n)
        full = Options.FULL in work.options
        job = ord("N" if not self.vectors else "A" if full else "S")
        space, size = self._space("gesvd", m, n)
        columns, itemsize = m if full else n, work.dtype.itemsize
        turned = [
            self._memory(c * itemsize) if wide else 0 for c in (m * n, m * columns, n * n)
        ]  # A, U, VT
        for a, s, *vectors, info in self._each():
            u, vt = vectors if self.vectors else (0, 0)
            if wide:
                self._transpose(a, n, m, turned[0])
                a, own_u, own_vt = turned
            else:
                own_u, own_vt = u, vt
            self._call(
                "gesvd", job, job, m, n, a, m, s, own_u, m, own_vt, n, space, size, None, info
            )
            if wide and self.vectors:
                self._transpose(own_vt, n, n, u)
                self._transpose(own_u, m, columns, vt)

    def _transpose(self, a: int, rows: int, columns: int, target: int) -> None:
        self._call(
            "geam", 1, 0, columns, rows, self._number(1), a, rows, self._number(0), target,
            columns, target, columns,
        )  # fmt: skip

    def _geqrf(self) -> None:
        m, n = self.work.m, self.work.n
        space, size = self._space("geqrf", m, n, self.work.arrays[0], m)
        for a, tau, info in self._each():
            self._call("geqrf", m, n, a, m, tau, space, size, info)

    def _orgqr(self) -> None:
        m, n, k, arrays = self.work.m, self.work.n, self.work.k, self.work.arrays
        space, size = self._space("orgqr", m, n, k, arrays[0], m, arrays[1])
        for q, tau, info in self._each():
            self._call("orgqr", m, n, k, q, m, tau, space, size, info)


def _load() -> ctypes.CDLL:
    found = load("cusolver", _VERSIONS)
    if found is None:
        raise DeviceError(
            "decompositions of matrices need cuSOLVER, which is not installed: "
            "pip install lamina[cuda]"
        )
    return found
