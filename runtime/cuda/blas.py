"""Products of matrices on a device, for Python and for compiled host functions.

The C function that host functions call, ``lamina_cuda_gemm``, is

    i32 @lamina_cuda_gemm(i32 %dtype, i32 %transposes, i64 %m, i64 %n, i64 %k,
                          ptr %alpha, i64 %a, i64 %leading_a, i64 %step_a,
                          i64 %b, i64 %leading_b, i64 %step_b,
                          ptr %beta, i64 %c, i64 %leading_c, i64 %step_c, i64 %batch)

and does C = alpha op(A) op(B) + beta C for `batch` matrices of m x k, k x n and m x n, row-major:
`leading` elements lie between the beginnings of two rows, `step` between two matrices (0: always
the same one). ``%dtype`` is one of `DTYPES`; ``%transposes`` is op of A plus 4 times op of B, each
one of `OPS`; ``%alpha`` and ``%beta`` point to numbers on the host, of the dtype, or of float32 for
float16. A beta of 0 does not read C. It returns 0 or a status that `Driver.check` raises.
"""

from __future__ import annotations

import ctypes
from ctypes import c_int, c_int32, c_int64, c_uint64, c_void_p
from typing import Any, NamedTuple, Protocol

import numpy as np

from lamina.runtime.cuda.driver import Driver

# cudaDataType and cublasOperation_t.
DTYPES = {"float32": 0, "float64": 1, "float16": 2, "complex64": 4, "complex128": 5}
OPS = {"N": 0, "T": 1, "C": 2}

SYMBOL = "lamina_cuda_gemm"
ARGUMENTS: list[Any] = [
    c_int32, c_int32, *[c_int64] * 3, c_void_p, c_uint64, *[c_int64] * 2, c_uint64, *[c_int64] * 2,
    c_void_p, c_uint64, *[c_int64] * 3,
]  # fmt: skip


class Matrix(NamedTuple):
    """Row-major matrices in a device's memory.

    Attributes
    ----------
    address : int
    leading : int
        Elements from one row to the next.
    op : {"N", "T", "C"}
        As it is, transposed, or transposed and conjugated.
    step : int
        Elements from one matrix of a batch to the next.
    """

    address: int
    leading: int
    op: str = "N"
    step: int = 0


class Blas(Protocol):
    """The products of a device."""

    @property
    def address(self) -> int:
        """The address of ``lamina_cuda_gemm``; host functions call it while the driver exists."""
        ...


def blas_of(driver: Driver) -> Blas:
    """Return a new BLAS for a driver.

    Raises
    ------
    DeviceError
        If it has none; the message says what to install.
    """
    from lamina.runtime.cuda.cuda_driver import CudaDriver
    from lamina.runtime.cuda.emulated_driver import EmulatedDriver

    if isinstance(driver, EmulatedDriver):
        from lamina.runtime.cuda.emulated_blas import EmulatedBlas

        return EmulatedBlas(driver)
    from lamina.runtime.cuda.cublas import Cublas

    assert isinstance(driver, CudaDriver)
    return Cublas(driver)


def gemm(
    blas: Blas, driver: Driver, dtype: str, lengths: tuple[int, int, int], a: Matrix, b: Matrix,
    c: Matrix, *, alpha: complex = 1.0, beta: complex = 0.0, batch: int = 1,
) -> None:  # fmt: skip
    """Do C = alpha op(A) op(B) + beta C on a device.

    Parameters
    ----------
    blas : Blas
        Of `driver`.
    driver : Driver
    dtype : str
        One of `DTYPES`.
    lengths : tuple of int
        m, n and k: op(A) is m x k, op(B) k x n, C m x n.
    a, b, c : Matrix
    alpha, beta : number
    batch : int
        How many matrices there are.

    Raises
    ------
    DeviceError
        If the device refuses.
    """
    scale = np.float32 if dtype == "float16" else dtype
    numbers = [np.array(x).astype(scale) for x in (alpha, beta)]
    call = ctypes.CFUNCTYPE(c_int, *ARGUMENTS)(blas.address)
    transposes = OPS[a.op] + 4 * OPS[b.op]
    with driver.current():
        status = call(
            DTYPES[dtype], transposes, *lengths,
            numbers[0].ctypes.data, a.address, a.leading, a.step, b.address, b.leading, b.step,
            numbers[1].ctypes.data, c.address, c.leading, c.step, batch,
        )  # fmt: skip
    driver.check(status)
