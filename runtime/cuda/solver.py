"""LAPACK's routines on a device, for compiled host functions.

The C function that host functions call, ``lamina_cuda_solver``, is

    i32 @lamina_cuda_solver(i32 %step, i32 %dtype, i32 %options, i64 %batch,
                            i64 %m, i64 %n, i64 %k, ptr %arrays, ptr %fault)

and does one of the steps of `Step` for each matrix of a batch. Matrices lie by columns without
gaps, one behind the other; ``%arrays`` has the addresses of the arrays that `shapes` lists, of the
device. ``%dtype`` is a number in `DTYPES`. Where ``%fault`` is not null, it is the
address of two words of the host: the number of the first matrix whose info is above 0, or -1, and
that info; the host waits for them. It returns 0 or a status that `Driver.check` raises.
"""

from __future__ import annotations

import ctypes
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from ctypes import c_int, c_int32, c_int64, c_void_p
from typing import Any, NamedTuple

import numpy as np

from lamina.runtime.cuda.driver import Driver
from lamina.runtime.descriptor import SOLVER_DTYPES as DTYPES
from lamina.runtime.descriptor import SolverOptions as Options
from lamina.runtime.descriptor import SolverStep as Step

ARGUMENTS: list[Any] = [*[c_int32] * 3, *[c_int64] * 4, c_void_p, c_void_p]

# LAPACK's names where matrices are complex.
OF_COMPLEX = {"syevd": "heevd", "sygvd": "hegvd", "orgqr": "ungqr"}

Shape = tuple[int, ...]


def shapes(step: Step, options: Options, m: int, n: int, k: int) -> list[tuple[str, Shape]]:
    """The arrays of a step for one matrix: "x" of its dtype, "r" real, "i" int32; their shapes."""
    least, info = min(m, n), ("i", ())
    match step:
        case Step.POTRF:
            return [("x", (n, n)), info]
        case Step.GETRF:
            return [("x", (m, n)), ("i", (least,)), info]
        case Step.GETRS:
            return [("x", (n, n)), ("i", (n,)), ("x", (n, k))]
        case Step.TRSM:
            return [("x", (n, n)), ("x", (m, n))]
        case Step.SYEVD:
            return [("x", (n, n)), ("r", (n,)), info]
        case Step.SYGVD:
            return [("x", (n, n)), ("x", (n, n)), ("r", (n,)), info]
        case Step.GESVD:
            columns, rows = (m, n) if Options.FULL in options else (least, least)
            vectors = [("x", (m, columns)), ("x", (rows, n))] if Options.VECTORS in options else []
            return [("x", (m, n)), ("r", (least,)), *vectors, info]
        case Step.GEQRF:
            return [("x", (m, n)), ("x", (least,)), info]
        case Step.ORGQR:
            return [("x", (m, n)), ("x", (k,)), info]
    return [info]


class Work(NamedTuple):
    """What is asked for.

    Attributes
    ----------
    step, options : Step, Options
    dtype : numpy.dtype
    batch, m, n, k : int
    arrays : list of int
        Addresses, on the device.
    shapes : list of pairs
        What `shapes` says.
    """

    step: Step
    options: Options
    dtype: np.dtype
    batch: int
    m: int
    n: int
    k: int
    arrays: list[int]
    shapes: list[tuple[str, Shape]]

    @property
    def op(self) -> int:
        """op(A) as a cublasOperation_t: as it is, transposed, or conjugated besides."""
        conjugated = Options.CONJUGATED in self.options
        return 2 if conjugated else int(Options.TRANSPOSED in self.options)

    def dtype_of(self, i: int) -> np.dtype:
        """The dtype of array `i`."""
        kinds = {"x": self.dtype, "r": np.zeros(0, self.dtype).real.dtype}  # type: ignore[attr-defined]
        return kinds.get(self.shapes[i][0], np.dtype(np.int32))

    def bytes(self, i: int) -> int:
        """How far apart array `i` of two matrices lies."""
        return math.prod(self.shapes[i][1]) * self.dtype_of(i).itemsize


class Solver(ABC):
    """LAPACK's routines of a device; host functions call it while it exists."""

    def __init__(self) -> None:
        self._function = ctypes.CFUNCTYPE(c_int, *ARGUMENTS)(self._call)

    @property
    def address(self) -> int:
        """The address of ``lamina_cuda_solver``."""
        return ctypes.cast(self._function, c_void_p).value or 0

    @abstractmethod
    def guarded(self, work: Callable[[], None]) -> int:
        """The status of work that may raise."""

    @abstractmethod
    def do(self, work: Work) -> None:
        """Do a step for all matrices."""

    @abstractmethod
    def read(self, array: np.ndarray, address: int) -> None:
        """Fill an array from the device, after all work before."""

    def _call(
        self, step: int, dtype: int, options: int, batch: int, m: int, n: int, k: int,
        arrays: int, fault: int | None,
    ) -> int:  # fmt: skip
        chosen = Step(step), Options(options)
        sizes = shapes(*chosen, m, n, k)
        addresses = (ctypes.c_uint64 * len(sizes)).from_address(arrays)
        work = Work(*chosen, np.dtype(DTYPES[dtype]), batch, m, n, k, list(addresses), sizes)

        def do() -> None:
            words = (c_int64 * 2).from_address(fault) if fault else [0, 0]
            words[0] = -1
            # without an element nothing is done, and nothing is wrong
            if not batch or not all(n for _, shape in sizes for n in shape):
                return
            self.do(work)
            if fault:
                info = np.empty(batch, np.int32)
                self.read(info, work.arrays[-1])
                wrong = np.flatnonzero(info > 0)
                if wrong.size:
                    words[0], words[1] = int(wrong[0]), int(info[wrong[0]])

        return self.guarded(do)


def solver_of(driver: Driver) -> Solver:
    """Return a new solver for a driver.

    Raises
    ------
    DeviceError
        If it has none; the message says what to install.
    """
    from lamina.runtime.cuda.cuda_driver import CudaDriver
    from lamina.runtime.cuda.emulated_driver import EmulatedDriver

    if isinstance(driver, EmulatedDriver):
        from lamina.runtime.cuda.emulated_solver import EmulatedSolver

        return EmulatedSolver(driver)
    from lamina.runtime.cuda.cusolver import Cusolver

    assert isinstance(driver, CudaDriver)
    return Cusolver(driver)
