"""Calls of functions whose arrays are in a device's memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.runtime import ctypes_call, mismatch
from lamina.runtime.callback import Callbacks
from lamina.runtime.cuda import call_memory
from lamina.runtime.cuda.call_memory import Call, CallMemory
from lamina.runtime.cuda.device_array import DeviceArray, to_device
from lamina.runtime.cuda.driver import DeviceError, Driver
from lamina.runtime.cuda.exchange import adopt
from lamina.runtime.descriptor import (
    DEVICE_CONSTANTS,
    DEVICE_KERNELS,
    DEVICE_MEMORY,
    DEVICE_STREAM,
    ERROR_DEVICE,
    InputSpec,
    Signature,
)
from lamina.runtime.disk_cache import DiskCache


class DevicePath:
    """How functions of a module of kernels are called; `lamina.runtime.executable.load` takes it.

    Parameters
    ----------
    driver : Driver
    code : str
        What the driver loads.
    kernels : sequence of str
        The names of its kernels, in the order of the table.
    constants : sequence of array
    symbols : mapping from str to int
        Addresses of what host functions call besides the driver.
    """

    def __init__(
        self,
        driver: Driver,
        code: str,
        kernels: Sequence[str],
        constants: Sequence[np.ndarray],
        symbols: Mapping[str, int],
    ) -> None:
        self.driver = driver
        self.symbols = symbols
        self.module = driver.load(code) if kernels else None
        handles = [self.module.function(name) for name in kernels] if self.module else []
        self.kernels = np.array(handles, np.uint64)
        self.arrays = [to_device(c, driver) for c in constants]
        self.constants = np.array([a.address for a in self.arrays], np.uint64)
        self.transfers = {"to device": 0, "from device": 0}

    def entry_points(self, cache: DiskCache) -> Mapping[str, int]:
        """Return the addresses of what lamina_main calls."""
        return {
            **ctypes_call.entry_points(cache), **call_memory.entry_points(cache),
            **self.driver.symbols(), **self.symbols,
        }  # fmt: skip

    def make_call(
        self,
        main: int,
        signature: Signature,
        *,
        name: str,
        convert: Callable[[tuple, dict], Sequence[np.ndarray]],
        report: Callable[[int, tuple[int, int, int, int]], Any],
        cells: Sequence[list],
        cache: DiskCache,
        kept: tuple[object, Callbacks | None],
    ) -> Callable[..., Any]:
        """Return the function that calls `main`; the arguments are those of `load`."""
        unpack = ctypes_call.unpacker(ctypes_call.ir(signature), cache)
        call = DeviceCall(main, signature, name, cells, unpack)
        call.convert, call.report, call.kept = convert, report, kept
        call.path, call.memory = self, CallMemory(signature, self.driver, cache)
        return call


class DeviceCall(ctypes_call.CtypesCall):
    """A function that takes NumPy arrays and arrays of its device, and returns the latter."""

    path: DevicePath
    memory: CallMemory

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return super().__call__(
            *map(self._taken, arguments),
            **{name: self._taken(value) for name, value in named.items()},
        )

    def kept_in(self, cell: list, output: Any) -> Any:
        return output if isinstance(cell[0], DeviceArray) else self._from_device(output)

    def _taken(self, value: Any) -> Any:
        """An array of another library that is on the device, where it is; others as they are."""
        if isinstance(value, (np.ndarray, DeviceArray)):
            return value
        found = adopt(value, self.path.driver)
        return value if found is None else found

    def converted(self, arguments: tuple, named: dict[str, Any]) -> list[Any]:
        """The arguments as the frontend converts them; arrays of the device stay there."""
        given = {id(a): a for a in (*arguments, *named.values()) if isinstance(a, DeviceArray)}
        stand_ins = {k: np.zeros(a.shape, a.dtype) for k, a in given.items()}
        values = self.convert(
            tuple(stand_ins.get(id(a), a) for a in arguments),
            {name: stand_ins.get(id(a), a) for name, a in named.items()},
        )
        back = {s.ctypes.data: given[k] for k, s in stand_ins.items()}
        found = [back.get(v.ctypes.data, v) for v in values]
        for array in given.values():
            if all(v is not array for v in found):
                raise TypeError(
                    f"{self.__name__}: {array} would have to be converted, which is not done on a "
                    "device: give an array of the input's dtype, or copy_to_host()"
                )
        return found

    def fit(self, arguments: Sequence[Any]) -> list[Any] | None:
        if len(arguments) != self.signature.arguments:
            return None
        values = [*arguments, *(cell[0] if cell else None for cell in self.cells)]
        pairs = zip(self.signature.inputs, values, strict=True)
        return None if any(self._unfit(spec, value) for spec, value in pairs) else values

    def _unfit(self, spec: InputSpec, value: Any) -> bool:
        if not isinstance(value, DeviceArray):
            return bool(mismatch.find(spec, value))
        if value.driver is not self.path.driver:
            raise DeviceError(
                f"{self.__name__} runs on {self.path.driver.name}, and an argument is on "
                f"{value.driver.name}: copy it by copy_to_host()"
            )
        lengths = zip(spec.shape, value.shape, strict=False)
        return (
            value.dtype != spec.dtype
            or value.ndim != spec.rank
            or any(known is not None and known != n for known, n in lengths)
        )

    def _from_device(self, array: DeviceArray) -> np.ndarray:
        self.path.transfers["from device"] += 1
        return array.copy_to_host()

    def run(self, values: Sequence[Any]) -> list[Any]:
        path = self.path
        here = []
        for spec, value in zip(self.signature.inputs, values, strict=True):
            if spec.by_value and isinstance(value, DeviceArray):
                value = self._from_device(value)
            elif not spec.by_value and not isinstance(value, DeviceArray):
                path.transfers["to device"] += 1
                value = to_device(value, path.driver)
            here.append(value)
        with path.driver.current():
            return super().run(here)

    def begin(self, record: Any) -> Call:
        path, call = self.path, Call(self.memory)
        record[DEVICE_KERNELS] = path.kernels.ctypes.data
        record[DEVICE_CONSTANTS] = path.constants.ctypes.data
        record[DEVICE_STREAM] = path.driver.stream
        record[DEVICE_MEMORY] = call.address
        return call

    def tell(self, status: int, details: tuple[int, int, int, int]) -> None:
        if status == ERROR_DEVICE:
            self.path.driver.check(details[0])
        super().tell(status, details)

    def pointer(self, value: Any) -> int:
        return value.address if isinstance(value, DeviceArray) else super().pointer(value)
