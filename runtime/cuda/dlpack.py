"""DLPack's structures in capsules, as C libraries exchange arrays.

https://dmlc.github.io/dlpack/latest/c_api.html and the array API's `__dlpack__`.
"""

from __future__ import annotations

import ctypes
import math
from ctypes import (
    POINTER,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
    py_object,
)
from typing import Any

import numpy as np

CPU, CUDA, CUDA_HOST, CUDA_MANAGED = 1, 2, 3, 13
_VERSION = (1, 0)
_COPIED = 2  # a flag
_CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 6}
_KINDS = {code: kind for kind, code in _CODES.items()}

Device = tuple[int, int]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", c_void_p),
        ("device_type", c_int32),
        ("device_id", c_int32),
        ("ndim", c_int32),
        ("code", c_uint8),
        ("bits", c_uint8),
        ("lanes", c_uint16),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("byte_offset", c_uint64),
    ]


class _Managed(ctypes.Structure):
    _fields_ = [("tensor", _Tensor), ("context", c_void_p), ("deleter", c_void_p)]


class _Versioned(ctypes.Structure):
    _fields_ = [
        ("major", c_uint32),
        ("minor", c_uint32),
        ("context", c_void_p),
        ("deleter", c_void_p),
        ("flags", c_uint64),
        ("tensor", _Tensor),
    ]


_NAMES = {b"dltensor": _Managed, b"dltensor_versioned": _Versioned}
_USED = {name: b"used_" + name for name in _NAMES}
_DELETER = ctypes.CFUNCTYPE(None, c_void_p)


def _python(name: str, result: Any, *types: Any) -> Any:
    return ctypes.PYFUNCTYPE(result, *types)((name, ctypes.pythonapi))


_new = _python("PyCapsule_New", py_object, c_void_p, c_char_p, c_void_p)
_name = _python("PyCapsule_GetName", c_char_p, py_object)
_set_name = _python("PyCapsule_SetName", c_int, py_object, c_char_p)
_pointer = _python("PyCapsule_GetPointer", c_void_p, py_object, c_char_p)
# In a destructor, where a reference to the capsule would bring it back to life.
_dying_name = _python("PyCapsule_GetName", c_char_p, c_void_p)
_dying_pointer = _python("PyCapsule_GetPointer", c_void_p, c_void_p, c_char_p)

# What has been given away, by the address of its structure, until its deleter is called.
_given: dict[int, tuple[Any, ...]] = {}


@_DELETER
def _forget(place: int) -> None:
    _given.pop(place, None)


@ctypes.PYFUNCTYPE(None, c_void_p)
def _destroy(capsule: int) -> None:
    name = _dying_name(capsule)
    if name in _NAMES:  # nobody has taken what is in it
        _forget(_dying_pointer(capsule, name))


def give(
    address: int,
    dtype: np.dtype,
    shape: tuple[int, ...],
    device: Device,
    keep: Any,
    max_version: tuple[int, int] | None = None,
    *,
    copied: bool = False,
) -> Any:
    """Return a capsule of a row-major array.

    Parameters
    ----------
    address : int
    dtype : numpy.dtype
    shape : tuple of int
    device : tuple of int
        Its type and number.
    keep : object
        What owns the memory; it is held until the consumer is done.
    max_version : tuple of int, optional
        The newest DLPack that the consumer knows; without it, the structure is the one before 1.0.
    copied : bool
        Whether the consumer alone has the memory.
    """
    if dtype.kind not in _CODES or not dtype.isnative:
        raise BufferError(f"DLPack has no dtype {dtype}")
    versioned = max_version is not None and max_version[0] >= _VERSION[0]
    name = b"dltensor_versioned" if versioned else b"dltensor"
    lengths = (c_int64 * len(shape))(*shape)
    strides = (c_int64 * len(shape))(*row_major(shape))
    managed = _NAMES[name]()
    managed.deleter = ctypes.cast(_forget, c_void_p).value
    if isinstance(managed, _Versioned):
        managed.major, managed.minor = _VERSION
        managed.flags = _COPIED if copied else 0
    tensor = managed.tensor
    tensor.data, tensor.ndim = address, len(shape)
    tensor.device_type, tensor.device_id = device
    tensor.code, tensor.bits, tensor.lanes = _CODES[dtype.kind], 8 * dtype.itemsize, 1
    tensor.shape = ctypes.cast(lengths, POINTER(c_int64))
    tensor.strides = ctypes.cast(strides, POINTER(c_int64))
    place = ctypes.addressof(managed)
    _given[place] = (managed, lengths, strides, keep)
    return _new(place, name, ctypes.cast(_destroy, c_void_p))


class Taken:
    """The array of a capsule; its owner gets it back when this object is gone."""

    def __init__(self, capsule: Any) -> None:
        name = _name(capsule) if type(capsule).__name__ == "PyCapsule" else None
        if name not in _NAMES:
            raise TypeError(f"{name or type(capsule).__name__} is no DLPack capsule, or used up")
        place = _pointer(capsule, name)
        managed = _NAMES[name].from_address(place)
        if isinstance(managed, _Versioned) and managed.major > _VERSION[0]:
            raise BufferError(f"DLPack {managed.major}.{managed.minor} is newer than {_VERSION}")
        self._place, self._deleter = place, managed.deleter
        _set_name(capsule, _USED[name])
        tensor = managed.tensor
        self.device = tensor.device_type, tensor.device_id
        self.address = (tensor.data or 0) + tensor.byte_offset
        self.shape = tuple(tensor.shape[: tensor.ndim])
        strides = tuple(tensor.strides[: tensor.ndim]) if tensor.strides else row_major(self.shape)
        self.row_major = is_row_major(self.shape, strides)
        self.dtype = _dtype(tensor.code, tensor.bits, tensor.lanes)

    def __del__(self) -> None:
        if getattr(self, "_deleter", None):
            _DELETER(self._deleter)(self._place)


def _dtype(code: int, bits: int, lanes: int) -> np.dtype | None:
    """The dtype, or None if NumPy has none: bfloat16, vectors."""
    try:
        return np.dtype(f"{_KINDS[code]}{bits // 8}") if lanes == 1 and bits % 8 == 0 else None
    except (KeyError, TypeError):
        return None


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides, in elements, of an array without gaps."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def is_row_major(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether an array has no gaps; strides along axes of length 1 do not matter."""
    if 0 in shape:
        return True
    pairs = zip(shape, strides, row_major(shape), strict=True)
    return all(n == 1 or own == other for n, own, other in pairs)
