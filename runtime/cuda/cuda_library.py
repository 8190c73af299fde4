"""The functions of CUDA's driver library that the runtime calls, with their C types."""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
from typing import Any, Protocol

from lamina.runtime.cuda.driver import DeviceError

# Memory in the order of a stream came with 11.2.
OLDEST = 11020

_HANDLE, _ADDRESS = c_void_p, c_uint64

SIGNATURES: dict[str, list[Any]] = {
    "cuInit": [c_uint],
    "cuDriverGetVersion": [POINTER(c_int)],
    "cuGetErrorName": [c_int, POINTER(c_char_p)],
    "cuGetErrorString": [c_int, POINTER(c_char_p)],
    "cuDeviceGetCount": [POINTER(c_int)],
    "cuDeviceGet": [POINTER(c_int), c_int],
    "cuDeviceGetName": [c_char_p, c_int, c_int],
    "cuDeviceGetAttribute": [POINTER(c_int), c_int, c_int],
    "cuDevicePrimaryCtxRetain": [POINTER(_HANDLE), c_int],
    "cuDevicePrimaryCtxRelease_v2": [c_int],
    "cuCtxPushCurrent_v2": [_HANDLE],
    "cuCtxPopCurrent_v2": [POINTER(_HANDLE)],
    "cuStreamCreate": [POINTER(_HANDLE), c_uint],
    "cuStreamDestroy_v2": [_HANDLE],
    "cuStreamSynchronize": [_HANDLE],
    "cuStreamWaitEvent": [_HANDLE, _HANDLE, c_uint],
    "cuEventCreate": [POINTER(_HANDLE), c_uint],
    "cuEventRecord": [_HANDLE, _HANDLE],
    "cuEventDestroy_v2": [_HANDLE],
    "cuModuleLoadDataEx": [
        POINTER(_HANDLE), c_char_p, c_uint, POINTER(c_int), POINTER(c_void_p),
    ],
    "cuModuleGetFunction": [POINTER(_HANDLE), _HANDLE, c_char_p],
    "cuModuleUnload": [_HANDLE],
    "cuDeviceGetDefaultMemPool": [POINTER(_HANDLE), c_int],
    "cuMemPoolSetAttribute": [_HANDLE, c_int, c_void_p],
    "cuMemPoolTrimTo": [_HANDLE, c_size_t],
    "cuMemGetInfo_v2": [POINTER(c_size_t), POINTER(c_size_t)],
    "cuPointerGetAttribute": [c_void_p, c_int, _ADDRESS],
    "cuMemAllocAsync": [POINTER(_ADDRESS), c_size_t, _HANDLE],
    "cuMemFreeAsync": [_ADDRESS, _HANDLE],
    "cuMemcpyHtoDAsync_v2": [_ADDRESS, c_void_p, c_size_t, _HANDLE],
    "cuMemcpyDtoHAsync_v2": [c_void_p, _ADDRESS, c_size_t, _HANDLE],
    "cuMemcpyDtoDAsync_v2": [_ADDRESS, _ADDRESS, c_size_t, _HANDLE],
    "cuLaunchKernel": [_HANDLE, *[c_uint] * 7, _HANDLE, c_void_p, c_void_p],
}  # fmt: skip

# What to do about an error, for those with which a user can do something.
_ADVICE = {
    2: "the device's memory is full: free arrays, or use smaller ones",
    3: "CUDA cannot be used in a process that was forked from one that uses it: start it by spawn",
    4: "the process is ending",
    34: "libcuda.so.1 is the stub for linking: the driver itself is not installed",
    100: "the machine has no CUDA device, or CUDA_VISIBLE_DEVICES hides it",
    101: "there is no device of this number",
    200: "what was loaded is no code for a device",
    209: "the code is for another architecture than this device's",
    218: "the PTX is malformed, or for a newer architecture than this device's",
    222: "the driver is older than this version of PTX: update it",
    701: "a block of the kernel needs more registers than there are",
    719: "a kernel failed",
    803: "the kernel module and libcuda are of different versions: restart the machine",
    804: "the driver is older than the CUDA libraries that are loaded",
    999: "an unknown error: the driver may have to be loaded again, or the machine restarted",
}
# After these the context is lost: every later call returns the same.
LOST = frozenset({214, 700, 702, 710, 714, 715, 716, 717, 718, 719})


