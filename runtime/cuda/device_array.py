"""Arrays in a device's memory."""

from __future__ import annotations

import contextlib
import math
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.runtime.cuda import dlpack
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.driver import DeviceError, Driver

# Streams by number, as `__dlpack__` is asked for them.
LEGACY_STREAM, _NO_WAITING = 1, -1


class _Lent:
    """An array that a consumer works with in a stream of its own: it is freed after that."""

    def __init__(self, array: DeviceArray, driver: CudaDriver, stream: int) -> None:
        self.array, self.driver, self.stream = array, driver, stream

    def __del__(self) -> None:
        with contextlib.suppress(DeviceError):  # of a context that is lost
            self.driver.wait_for(self.stream)


class DeviceArray:
    """An array in a device's memory, row-major without gaps.

    Nothing copies its elements to the host but `copy_to_host` and what asks for a NumPy array:
    ``numpy.asarray(x)``. Other libraries take it where it is: ``torch.from_dlpack(x)``,
    ``cupy.asarray(x)``.

    Attributes
    ----------
    driver : Driver
        The device.
    address : int
        Of the first element.
    dtype : numpy.dtype
    shape : tuple of int
    """

    def __init__(
        self, driver: Driver, address: int, dtype: Any, shape: Sequence[int], owner: Any = None
    ) -> None:
        """Take over memory at `address`; where an `owner` is given, it is that object's."""
        self.driver, self.address = driver, address
        self.dtype, self.shape = np.dtype(dtype), tuple(shape)
        self._owner = owner
        if owner is None:
            weakref.finalize(self, driver.free, address).atexit = False

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes of its elements."""
        return self.size * self.dtype.itemsize

    def copy_to_host(self) -> np.ndarray:
        """Return the elements as a NumPy array of its own, after all work before is done."""
        array = np.empty(self.shape, self.dtype)
        if array.size:
            self.driver.copy_out(array, self.address)
        return array

    def copy(self) -> DeviceArray:
        """Return a copy on the device."""
        made = DeviceArray(
            self.driver, self.driver.allocate(max(self.nbytes, 1)), self.dtype, self.shape
        )
        if self.nbytes:
            self.driver.copy(made.address, self.address, self.nbytes)
        return made

    @property
    def owner(self) -> Any:
        """Whose memory it is; None if its own."""
        return self._owner

    def __dlpack_device__(self) -> tuple[int, int]:
        """The type and number of the device; the emulated one's memory is the processor's."""
        driver = self.driver
        return driver.dlpack_device if isinstance(driver, CudaDriver) else (dlpack.CPU, 0)

    def __dlpack__(
        self,
        *,
        stream: int | None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Return a capsule for ``from_dlpack`` of another library, which shares the memory.

        Parameters
        ----------
        stream : int, optional
            The CUDA stream in which the consumer works, which will wait for what is done here:
            1 (the default) and 2 are the default streams, -1 asks for no waiting.
        max_version : tuple of int, optional
            The newest DLPack that the consumer knows.
        dl_device : tuple of int, optional
            Where it is wanted: here, or on the host, for which it is copied.
        copy : bool, optional
            Whether the consumer wants memory of its own; False forbids a copy.
        """
        own = self.__dlpack_device__()
        if dl_device is not None and tuple(dl_device) != own:
            if tuple(dl_device) != (dlpack.CPU, 0) or copy is False:
                raise BufferError(f"the array is on device {own}, not {tuple(dl_device)}")
            host = self.copy_to_host()
            return dlpack.give(
                host.ctypes.data, self.dtype, self.shape, (dlpack.CPU, 0), host, max_version,
                copied=True,
            )  # fmt: skip
        array = self.copy() if copy else self
        driver, keep = self.driver, array
        if isinstance(driver, CudaDriver):
            if stream == 0:
                raise ValueError("stream 0 does not say which default stream is meant: 1 or 2")
            if stream != _NO_WAITING:
                stream = LEGACY_STREAM if stream is None else stream
                driver.let_wait(stream)
                keep = _Lent(array, driver, stream)
        elif stream is not None:
            raise ValueError(f"memory of the processor has no stream {stream}")
        return dlpack.give(
            array.address, self.dtype, self.shape, own, keep, max_version, copied=bool(copy)
        )

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """CUDA's array interface, version 3; only for memory of a CUDA device."""
        if not isinstance(self.driver, CudaDriver):
            raise AttributeError("the array is in the memory of an emulated device")
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "data": (self.address if self.size else 0, False),
            "strides": None,
            "version": 3,
            "stream": self.driver.stream,
        }

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("the elements are on a device: a NumPy array of them is a copy")
        array = self.copy_to_host()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array without dimensions")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"DeviceArray({self.driver.name}, {self.dtype}, shape={self.shape})"


def to_device(array: Any, driver: Driver) -> DeviceArray:
    """Return a copy of a NumPy array, or of what makes one, on a device."""
    array = np.asarray(array)
    array = array if array.flags.c_contiguous else np.ascontiguousarray(array).reshape(array.shape)
    made = DeviceArray(driver, driver.allocate(max(array.nbytes, 1)), array.dtype, array.shape)
    if array.size:
        driver.copy_in(made.address, array)
    return made
