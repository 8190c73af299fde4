"""A CUDA device through its driver, in the context that other libraries of the process use too."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ctypes import byref, c_int, c_size_t, c_uint64, c_void_p
from functools import cache
from typing import Literal

import numpy as np

from lamina.runtime.cuda.cuda_library import LOST, CudaLibrary
from lamina.runtime.cuda.dlpack import CUDA
from lamina.runtime.cuda.driver import HOST_FUNCTIONS, DeviceError, MemoryInfo

# Numbers of the driver's enumerations: attributes of devices, pools and pointers, JIT options.
_CAPABILITY = (75, 76)
_PROCESSORS, _HAS_POOLS = 16, 115
_RELEASE_THRESHOLD = 4
_POINTER_DEVICE = 9
_ERROR_LOG, _ERROR_LOG_BYTES = 5, 6

_OUT_OF_MEMORY, _DEINITIALISED = 2, 4
_STREAM_NON_BLOCKING, _EVENT_WITHOUT_TIME = 1, 2


class CudaModule:
    """Code that a device has loaded."""

    def __init__(self, driver: CudaDriver, handle: int) -> None:
        self._driver, self._handle = driver, handle

    def function(self, name: str) -> int:
        """Return the handle of a kernel."""
        if not self._handle:
            raise DeviceError(f"the module of {name} is closed")
        found = c_void_p()
        with self._driver.current():
            status = self._driver.library.status["cuModuleGetFunction"](
                byref(found), self._handle, name.encode()
            )
            self._driver.library.check(status, f"the module has no kernel {name}")
        return found.value or 0

    def close(self) -> None:
        """Unload the code."""
        handle, self._handle = self._handle, 0
        if handle:
            self._driver._quietly("cuModuleUnload", handle)

    def __del__(self) -> None:
        self.close()


class CudaDriver:
    """A CUDA device.

    Work is done in a stream of its own, which does not wait for the default stream. Memory comes
    from the device's pool, in the order of the stream, and stays in the pool when it is freed.

    Parameters
    ----------
    device : int
        Its number among those that CUDA_VISIBLE_DEVICES shows.
    library : CudaLibrary, optional

    Raises
    ------
    DeviceError
        If there is no driver, no such device, or either is too old.
    """

    takes: Literal["ptx"] = "ptx"

    def __init__(self, device: int = 0, library: CudaLibrary | None = None) -> None:
        self.library = library = CudaLibrary() if library is None else library
        count, ordinal = c_int(), c_int()
        library.cuDeviceGetCount(byref(count))
        if not 0 <= device < count.value:
            library.check(100 if not count.value else 101, f"device {device} of {count.value}")
        library.cuDeviceGet(byref(ordinal), device)
        self.device, self._ordinal = device, ordinal.value
        self.dlpack_device = (CUDA, device)
        major, minor = (self._attribute(number) for number in _CAPABILITY)
        self.capability = major, minor
        self.chip = f"sm_{major}{minor}"
        text = ctypes.create_string_buffer(256)
        library.cuDeviceGetName(text, len(text), self._ordinal)
        self.name = text.value.decode(errors="replace")
        self.processors = self._attribute(_PROCESSORS)
        if not self._attribute(_HAS_POOLS):
            raise DeviceError(f"{self.name}: the driver has no memory pools for it")
        with ExitStack() as undo:
            context, stream, pool = c_void_p(), c_void_p(), c_void_p()
            library.cuDevicePrimaryCtxRetain(byref(context), self._ordinal)
            undo.callback(library.status["cuDevicePrimaryCtxRelease_v2"], self._ordinal)
            self._context = context.value or 0
            with self.current():
                library.cuStreamCreate(byref(stream), _STREAM_NON_BLOCKING)
                undo.callback(self._quietly, "cuStreamDestroy_v2", stream.value or 0)
                library.cuDeviceGetDefaultMemPool(byref(pool), self._ordinal)
                # Freed memory is not given back at each synchronisation, only when it is needed.
                kept = c_uint64(2**64 - 1)
                library.cuMemPoolSetAttribute(pool, _RELEASE_THRESHOLD, byref(kept))
            self._stream, self._pool = stream.value or 0, pool.value or 0
            self._undo = undo.pop_all()

    def _attribute(self, number: int) -> int:
        value = c_int()
        self.library.cuDeviceGetAttribute(byref(value), number, self._ordinal)
        return value.value

    def close(self) -> None:
        """Let go of the stream and the context; memory and code have to be gone before."""
        self._undo.close()

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the device's context current in this thread: what the C functions work in."""
        self.library.cuCtxPushCurrent_v2(self._context)
        try:
            yield
        finally:
            self.library.status["cuCtxPopCurrent_v2"](byref(c_void_p()))

    def _quietly(self, name: str, *arguments: int) -> int:
        """The status of a call with which something is given back."""
        status = self.library.status["cuCtxPushCurrent_v2"](self._context)
        if not status:
            status = self.library.status[name](*arguments)
            self.library.status["cuCtxPopCurrent_v2"](byref(c_void_p()))
        return status

    @property
    def stream(self) -> int:
        """The ``CUstream`` of all work."""
        return self._stream

    def load(self, code: str | bytes) -> CudaModule:
        """Have the driver compile PTX, or load a cubin; its complaints are in the error."""
        image = code.encode() if isinstance(code, str) else code
        log = ctypes.create_string_buffer(1 << 14)
        options = (c_int * 2)(_ERROR_LOG, _ERROR_LOG_BYTES)
        values = (c_void_p * 2)(ctypes.addressof(log), len(log))
        module = c_void_p()
        with self.current():
            status = self.library.status["cuModuleLoadDataEx"](
                byref(module), image, 2, options, values
            )
        if status:
            said = log.value.decode(errors="replace").strip()
            raise DeviceError(
                f"{self.name} ({self.chip}) refuses the code: {self.library.describe(status)}"
                f"{chr(10) + said if said else ''}"
            )
        return CudaModule(self, module.value or 0)

    def allocate(self, nbytes: int) -> int:
        """Return the address of new memory."""
        address = c_uint64()
        allocate = self.library.status["cuMemAllocAsync"]
        with self.current():
            status = allocate(byref(address), max(nbytes, 1), self._stream)
            if status == _OUT_OF_MEMORY:
                # What the pool keeps in pieces may do as a whole, once all work is done.
                self.library.cuStreamSynchronize(self._stream)
                self.library.cuMemPoolTrimTo(self._pool, 0)
                status = allocate(byref(address), max(nbytes, 1), self._stream)
        if status == _OUT_OF_MEMORY:
            free, total = self.memory_info()
            raise DeviceError(
                f"{self.name}: {nbytes} bytes were asked for, of {total} bytes {free} are free: "
                f"{self.library.describe(status)}"
            )
        self.check(status)
        return address.value

    def allocate_again(self, nbytes: int, status: int) -> int:
        """Return memory that ``cuMemAllocAsync`` has refused, if waiting for the pool helps."""
        if status != _OUT_OF_MEMORY:
            self.check(status)
        return self.allocate(nbytes)

    def free(self, address: int) -> None:
        """Give back memory, once the work before is done."""
        status = self._quietly("cuMemFreeAsync", address, self._stream)
        if status not in LOST and status != _DEINITIALISED:
            self.check(status)

    def copy_in(self, address: int, array: np.ndarray) -> None:
        """Copy a C-contiguous array's bytes to the device."""
        with self.current():
            self.library.cuMemcpyHtoDAsync_v2(
                address, _contiguous(array).ctypes.data, array.nbytes, self._stream
            )
            # Memory that is pinned is read after the call has returned.
            self.library.cuStreamSynchronize(self._stream)

    def copy_out(self, array: np.ndarray, address: int) -> None:
        """Fill a C-contiguous array from the device."""
        with self.current():
            self.library.cuMemcpyDtoHAsync_v2(
                _contiguous(array).ctypes.data, address, array.nbytes, self._stream
            )
            self.library.cuStreamSynchronize(self._stream)

    def copy(self, to: int, frm: int, nbytes: int) -> None:
        """Copy bytes on the device."""
        with self.current():
            self.library.cuMemcpyDtoDAsync_v2(to, frm, nbytes, self._stream)

    def synchronize(self) -> None:
        """Wait for all work."""
        with self.current():
            self.library.cuStreamSynchronize(self._stream)

    def wait_for(self, stream: int) -> None:
        """Let later work of this driver wait for what is in another stream now."""
        self._order(stream, self._stream)

    def let_wait(self, stream: int) -> None:
        """Let later work of another stream wait for what this driver does now."""
        self._order(self._stream, stream)

    def _order(self, first: int, second: int) -> None:
        event = c_void_p()
        with self.current():
            self.library.cuEventCreate(byref(event), _EVENT_WITHOUT_TIME)
            try:
                self.library.cuEventRecord(event, first)
                self.library.cuStreamWaitEvent(second, event, 0)
            finally:
                # It is destroyed when the work that waits for it has passed it.
                self.library.status["cuEventDestroy_v2"](event)

    def device_of(self, address: int) -> int | None:
        """The number of the device in whose memory `address` lies; None if that is none's."""
        number = c_int(-1)
        with self.current():
            status = self.library.status["cuPointerGetAttribute"](
                byref(number), _POINTER_DEVICE, address
            )
        return None if status else number.value

    def memory_info(self) -> MemoryInfo:
        """Return the bytes that are free and that there are."""
        free, total = c_size_t(), c_size_t()
        with self.current():
            self.library.cuMemGetInfo_v2(byref(free), byref(total))
        return MemoryInfo(free.value, total.value)

    def symbols(self) -> dict[str, int]:
        """Return the addresses of `HOST_FUNCTIONS`; they are called within `current`."""
        return {name: self.library.address(name) for name in HOST_FUNCTIONS}

    def check(self, status: int) -> None:
        """Raise DeviceError unless `status` is 0."""
        self.library.check(status, self.name)


def _contiguous(array: np.ndarray) -> np.ndarray:
    if not array.flags.c_contiguous:
        raise ValueError("only arrays in C order without gaps are copied to and from a device")
    return array


_opening = threading.Lock()


def open_driver(device: int = 0) -> CudaDriver:
    """Return this process's driver of a device; it stays open.

    Raises
    ------
    DeviceError
        If the device cannot be used; the next call tries again.
    """
    with _opening:
        return _opened(device)


@cache
def _opened(device: int) -> CudaDriver:
    return CudaDriver(device)
