"""A stand-in for libcuda: C functions with the driver's signatures, on host memory.

Every call passes through C, so that types are tested; it notes what is not given back, and fails on
demand. Its kernels do nothing.
"""

from __future__ import annotations

import ctypes
import threading
from collections import Counter
from typing import Any

from lamina.runtime.cuda.cuda_library import SIGNATURES

NAMES = {
    2: "CUDA_ERROR_OUT_OF_MEMORY", 100: "CUDA_ERROR_NO_DEVICE", 101: "CUDA_ERROR_INVALID_DEVICE",
    201: "CUDA_ERROR_INVALID_CONTEXT", 218: "CUDA_ERROR_INVALID_PTX",
    209: "CUDA_ERROR_NO_BINARY_FOR_GPU", 500: "CUDA_ERROR_NOT_FOUND",
    700: "CUDA_ERROR_ILLEGAL_ADDRESS", 701: "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
}  # fmt: skip
_ATTRIBUTES = {75: 9, 76: 0, 16: 132, 115: 1}


class FakeCuda:
    """The functions of libcuda, as attributes.

    Attributes
    ----------
    fails : dict of str to int
        The status that a function returns, as often as it is called, without doing anything.
    alive : Counter of str
        How many contexts, streams, modules, events and pieces of memory have not been given back.
    calls : Counter of str
    """

    def __init__(
        self, version: int = 12040, devices: int = 1, memory: int = 1 << 20, log: str = ""
    ) -> None:
        self.version, self.devices, self.memory, self.log = version, devices, memory, log
        self.fails: dict[str, int] = {}
        self.alive: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.launches: list[tuple[int, ...]] = []
        self.buffers: dict[int, Any] = {}
        self.attributes = dict(_ATTRIBUTES)
        self.freed_late = 0  # bytes that a trim gives back
        self._stack = threading.local()
        self._texts: dict[str, bytes] = {}
        for name, types in SIGNATURES.items():
            setattr(self, name, self._as_c(name, types))

    def _as_c(self, name: str, types: list[Any]) -> Any:
        # a handler gets numbers and addresses; pointers of other types are addresses too
        plain = [ctypes.c_void_p if _is_pointer(t) else t for t in types]
        handler = getattr(self, "_" + name)

        def call(*arguments: Any) -> int:
            self.calls[name] += 1
            if status := self.fails.get(name):
                return status
            return handler(*arguments) or 0

        made = ctypes.CFUNCTYPE(ctypes.c_int, *plain)(call)
        # called from Python as any C function is: through its address
        function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.cast(made, ctypes.c_void_p).value or 0)
        self.__dict__.setdefault("_kept", []).append(made)
        return function

    def _contexts(self) -> list[int]:
        return self._stack.__dict__.setdefault("contexts", [])

    def _needs_context(self) -> int:
        return 0 if self._contexts() else 201

    def _put(self, place: int, value: int, kind: Any = ctypes.c_void_p) -> None:
        kind.from_address(place).value = value

    def _made(self, kind: str, place: int, value: int) -> int:
        if status := self._needs_context():
            return status
        self.alive[kind] += 1
        self._put(place, value)
        return 0

    def _gone(self, kind: str) -> int:
        self.alive[kind] -= 1
        return self._needs_context()

    def _cuInit(self, flags: int) -> int:
        return 0 if self.devices else 100

    def _cuDriverGetVersion(self, place: int) -> None:
        self._put(place, self.version, ctypes.c_int)

    def _cuGetErrorName(self, status: int, place: int) -> int:
        text = self._texts.setdefault(str(status), NAMES.get(status, "").encode())
        if not text:
            return 1
        self._put(place, ctypes.cast(text, ctypes.c_void_p).value or 0)
        return 0

    def _cuGetErrorString(self, status: int, place: int) -> int:
        text = self._texts.setdefault("text", b"what it is in words")
        self._put(place, ctypes.cast(text, ctypes.c_void_p).value or 0)
        return 0

    def _cuDeviceGetCount(self, place: int) -> None:
        self._put(place, self.devices, ctypes.c_int)

    def _cuDeviceGet(self, place: int, number: int) -> None:
        self._put(place, number, ctypes.c_int)

    def _cuDeviceGetName(self, place: int, length: int, device: int) -> None:
        ctypes.memmove(place, b"Fake\0", 5)

    def _cuDeviceGetAttribute(self, place: int, number: int, device: int) -> None:
        self._put(place, self.attributes[number], ctypes.c_int)

    def _cuDevicePrimaryCtxRetain(self, place: int, device: int) -> None:
        self.alive["context"] += 1
        self._put(place, 0x1000)

    def _cuDevicePrimaryCtxRelease_v2(self, device: int) -> None:
        self.alive["context"] -= 1

    def _cuCtxPushCurrent_v2(self, context: int) -> int:
        if context != 0x1000:
            return 201
        self._contexts().append(context)
        return 0

    def _cuCtxPopCurrent_v2(self, place: int) -> int:
        if not self._contexts():
            return 201
        self._put(place, self._contexts().pop())
        return 0

    def _cuStreamCreate(self, place: int, flags: int) -> int:
        return self._made("stream", place, 0x2000)

    def _cuStreamDestroy_v2(self, stream: int) -> int:
        return self._gone("stream")

    def _cuStreamSynchronize(self, stream: int) -> int:
        return self._needs_context()

    def _cuStreamWaitEvent(self, stream: int | None, event: int, flags: int) -> int:
        return self._needs_context()

    def _cuEventCreate(self, place: int, flags: int) -> int:
        return self._made("event", place, 0x3000)

    def _cuEventRecord(self, event: int, stream: int | None) -> int:
        return self._needs_context()

    def _cuEventDestroy_v2(self, event: int) -> int:
        return self._gone("event")

    def _cuModuleLoadDataEx(
        self, place: int, image: int, count: int, options: int, values: int
    ) -> int:
        if b".entry" not in (ctypes.string_at(image) if image else b""):
            numbers = (ctypes.c_int * count).from_address(options)
            given = dict(zip(numbers, (ctypes.c_void_p * count).from_address(values), strict=True))
            text = self.log.encode()[: (given[6] or 1) - 1] + b"\0"
            ctypes.memmove(given[5], text, len(text))
            return 218
        return self._made("module", place, 0x4000)

    def _cuModuleGetFunction(self, place: int, module: int, name: int) -> int:
        if ctypes.string_at(name) != b"kernel_0":
            return 500
        self._put(place, 0x5000)
        return self._needs_context()

    def _cuModuleUnload(self, module: int) -> int:
        return self._gone("module")

    def _cuDeviceGetDefaultMemPool(self, place: int, device: int) -> None:
        self._put(place, 0x6000)

    def _cuMemPoolSetAttribute(self, pool: int, number: int, place: int) -> int:
        assert (pool, number) == (0x6000, 4)
        assert ctypes.c_uint64.from_address(place).value == 2**64 - 1
        return 0

    def _cuMemPoolTrimTo(self, pool: int, kept: int) -> None:
        self.memory += self.freed_late
        self.freed_late = 0

    def _cuMemGetInfo_v2(self, free: int, total: int) -> int:
        self._put(free, self.memory, ctypes.c_size_t)
        self._put(total, 1 << 20, ctypes.c_size_t)
        return self._needs_context()

    def _cuPointerGetAttribute(self, place: int, number: int, address: int) -> int:
        if not any(a <= address < a + len(b) for a, b in self.buffers.items()):
            return 1
        self._put(place, 0, ctypes.c_int)
        return 0

    def _cuMemAllocAsync(self, place: int, nbytes: int, stream: int) -> int:
        if status := self._needs_context():
            return status
        if nbytes > self.memory:
            return 2
        self.memory -= nbytes
        buffer = ctypes.create_string_buffer(b"\xcd" * nbytes, nbytes)
        self.buffers[ctypes.addressof(buffer)] = buffer
        self.alive["memory"] += 1
        self._put(place, ctypes.addressof(buffer), ctypes.c_uint64)
        return 0

    def _cuMemFreeAsync(self, address: int, stream: int) -> int:
        if address not in self.buffers:
            return 1
        self.memory += len(self.buffers.pop(address))
        return self._gone("memory")

    def _cuMemcpyHtoDAsync_v2(self, to: int, frm: int, nbytes: int, stream: int) -> int:
        return self._moved(to, frm, nbytes)

    def _cuMemcpyDtoHAsync_v2(self, to: int, frm: int, nbytes: int, stream: int) -> int:
        return self._moved(to, frm, nbytes)

    def _cuMemcpyDtoDAsync_v2(self, to: int, frm: int, nbytes: int, stream: int) -> int:
        return self._moved(to, frm, nbytes)

    def _moved(self, to: int, frm: int, nbytes: int) -> int:
        ctypes.memmove(to, frm, nbytes)
        return self._needs_context()

    def _cuLaunchKernel(self, function: int, *rest: int) -> int:
        self.launches.append((function, *rest[:7]))
        return self._needs_context()


def _is_pointer(type: Any) -> bool:
    return type is ctypes.c_char_p or hasattr(type, "contents")
