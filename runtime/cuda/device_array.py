"""Arrays in a device's memory."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.runtime.cuda.driver import Driver


class DeviceArray:
    """An array in a device's memory, row-major without gaps.

    Nothing copies its elements but `copy_to_host` and what asks for a NumPy array:
    ``numpy.asarray(x)``.

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