# Statuses of cuBLAS are shown as this and their number.
CUBLAS_STATUS = 10_000
_CUBLAS = {
    1: "NOT_INITIALIZED", 3: "ALLOC_FAILED", 7: "INVALID_VALUE", 8: "ARCH_MISMATCH",
    11: "MAPPING_ERROR", 13: "EXECUTION_FAILED", 14: "INTERNAL_ERROR", 15: "NOT_SUPPORTED",
    16: "LICENSE_ERROR",
}  # fmt: skip
# And cuSOLVER's.
CUSOLVER_STATUS = 20_000
_CUSOLVER = {
    1: "NOT_INITIALIZED", 2: "ALLOC_FAILED", 3: "INVALID_VALUE", 4: "ARCH_MISMATCH",
    5: "MAPPING_ERROR", 6: "EXECUTION_FAILED", 7: "INTERNAL_ERROR",
    8: "MATRIX_TYPE_NOT_SUPPORTED", 9: "NOT_SUPPORTED",
}  # fmt: skip


class Functions(Protocol):
    """Functions by their names, as `ctypes.CDLL` has them."""

    def __getattr__(self, name: str) -> Any: ...


class CudaLibrary:
    """The driver library.

    A function is a method of its C name that raises DeviceError of a status other than 0.

    Parameters
    ----------
    functions : Functions, optional
        By default libcuda, which belongs to the driver and is nowhere else.

    Raises
    ------
    DeviceError
        If there is no driver, or it is too old.
    """

    def __init__(self, functions: Functions | None = None) -> None:
        self._functions = _libcuda() if functions is None else functions
        version = c_int()
        self.check(self._typed("cuDriverGetVersion")(ctypes.byref(version)))
        self.version = version.value
        if self.version < OLDEST:
            raise DeviceError(
                f"the driver supports CUDA {_dotted(self.version)}, and Lamina needs "
                f"{_dotted(OLDEST)}: update the driver"
            )
        self.status = {name: self._typed(name) for name in SIGNATURES}
        self.check(self.status["cuInit"](0), "CUDA cannot start")

    def _typed(self, name: str) -> Any:
        try:
            function = getattr(self._functions, name)
        except AttributeError:
            raise DeviceError(f"the driver has no {name}: it is too old, update it") from None
        function.argtypes, function.restype = SIGNATURES[name], c_int
        return function

    def __getattr__(self, name: str) -> Any:
        if name not in SIGNATURES:
            raise AttributeError(name)
        function = self.status[name]

        def checked(*arguments: Any) -> None:
            self.check(function(*arguments), name)

        # found without this method from now on
        setattr(self, name, checked)
        return checked

    def address(self, name: str) -> int:
        """The address of a function, for compiled code."""
        return ctypes.cast(self.status[name], c_void_p).value or 0

    def check(self, status: int, what: str = "the device") -> None:
        """Raise DeviceError unless `status` is 0."""
        if status:
            raise DeviceError(f"{what}: {self.describe(status)}")

    def describe(self, status: int) -> str:
        """The name of an error, what it is, and what to do about it."""
        if status >= CUSOLVER_STATUS:
            number = status - CUSOLVER_STATUS
            return f"a call of cuSOLVER: CUSOLVER_STATUS_{_CUSOLVER.get(number, number)}"
        if status >= CUBLAS_STATUS:
            number = status - CUBLAS_STATUS
            return f"a call of cuBLAS: CUBLAS_STATUS_{_CUBLAS.get(number, number)}"
        name = self._text("cuGetErrorName", status) or f"CUDA error {status}"
        advice = _ADVICE.get(status) or self._text("cuGetErrorString", status)
        lost = "; the arrays on the device are lost, restart the process" if status in LOST else ""
        return f"{name} ({status}){': ' + advice if advice else ''}{lost}"

    def _text(self, name: str, status: int) -> str:
        text = c_char_p()
        failed = self._typed(name)(status, ctypes.byref(text))
        return "" if failed or text.value is None else text.value.decode(errors="replace")


def _libcuda() -> ctypes.CDLL:
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise DeviceError(
            f"there is no NVIDIA driver on this machine: {name} cannot be loaded ({error})"
        ) from None


def _dotted(version: int) -> str:
    return f"{version // 1000}.{version % 1000 // 10}"
