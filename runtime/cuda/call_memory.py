"""Memory that a call on a device asks for, and what becomes of it.

Compiled functions call the driver themselves, see `lamina.runtime.cuda.call_memory_code`. Python is
asked only where memory is refused: it says why, or finds some.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping, Sequence
from ctypes import PYFUNCTYPE, c_int32, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from lamina.runtime import ctypes_call, symbols
from lamina.runtime.cuda.call_memory_code import (
    ALLOCATE,
    FREE,
    IR,
    LIBC,
    OF_HOST,
    OUTPUTS,
    SPECS,
    STREAM,
)
from lamina.runtime.cuda.device_array import DeviceArray
from lamina.runtime.cuda.driver import Driver
from lamina.runtime.descriptor import Signature
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.linker import link_once
from lamina.runtime.machine_code import compile_ir


class CallMemory:
    """What is the same for all calls of a function that asks for memory."""

    def __init__(self, signature: Signature, driver: Driver, cache: DiskCache) -> None:
        self.signature, self.driver = signature, driver
        self.places: list[int] = []
        words = 0
        for spec in signature.outputs:
            self.places.append(words)
            words += 1 + spec.rank
        self.words = words
        specs = [(spec.rank, np.dtype(spec.dtype).itemsize) for spec in signature.outputs]
        self.specs = np.array([(*s, k) for s, k in zip(specs, self.places, strict=True)], np.int64)
        functions = driver.symbols()
        self.block = np.zeros(8, np.int64)
        self.block[ALLOCATE] = functions["cuMemAllocAsync"]
        self.block[FREE] = functions["cuMemFreeAsync"]
        self.block[STREAM] = driver.stream
        self.block[SPECS] = self.specs.ctypes.data
        self.end = ctypes.CFUNCTYPE(None, c_void_p)(entry_points(cache)["lamina_workspace_end"])


class Call(ctypes_call.Call):
    """What one call makes on a device."""

    def __init__(self, memory: CallMemory) -> None:
        super().__init__(memory.signature)
        self.memory = memory
        self.table = np.zeros(memory.words, np.int64)
        self.block = memory.block.copy()
        self.block[OUTPUTS] = self.table.ctypes.data

    @property
    def address(self) -> int:
        """What the record of the call has at `DEVICE_MEMORY`."""
        return self.block.ctypes.data

    def release(self) -> None:
        """Give back the scratch memory, and take over the outputs."""
        memory, words = self.memory, self.table.tolist()
        memory.end(self.address)
        for i, (spec, k) in enumerate(zip(self.signature.outputs, memory.places, strict=True)):
            if words[k]:
                shape = words[k + 1 : k + 1 + spec.rank]
                self.outputs[i] = DeviceArray(memory.driver, words[k], spec.dtype, shape)


def _call_of(ctx: int) -> Call:
    call = ctypes_call.calls[ctx]
    assert isinstance(call, Call)
    return call


@PYFUNCTYPE(c_void_p, c_void_p, c_int64, ctypes.POINTER(c_int64), c_int32)
def _output_refused(ctx: int, index: int, dims: Any, status: int) -> int | None:
    call = _call_of(ctx)
    spec = call.signature.outputs[index]
    try:
        shape = tuple(dims[axis] for axis in range(spec.rank))
        if min(shape, default=0) < 0:
            raise ValueError(f"negative dimensions are not allowed: {shape}")
        nbytes = math.prod(shape) * np.dtype(spec.dtype).itemsize
        return call.memory.driver.allocate_again(max(nbytes, 1), status)
    except BaseException as error:
        call.error = error
        return None


@PYFUNCTYPE(c_void_p, c_void_p, c_int64, c_int32)
def _piece_refused(ctx: int, nbytes: int, status: int) -> int | None:
    call = _call_of(ctx)
    try:
        if status == OF_HOST:
            raise MemoryError(f"{nbytes} bytes")
        return call.memory.driver.allocate_again(max(nbytes, 1), status)
    except BaseException as error:
        call.error = error
        return None


_REFUSED: Sequence[tuple[str, Any]] = (
    ("lamina_output_refused", _output_refused),
    ("lamina_piece_refused", _piece_refused),
)


@cache
def entry_points(cache: DiskCache) -> Mapping[str, int]:
    """Return the addresses of what lamina_main calls for memory."""
    own = {name: ctypes.cast(f, c_void_p).value or 0 for name, f in _REFUSED}
    return link_once(compile_ir(IR, cache), own | dict(symbols.resolve(LIBC, cache)))
