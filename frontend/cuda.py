"""Arrays on a GPU: what functions of mode CUDA take and return.

>>> import numpy as np
>>> import lamina, lamina.tensor as pt
>>> x = pt.vector("x")
>>> f = lamina.function([x], pt.exp(x).sum(), mode="CUDA-EMU")
>>> y = f(np.zeros(3))  # a copy to the device, and a result on it
>>> np.asarray(y)  # a copy back
array(3.)

"CUDA-EMU" names a GPU that is emulated on the processor: the same kernels and the same host code,
with every access to memory checked; "CUDA" the first device that the driver has.
"""

from __future__ import annotations

from typing import Any

from lamina.compile.device_function import driver
from lamina.runtime.cuda import device_array, exchange
from lamina.runtime.cuda.device_array import DeviceArray
from lamina.runtime.cuda.driver import DeviceError, MemoryInfo

__all__ = [
    "DeviceArray", "DeviceError", "from_dlpack", "is_available", "memory_info", "to_device",
]  # fmt: skip


def to_device(array: Any, device: str = "cuda") -> DeviceArray:
    """Copy an array to a device.

    Parameters
    ----------
    array : array_like
    device : str
        "cuda" or "cuda-emu".

    Raises
    ------
    DeviceError
        There is no such device, or no memory on it.
    """
    return device_array.to_device(array, driver(device.lower()))


def from_dlpack(array: Any, device: str = "cuda") -> DeviceArray:
    """Take an array of another library where it is: PyTorch's, CuPy's, JAX's.

    Parameters
    ----------
    array : object
        With ``__dlpack__`` or ``__cuda_array_interface__``. What is on the host is copied to the
        device.
    device : str
        "cuda" or "cuda-emu".

    Raises
    ------
    DeviceError
        The array is on another device.
    TypeError, ValueError
        NumPy has no dtype for it, or its elements are not row-major without gaps.
    """
    there = driver(device.lower())
    found = exchange.adopt(array, there)
    return device_array.to_device(array, there) if found is None else found


def is_available(device: str = "cuda") -> bool:
    """Whether there is such a device."""
    try:
        driver(device.lower())
    except DeviceError:
        return False
    return True


def memory_info(device: str = "cuda") -> MemoryInfo:
    """The bytes of memory that a device has free, and has."""
    return driver(device.lower()).memory_info()
