"""What a device offers to the rest: code, memory, and C functions that compiled code calls."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

# The functions of CUDA's driver API that a compiled host function calls, by the names that libcuda
# exports; `Driver.symbols` gives their addresses.
HOST_FUNCTIONS = (
    "cuLaunchKernel",
    "cuMemAllocAsync",
    "cuMemFreeAsync",
    "cuMemcpyHtoDAsync_v2",
    "cuMemcpyDtoHAsync_v2",
    "cuMemcpyDtoDAsync_v2",
    "cuStreamSynchronize",
)


class DeviceError(RuntimeError):
    """A device, its driver or a kernel failed; the message says what, and what to do."""


class MemoryInfo(NamedTuple):
    """Bytes of a device's memory."""

    free: int
    total: int


class Module(Protocol):
    """Code that a device has loaded."""

    def function(self, name: str) -> int:
        """Return the handle of a kernel, the ``CUfunction`` that ``cuLaunchKernel`` takes.

        Raises
        ------
        DeviceError
            The module has no kernel of that name.
        """
        ...

    def close(self) -> None:
        """Unload the code; its handles are no longer valid."""
        ...


@runtime_checkable
class Driver(Protocol):
    """A device: `lamina.runtime.cuda.cuda_driver` has CUDA's, `emulated_driver` one on the CPU.

    Addresses of device memory are ints; all work is done in the order of one stream. Methods raise
    DeviceError; the C functions of `symbols` return a ``CUresult``, which `check` makes one of.
    """

    @property
    def name(self) -> str:
        """The device's name, "NVIDIA H200"."""
        ...

    @property
    def chip(self) -> str:
        """What code is generated for, "sm_90"."""
        ...

    @property
    def takes(self) -> Literal["ptx", "llvm"]:
        """What `load` takes: PTX, or LLVM IR for nvptx64."""
        ...

    @property
    def stream(self) -> int:
        """The ``CUstream`` that the C functions are called with."""
        ...

    def current(self) -> AbstractContextManager[None]:
        """Make the C functions of `symbols` work on this device in this thread, until the end."""
        ...

    def load(self, code: str | bytes) -> Module:
        """Load code of the form that `takes` names."""
        ...

    def allocate(self, nbytes: int) -> int:
        """Return the address of new memory, aligned to 256 bytes; its contents are undefined."""
        ...

    def allocate_again(self, nbytes: int, status: int) -> int:
        """Allocate what ``cuMemAllocAsync`` has refused with a status, where waiting helps."""
        ...

    def free(self, address: int) -> None:
        """Give back what `allocate` or ``cuMemAllocAsync`` gave."""
        ...

    def copy_in(self, address: int, array: np.ndarray) -> None:
        """Copy a C-contiguous array's bytes to the device; it may be changed after the call."""
        ...

    def copy_out(self, array: np.ndarray, address: int) -> None:
        """Fill a C-contiguous array from the device, after all work before has been done."""
        ...

    def copy(self, to: int, frm: int, nbytes: int) -> None:
        """Copy bytes on the device, in the stream's order."""
        ...

    def synchronize(self) -> None:
        """Wait for all work; errors of kernels that were launched before are raised here."""
        ...

    def memory_info(self) -> MemoryInfo:
        """Return the bytes that are free and that there are."""
        ...

    def symbols(self) -> dict[str, int]:
        """Return the addresses of `HOST_FUNCTIONS`, with the driver API's C signatures."""
        ...

    def check(self, status: int) -> None:
        """Raise DeviceError unless `status`, a ``CUresult`` of a C function, is 0."""
        ...
