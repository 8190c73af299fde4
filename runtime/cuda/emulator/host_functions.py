"""The driver API's C functions of an emulated device, as compiled host code calls them."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.launch import KernelFaultError, LaunchError
from lamina.runtime.cuda.emulator.memory import OutOfMemoryError

if TYPE_CHECKING:
    from lamina.runtime.cuda.emulated_driver import EmulatedDriver

# CUresult.
_INVALID_VALUE = 1
_OUT_OF_MEMORY = 2
_ILLEGAL_ADDRESS = 700
_MISALIGNED_ADDRESS = 716
_LAUNCH_FAILED = 719

_POINTER, _ADDRESS, _SIZE, _WORD = (
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_size_t,
    ctypes.c_uint,
)

_SIGNATURES = {
    "cuLaunchKernel": (_POINTER, *[_WORD] * 7, _POINTER, _POINTER, _POINTER),
    "cuMemAllocAsync": (_POINTER, _SIZE, _POINTER),
    "cuMemFreeAsync": (_ADDRESS, _POINTER),
    "cuMemcpyHtoDAsync_v2": (_ADDRESS, _POINTER, _SIZE, _POINTER),
    "cuMemcpyDtoHAsync_v2": (_POINTER, _ADDRESS, _SIZE, _POINTER),
    "cuMemcpyDtoDAsync_v2": (_ADDRESS, _ADDRESS, _SIZE, _POINTER),
    "cuStreamSynchronize": (_POINTER,),
}


def made(driver: EmulatedDriver) -> dict[str, Any]:
    """Return a device's C functions; their code lives as long as they."""
    driver = weakref.proxy(driver)  # which keeps them

    def launch(function, gx, gy, gz, bx, by, bz, shared, stream, arguments, extra) -> None:
        if extra:
            raise LaunchError("arguments have to be given as an array of addresses")
        driver.launch(function or 0, (gx, gy, gz), (bx, by, bz), arguments or 0, shared)

    def allocate(address, nbytes, stream) -> None:
        if not nbytes:
            raise LaunchError("0 bytes of device memory cannot be allocated")
        ctypes.c_uint64.from_address(address).value = driver.allocate(nbytes)

    work: dict[str, Callable[..., None]] = {
        "cuLaunchKernel": launch,
        "cuMemAllocAsync": allocate,
        "cuMemFreeAsync": lambda address, stream: driver.free(address),
        "cuMemcpyHtoDAsync_v2": lambda to, frm, n, stream: driver.copy_from_host(to, frm or 0, n),
        "cuMemcpyDtoHAsync_v2": lambda to, frm, n, stream: driver.copy_to_host(to or 0, frm, n),
        "cuMemcpyDtoDAsync_v2": lambda to, frm, n, stream: driver.copy(to, frm, n),
        "cuStreamSynchronize": lambda stream: None,
    }
    return {
        name: ctypes.CFUNCTYPE(ctypes.c_int, *parameters)(_guarded(driver, work[name]))
        for name, parameters in _SIGNATURES.items()
    }


def _guarded(driver: EmulatedDriver, work: Callable[..., None]) -> Callable[..., int]:
    return lambda *arguments: driver.guarded(lambda: work(*arguments))


def status(error: Exception) -> int:
    """The CUresult that a device would return for an error."""
    match error:
        case OutOfMemoryError():
            return _OUT_OF_MEMORY
        case KernelFaultError(fault=Fault.BOUNDS):
            return _ILLEGAL_ADDRESS
        case KernelFaultError(fault=Fault.MISALIGNED):
            return _MISALIGNED_ADDRESS
        case LaunchError():
            return _INVALID_VALUE
    return _LAUNCH_FAILED
