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
from lamina.runtime.cuda.emulator import host_functions
from lamina.runtime.cuda.emulator.compilation import Code, compile_kernels
from lamina.runtime.cuda.emulator.launch import Launch, LaunchError, Scheduler
from lamina.runtime.cuda.emulator.memory import DeviceMemory

Order = Literal[0, 1, "both"]

_STREAM = 1
_MEMORY = 8 << 30


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
        device memory compared after them; sums by atomic operations on floats differ then. By
        default LAMINA_EMULATOR_ORDER says it, or 0.
    races : bool, optional
        Look for blocks of a launch that read or write what another writes, and for threads of a
        block that do so with no barrier in between. By default LAMINA_EMULATOR_RACES says it
        ("1"), or False.
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
        self.order: Order = _order(
            os.environ.get("LAMINA_EMULATOR_ORDER", "0") if order is None else order
        )
        self.races = os.environ.get("LAMINA_EMULATOR_RACES") == "1" if races is None else races
        self._memory = DeviceMemory(memory)
        self._scheduler = Scheduler(self._memory)
        self._functions: dict[int, tuple[Code, str]] = {}
        self._next_handle = 1
        self._lock = threading.RLock()
        self._errors = threading.local()  # `first` is what this thread's C functions met
        self._functions_of_host = host_functions.made(self)

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

    def allocate_again(self, nbytes: int, status: int) -> int:
        """Raise why ``cuMemAllocAsync`` has refused memory; a status of 0 says that it has not."""
        self.check(status)
        return self.allocate(nbytes)

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

    def copy_from_host(self, to: int, frm: int, nbytes: int) -> None:
        """Copy bytes from an address of the host."""
        with self._lock:
            ctypes.memmove(self._memory.view(to, nbytes).ctypes.data, frm, nbytes)

    def copy_to_host(self, to: int, frm: int, nbytes: int) -> None:
        """Copy bytes to an address of the host."""
        with self._lock:
            ctypes.memmove(to, self._memory.view(frm, nbytes).ctypes.data, nbytes)

    def synchronize(self) -> None:
        """Raise what a C function met in this thread, if `check` has not raised it yet."""
        error = getattr(self._errors, "first", None)
        self._errors.first = None
        if error is not None:
            raise error

    def memory_info(self) -> MemoryInfo:
        """Return the bytes that are free and that there are."""
        return MemoryInfo(self._memory.limit - self._memory.used, self._memory.limit)

    def symbols(self) -> dict[str, int]:
        """Return the addresses of C functions; they are valid as long as the driver exists."""
        return {
            name: ctypes.cast(callback, ctypes.c_void_p).value or 0
            for name, callback in self._functions_of_host.items()
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
            if getattr(self._errors, "first", None) is None:
                self._errors.first = error
            return host_functions.status(error)
        return 0


def _order(chosen: Order | str) -> Order:
    orders: dict[str, Order] = {"0": 0, "1": 1, "both": "both"}
    if str(chosen) not in orders:
        raise ValueError(f"the order of an emulated device is 0, 1 or both, not {chosen!r}")
    return orders[str(chosen)]


def _require_contiguous(array: np.ndarray) -> None:
    if not array.flags.c_contiguous:
        raise ValueError(
            f"an array of strides {array.strides} cannot be copied: make it C-contiguous first"
        )


def _bytes(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1).view(np.uint8)
