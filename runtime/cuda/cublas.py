"""Products of matrices by cuBLAS, through a C function that orders its arguments."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_int, c_void_p
from typing import Any

from lamina.runtime import linker
from lamina.runtime.cuda.blas import SYMBOL
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.cuda_library import CUBLAS_STATUS
from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.nvidia_libraries import load
from lamina.runtime.disk_cache import open_cache
from lamina.runtime.machine_code import compile_ir

# A row-major matrix is its transpose to cuBLAS, so C' = op(B)' op(A)' is asked for.
_IR = """
@lamina_cublas = external global i8

declare i32 @cublasGemmStridedBatchedEx_64(
  ptr, i32, i32, i64, i64, i64, ptr, ptr, i32, i64, i64, ptr, i32, i64, i64, ptr, ptr, i32, i64,
  i64, i64, i32, i32)
declare i64 @llvm.smax.i64(i64, i64)

define i32 @lamina_cuda_gemm(
    i32 %dtype, i32 %transposes, i64 %m, i64 %n, i64 %k, ptr %alpha, i64 %a, i64 %leading_a,
    i64 %step_a, i64 %b, i64 %leading_b, i64 %step_b, ptr %beta, i64 %c, i64 %leading_c,
    i64 %step_c, i64 %batch) {
  %mn = mul i64 %m, %n
  %mnb = mul i64 %mn, %batch
  %nothing = icmp eq i64 %mnb, 0
  br i1 %nothing, label %done, label %some
some:
  %op_a = and i32 %transposes, 3
  %op_b = lshr i32 %transposes, 2
  %is_f64 = icmp eq i32 %dtype, 1
  %is_c128 = icmp eq i32 %dtype, 5
  %is_double = or i1 %is_f64, %is_c128
  %compute = select i1 %is_double, i32 70, i32 68
  %lda = call i64 @llvm.smax.i64(i64 %leading_a, i64 1)
  %ldb = call i64 @llvm.smax.i64(i64 %leading_b, i64 1)
  %pa = inttoptr i64 %a to ptr
  %pb = inttoptr i64 %b to ptr
  %pc = inttoptr i64 %c to ptr
  %status = call i32 @cublasGemmStridedBatchedEx_64(
      ptr @lamina_cublas, i32 %op_b, i32 %op_a, i64 %n, i64 %m, i64 %k, ptr %alpha,
      ptr %pb, i32 %dtype, i64 %ldb, i64 %step_b, ptr %pa, i32 %dtype, i64 %lda, i64 %step_a,
      ptr %beta, ptr %pc, i32 %dtype, i64 %leading_c, i64 %step_c, i64 %batch, i32 %compute, i32 -1)
  %failed = icmp ne i32 %status, 0
  %shown = add i32 %status, CUBLAS
  %result = select i1 %failed, i32 %shown, i32 0
  ret i32 %result
done:
  ret i32 0
}
""".replace("CUBLAS", str(CUBLAS_STATUS))

_SIGNATURES: dict[str, list[Any]] = {
    "cublasCreate_v2": [POINTER(c_void_p)],
    "cublasSetStream_v2": [c_void_p, c_void_p],
    "cublasDestroy_v2": [c_void_p],
}
GEMM = "cublasGemmStridedBatchedEx_64"
_VERSIONS = (13, 12)


class Cublas:
    """cuBLAS in the stream of a driver.

    Parameters
    ----------
    driver : CudaDriver
    functions : object, optional
        cuBLAS's functions as attributes; by default those of the library that is installed.

    Raises
    ------
    DeviceError
        If cuBLAS is not installed, too old, or does not start.
    """

    def __init__(self, driver: CudaDriver, functions: Any = None) -> None:
        self.driver = driver
        library = load_cublas() if functions is None else functions
        self._functions = {}
        for name, types in _SIGNATURES.items():
            self._functions[name] = function = getattr(library, name)
            function.argtypes, function.restype = types, c_int
        if not hasattr(library, GEMM):
            raise DeviceError(f"cuBLAS is older than version {_VERSIONS[-1]}: update it")
        handle = c_void_p()
        with driver.current():
            self._check(self._functions["cublasCreate_v2"](byref(handle)))
            self._handle = handle.value or 0
            self._check(self._functions["cublasSetStream_v2"](self._handle, driver.stream))
        gemm = ctypes.cast(getattr(library, GEMM), c_void_p).value or 0
        image = compile_ir(_IR, open_cache())
        self._code = linker.link([image], {GEMM: gemm, "lamina_cublas": self._handle}, [SYMBOL])
        self._library = library

    def _check(self, status: int) -> None:
        if status:
            self.driver.check(CUBLAS_STATUS + status)

    @property
    def address(self) -> int:
        """The address of ``lamina_cuda_gemm``."""
        return self._code[SYMBOL]

    def close(self) -> None:
        """Let go of cuBLAS's own memory on the device."""
        handle, self._handle = self._handle, 0
        if handle:
            with self.driver.current():
                self._functions["cublasDestroy_v2"](handle)


def load_cublas() -> ctypes.CDLL:
    """Load cuBLAS.

    Raises
    ------
    DeviceError
        It is not installed.
    """
    found = load("cublas", _VERSIONS)
    if found is None:
        raise DeviceError(
            "products of matrices need cuBLAS, which is not installed: pip install lamina[cuda]"
        )
    return found
