"""A device on the CPU, with the checks that a GPU does not make.

It runs the LLVM IR that would go to NVPTX. Kernels' accesses to memory are checked, as are
barriers and what the threads of a warp do together; threads and blocks run one after the other, in
an order that can be chosen.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import numpy as np

from lamina.runtime.cuda.driver import DeviceError, MemoryInfo
from lamina.runtime.cuda.emulator.compilation import Code, compile_kernels
from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.launch import (
    KernelFaultError,
    Launch,
    LaunchError,
    Scheduler,
)
from lamina.runtime.cuda.emulator.memory import DeviceMemory, OutOfMemoryError

Order = Literal[0, 1, "both"]

_STREAM = 1
_MEMORY = 8 << 30

# CUresult of the driver API.
_INVALID_VALUE = 1
_OUT_OF_MEMORY = 2
_ILLEGAL_ADDRESS = 700
_MISALIGNED_ADDRESS = 716
_LAUNCH_FAILED = 719


class EmulatedModule:
    """Kernels that an emulated device has loaded."""

    def __init__(self, driver: EmulatedDriver, code: Code) -> None:
        self._driver = driver
        self._code: Code | None = code
        self._handles: dict[str, int] = {}

    def function(self, name: str) -> int:
        """Return the handle of a kernel.

        Raises
        ------
        DeviceError
            The module has no kernel of that name, or has been closed.
        """
        if self._code is None:
            raise DeviceError(f"kernel {name} is asked of a module that has been closed")
        if name not in self._code.instrumented.kernels:
            known = ", ".join(self._code.instrumented.kernels) or "none"
            raise DeviceError(f"the module has no kernel {name}; its kernels are: {known}")
        if name not in self._handles:
            self._handles[name] = self._driver.register(self._code, name)
        return self._handles[name]

    def close(self) -> None:
        """Forget the kernels; launches of them fail."""
        for handle in self._handles.values():
            self._driver.forget(handle)
        self._handles.clear()
        self._code = None


class EmulatedDriver:
    """A device on the CPU.

    Parameters
    ----------
    order : {0, 1, "both"}, optional
        In which threads and blocks run: ascending, descending, or each launch in both orders, with
        device memory compared after them. By default LAMINA_EMULATOR_ORDER says it, or 0.
    races : bool, optional
        Look for blocks of a launch that read or write what another writes. By default
        LAMINA_EMULATOR_RACES says it ("1"), or False.
    memory : int
        The device's memory in bytes.

    Examples
    --------
    >>> driver = EmulatedDriver()
    >>> address = driver.allocate(8)
    >>> driver.copy_in(address, np.arange(2, dtype=np.int32))
    >>> result = np.empty(2, np.int32)
    >>> driver.copy_out(result, address)
    >>> result.tolist()
    [0, 1]
    >>> driver.free(address)
    """

    name = "emulated GPU"
    chip = "sm_80"
    takes: Literal["ptx", "llvm"] = "llvm"
    stream = _STREAM

    def __init__(
        self, *, order: Order | None = None, races: bool | None = None, memory: int = _MEMORY
    ) -> None:
        self.order = _order() if order is None else order
        self.races = os.environ.get("LAMINA_EMULATOR_RACES") == "1" if races is None else races
        self._memory = DeviceMemory(memory)
        self._scheduler = Scheduler(self._memory)
        self._functions: dict[int, tuple[Code, str]] = {}
        self._next_handle = 1
        self._lock = threading.RLock()
        self._error: Exception | None = None
        self._callbacks = self._made_callbacks()

    def current(self) -> AbstractContextManager[None]:
        """Do nothing: there is one device, for all threads."""
        return nullcontext()

    def load(self, code: str | bytes) -> EmulatedModule:
        """Compile LLVM IR for nvptx64.

        Raises
        ------
        DeviceError
            It cannot be parsed.
        NotImplementedError
            A kernel has something that is not emulated; the message names it.
        """
        text = code.decode() if isinstance(code, bytes) else code
        return EmulatedModule(self, compile_kernels(text, self.races))

    def register(self, code: Code, name: str) -> int:
        """Return a new handle for a kernel."""
        with self._lock:
            handle = self._next_handle
            self._next_handle += 1
            self._functions[handle] = (code, name)
            return handle

    def forget(self, handle: int) -> None:
        """Make a handle invalid."""
        with self._lock:
            self._functions.pop(handle, None)

    def allocate(self, nbytes: int) -> int:
        """Return the address of new memory, which is filled with ones."""
        with self._lock:
            return self._memory.allocate(nbytes)

    def free(self, address: int) -> None:
        """Give memory back; what is then read or written there is an error."""
        with self._lock:
            self._memory.free(address)

    def copy_in(self, address: int, array: np.ndarray) -> None:
        """Copy a C-contiguous array's bytes to the device."""
        _require_contiguous(array)
        with self._lock:
            self._memory.view(address, array.nbytes)[:] = _bytes(array)

    def copy_out(self, array: np.ndarray, address: int) -> None:
        """Fill a C-contiguous array from the device."""
        _require_contiguous(array)
        with self._lock:
            _bytes(array)[:] = self._memory.view(address, array.nbytes)

    def copy(self, to: int, frm: int, nbytes: int) -> None:
        """Copy bytes on the device."""
        with self._lock:
            self._memory.view(to, nbytes)[:] = self._memory.view(frm, nbytes)

    def synchronize(self) -> None:
        """Raise what a C function met, if `check` has not raised it yet."""
        with self._lock:
            error, self._error = self._error, None
        if error is not None:
            raise error

    def memory_info(self) -> MemoryInfo:
        """Return the bytes that are free and that there are."""
        return MemoryInfo(self._memory.limit - self._memory.used, self._memory.limit)

    def symbols(self) -> dict[str, int]:
        """Return the addresses of C functions; they are valid as long as the driver exists."""
        return {
            name: ctypes.cast(callback, ctypes.c_void_p).value or 0
            for name, callback in self._callbacks.items()
        }

    def check(self, status: int) -> None:
        """Raise what a C function met that returned `status`, unless that is 0."""
        if status == 0:
            return
        self.synchronize()
        raise DeviceError(f"CUDA error {status}")

    def launch(
        self,
        function: int,
        grid: tuple[int, int, int],
        block: tuple[int, int, int],
        arguments: int,
        shared: int = 0,
    ) -> None:
        """Run a kernel; `arguments` is the address of the arguments' addresses.

        Raises
        ------
        DeviceError
            The launch is not possible, or a thread did what is not allowed.
        """
        with self._lock:
            if function not in self._functions:
                raise LaunchError(f"{function} is no kernel that is loaded")
            code, name = self._functions[function]
            launch = Launch(code.instrumented.kernels[name], grid, block, shared, arguments)
            launch.check(code)
            if self.order == "both":
                self._launch_twice(code, launch)
            else:
                self._scheduler.run(code, launch, self.order, self.order, self.races)

    def _launch_twice(self, code: Code, launch: Launch) -> None:
        views = [(a, self._memory.view(a.address, a.nbytes)) for a in self._memory.allocations()]
        before = [view.copy() for _, view in views]
        self._scheduler.run(code, launch, 1, 1, self.races)
        descending = [view.copy() for _, view in views]
        for (_, view), old in zip(views, before, strict=True):
            view[:] = old
        self._scheduler.run(code, launch, 0, 0, self.races)
        for (allocation, view), other in zip(views, descending, strict=True):
            differs = np.flatnonzero(view != other)
            if differs.size:
                place = self._memory.describe(allocation.address + int(differs[0]), 1)
                raise DeviceError(
                    f"{launch.kernel.name}: {differs.size} bytes depend on the order in which "
                    f"threads and blocks run: race, or a barrier is missing; the first: {place}"
                )

    def guarded(self, work: Callable[[], object]) -> int:
        """Do what a C function does: keep its exception, return its CUresult."""
        try:
            work()
        except Exception as error:
            if self._error is None:
                self._error = error
            return _status(error)
        return 0

    def _made_callbacks(self) -> dict[str, ctypes._FuncPointer]:
        pointer, size, word = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint

        def result(*parameters: type) -> type[ctypes._FuncPointer]:
            return ctypes.CFUNCTYPE(ctypes.c_int, *parameters)

        def launch_kernel(function, gx, gy, gz, bx, by, bz, shared, stream, arguments, extra):
            def work() -> None:
                if extra:
                    raise LaunchError("arguments have to be given as an array of addresses")
                self.launch(function or 0, (gx, gy, gz), (bx, by, bz), arguments or 0, shared)

            return self.guarded(work)

        def allocate(address, nbytes, stream):
            def work() -> None:
                if not nbytes:
                    raise LaunchError("0 bytes of device memory cannot be allocated")
                ctypes.c_uint64.from_address(address).value = self.allocate(nbytes)

            return self.guarded(work)

        def free(address, stream):
            return self.guarded(lambda: self.free(address))

        def copy_in(to, frm, nbytes, stream):
            return self.guarded(lambda: self._copy_from(to, frm or 0, nbytes))

        def copy_out(to, frm, nbytes, stream):
            return self.guarded(lambda: self._copy_to(to or 0, frm, nbytes))

        def copy(to, frm, nbytes, stream):
            return self.guarded(lambda: self.copy(to, frm, nbytes))

        def synchronize(stream):
            return 0

        return {
            "cuLaunchKernel": result(pointer, *[word] * 7, pointer, pointer, pointer)(
                launch_kernel
            ),
            "cuMemAllocAsync": result(pointer, size, pointer)(allocate),
            "cuMemFreeAsync": result(size, pointer)(free),
            "cuMemcpyHtoDAsync_v2": result(size, pointer, size, pointer)(copy_in),
            "cuMemcpyDtoHAsync_v2": result(pointer, size, size, pointer)(copy_out),
            "cuMemcpyDtoDAsync_v2": result(size, size, size, pointer)(copy),
            "cuStreamSynchronize": result(pointer)(synchronize),
        }

    def _copy_from(self, to: int, frm: int, nbytes: int) -> None:
        with self._lock:
            view = self._memory.view(to, nbytes)
            ctypes.memmove(view.ctypes.data, frm, nbytes)

    def _copy_to(self, to: int, frm: int, nbytes: int) -> None:
        with self._lock:
            view = self._memory.view(frm, nbytes)
            ctypes.memmove(to, view.ctypes.data, nbytes)


def _order() -> Order:
    chosen = os.environ.get("LAMINA_EMULATOR_ORDER", "0")
    if chosen not in ("0", "1", "both"):
        raise ValueError(f"LAMINA_EMULATOR_ORDER is 0, 1 or both, not {chosen!r}")
    return "both" if chosen == "both" else 1 if chosen == "1" else 0


def _require_contiguous(array: np.ndarray) -> None:
    if not array.flags.c_contiguous:
        raise ValueError(
            f"an array of strides {array.strides} cannot be copied: make it C-contiguous first"
        )


def _bytes(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1).view(np.uint8)


def _status(error: Exception) -> int:
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
