"""Arrays of other libraries (torch, CuPy, JAX), taken where they are."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from lamina.runtime.cuda import dlpack
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.device_array import LEGACY_STREAM, DeviceArray
from lamina.runtime.cuda.driver import DeviceError, Driver

# Kernels read 16 bytes at once; allocators align to more, views need not.
ALIGNMENT = 16
_HOST = (dlpack.CPU, dlpack.CUDA_HOST)


class _Borrowed:
    """Memory of another library: its owner's stream waits for what is done here until it goes back.

    Otherwise the owner would give it to others while kernels still read it.
    """

    def __init__(self, driver: CudaDriver, owner: Any, stream: int) -> None:
        self.driver, self.owner, self.stream = driver, owner, stream

    def __del__(self) -> None:
        with contextlib.suppress(DeviceError):  # of a context that is lost
            self.driver.let_wait(self.stream)


def adopt(value: Any, driver: Driver) -> DeviceArray | None:
    """Return an array of the device without a copy; None for what is not on a device.

    Parameters
    ----------
    value : object
        A `DeviceArray`; what has ``__dlpack__`` or ``__cuda_array_interface__``; anything else.
    driver : Driver
        Work of its stream waits for what the array's owner has begun.

    Raises
    ------
    DeviceError
        If the array is on another device.
    TypeError, ValueError
        If its dtype is none of NumPy's, or its elements are not row-major without gaps.
    """
    if isinstance(value, DeviceArray):
        if value.driver is not driver:
            raise _elsewhere(value.driver.name, driver)
        return value
    if isinstance(value, (np.ndarray, np.generic, int, float, complex)):
        return None
    if hasattr(value, "__dlpack_device__"):
        kind, number = value.__dlpack_device__()
        return None if kind in _HOST else _from_dlpack(value, (int(kind), int(number)), driver)
    if hasattr(value, "__cuda_array_interface__"):
        return _from_interface(value, driver)
    return None


def _from_dlpack(value: Any, device: dlpack.Device, driver: Driver) -> DeviceArray:
    managed = device[0] == dlpack.CUDA_MANAGED
    if not isinstance(driver, CudaDriver) or (device != driver.dlpack_device and not managed):
        raise _elsewhere(_device_name(device), driver)
    try:
        capsule = value.__dlpack__(stream=driver.stream, max_version=(1, 0))
    except TypeError:  # a library of before DLPack 1.0
        capsule = value.__dlpack__(stream=driver.stream)
    taken = dlpack.Taken(capsule)
    if taken.dtype is None:
        raise TypeError(f"NumPy has no dtype for the elements of this {type(value).__name__}")
    if not taken.row_major:
        raise _with_gaps(value)
    # Which stream the owner works in is not told; the default one in all but rare cases.
    owner = _Borrowed(driver, taken, LEGACY_STREAM)
    return _aligned(driver, taken.address, taken.dtype, taken.shape, owner)


def _from_interface(value: Any, driver: Driver) -> DeviceArray:
    """https://numba.readthedocs.io/en/stable/cuda/cuda_array_interface.html, version 3."""
    interface = value.__cuda_array_interface__
    if interface.get("mask") is not None:
        raise TypeError("masked arrays are not taken")
    dtype, shape = np.dtype(interface["typestr"]), tuple(interface["shape"])
    address, _ = interface["data"]
    strides = interface.get("strides")
    if strides is not None:
        elements = tuple(s // dtype.itemsize for s in strides)
        if any(s % dtype.itemsize for s in strides) or not dlpack.is_row_major(shape, elements):
            raise _with_gaps(value)
    if not dtype.isnative:
        raise TypeError(f"dtype {dtype} is in foreign byte order")
    if not isinstance(driver, CudaDriver):
        raise _elsewhere("a CUDA device", driver)
    place = driver.device_of(address) if address else driver.device
    if place != driver.device:
        where = "no device" if place is None else f"CUDA device {place}"
        raise _elsewhere(where, driver)
    stream = interface.get("stream")
    if stream is not None:
        driver.wait_for(stream)
    owner = _Borrowed(driver, value, LEGACY_STREAM if stream is None else stream)
    return _aligned(driver, address, dtype, shape, owner)


def _aligned(
    driver: CudaDriver, address: int, dtype: np.dtype, shape: tuple[int, ...], owner: Any
) -> DeviceArray:
    array = DeviceArray(driver, address, dtype, shape, owner)
    return array.copy() if address % ALIGNMENT else array


def _device_name(device: dlpack.Device) -> str:
    known = {dlpack.CUDA: "CUDA device", 10: "ROCm device", 8: "Metal device"}
    return f"{known.get(device[0], f'a device of type {device[0]}, number')} {device[1]}"


def _elsewhere(where: str, driver: Driver) -> DeviceError:
    return DeviceError(
        f"the array is on {where}, and this is {driver.name}: copy it to the host first"
    )


def _with_gaps(value: Any) -> ValueError:
    return ValueError(
        f"the elements of this {type(value).__name__} are not row-major without gaps: "
        "make it contiguous first"
    )
