"""Where CPython and NumPy keep what compiled code reads: probed on live objects, not assumed.

Machine code reads the fields of arrays, dtypes and numbers directly. None of these layouts has
changed from CPython 3.11 to 3.14 and NumPy 1.26 to 2.x, and each is compared here with what Python
itself says of odd objects. Where one differs `layout` raises, and calls go through ctypes
(`lamina.runtime.ctypes_call`). Reference counts are touched by Py_IncRef and Py_DecRef alone.
"""

from __future__ import annotations

import ctypes
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lamina.runtime.descriptor import DTYPES

CONTIGUOUS, ALIGNED, WRITEABLE = 0x1, 0x100, 0x400

# Slots of NumPy's C-API table; NumPy never renumbers them.
_ABI_VERSION, _NDARRAY, _NEW_FROM_DESCR, _SET_HANDLER = 0, 2, 94, 304


class AbiError(RuntimeError):
    """Compiled code cannot read this interpreter's objects."""


@dataclass(frozen=True)
class Layout:
    """Byte offsets from the start of an object."""

    head: int  # where the value of a number or NumPy scalar begins
    type: int
    data: int
    rank: int
    dims: int
    dtype: int
    flags: int
    byteorder: int  # of a dtype, as type_number
    type_number: int


@cache
def layout() -> Layout:
    """Return the checked layout.

    Raises
    ------
    AbiError
        Compiled code cannot read the objects of this interpreter.
    """
    if sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_void_p) != 8:
        raise AbiError("compiled calls need CPython on a machine of 64 bits")
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        # A cell's value is borrowed between reading and holding it; PyList_GetItemRef and a lock
        # around the commit of updates are what it takes without a GIL.
        raise AbiError("compiled calls rely on the GIL")
    head = object.__basicsize__
    word = ctypes.sizeof(ctypes.c_void_p)
    found = Layout(
        head=head,
        type=head - word,
        data=head,
        rank=head + 8,
        dims=head + 16,
        dtype=head + 40,
        flags=head + 48,
        byteorder=head + word + 2,
        type_number=head + word + 4,
    )
    _check_arrays(found)
    _check_numbers(found)
    return found


def type_numbers(dtype: str) -> tuple[int, ...]:
    """Return the numbers of all C types that are `dtype`: two of int, long and long long are."""
    return tuple(np.dtype(code).num for code in _codes(dtype))


@cache
def symbols() -> dict[str, int]:
    """Return the addresses that objects of the runtime refer to by name.

    ``lamina_type_T`` and ``lamina_scalar_D`` are classes, ``lamina_dtype_D`` dtypes,
    ``lamina_new_array`` is PyArray_NewFromDescr, ``lamina_set_memory_handler``
    PyDataMem_SetHandler; CPython's functions keep their names.
    """
    addresses = {f"lamina_type_{kind.__name__}": id(kind) for kind in _TYPES}
    addresses["lamina_True"] = id(True)
    addresses |= _numpy_functions()
    for dtype in DTYPES:
        addresses[f"lamina_dtype_{dtype}"] = id(_DTYPES[dtype])
        for name, kind in scalar_classes(dtype).items():
            addresses[name] = id(kind)
    for name in _C_API:
        addresses[name] = c_function(name)
    return addresses


def scalar_classes(dtype: str) -> dict[str, type]:
    """Return the classes of NumPy scalars that are `dtype`, by the symbols of their addresses."""
    kinds = dict.fromkeys(np.dtype(code).type for code in _codes(dtype))
    return {f"lamina_scalar_{dtype}_{number}": kind for number, kind in enumerate(kinds)}


def c_function(name: str) -> int:
    """Return the address of a function of CPython's C-API; AttributeError if there is none."""
    return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0


_TYPES = (np.ndarray, bool, int, float, complex, RuntimeError)
_DTYPES = {name: np.dtype(name) for name in DTYPES}
_C_API = (
    "PyCapsule_New",
    "PyErr_Clear",
    "PyErr_Fetch",
    "PyErr_NoMemory",
    "PyErr_Occurred",
    "PyErr_Restore",
    "PyErr_SetString",
    "PyList_GetItem",
    "PyList_New",
    "PyList_SetItem",
    "PyLong_AsLongLongAndOverflow",
    "PyObject_CallFunction",
    "PyObject_Vectorcall",
    "Py_DecRef",
    "Py_IncRef",
)


def _codes(dtype: str) -> list[str]:
    return [code for code in "?bhilqBHILQefdgFDG" if np.dtype(code) == dtype]


@cache
def c_api_table() -> tuple[int, int]:
    """Return the address of NumPy's C-API table and the first number of its ABI's version.

    Raises
    ------
    AbiError
        The table has an unknown form.
    """
    numpy_core = sys.modules.get("numpy._core._multiarray_umath")
    numpy_core = numpy_core or sys.modules["numpy.core._multiarray_umath"]  # NumPy 1
    pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    table = pointer(("PyCapsule_GetPointer", ctypes.pythonapi))(numpy_core._ARRAY_API, None)
    version = ctypes.PYFUNCTYPE(ctypes.c_uint)(_word(table + 8 * _ABI_VERSION))() >> 24
    if version not in (1, 2) or _word(table + 8 * _NDARRAY) != id(np.ndarray):
        raise AbiError(f"NumPy's C-API table has an unknown form (version {version})")
    return table, version


def _numpy_functions() -> dict[str, int]:
    table, _ = c_api_table()
    found = {
        "lamina_new_array": _word(table + 8 * _NEW_FROM_DESCR),
        "lamina_set_memory_handler": _word(table + 8 * _SET_HANDLER),
    }
    _check_new_array(found["lamina_new_array"])
    _check_set_handler(found["lamina_set_memory_handler"])
    return found


def _check_new_array(address: int) -> None:
    pointer = ctypes.c_void_p
    new = ctypes.PYFUNCTYPE(
        ctypes.py_object, pointer, pointer, ctypes.c_int, pointer, pointer, pointer, ctypes.c_int,
        pointer,
    )(address)  # fmt: skip
    dtype = _DTYPES["int16"]
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(dtype))  # the call takes a reference away
    dims = (ctypes.c_ssize_t * 2)(3, 5)
    made = new(id(np.ndarray), id(dtype), 2, ctypes.addressof(dims), None, None, 0, None)
    _agree("a new array", (type(made), made.shape, made.dtype), (np.ndarray, (3, 5), dtype))


def _check_set_handler(address: int) -> None:
    set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p)(address)
    former = set_handler(None)  # NumPy's own
    own = set_handler(id(former))
    named = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(
        ("PyCapsule_IsValid", ctypes.pythonapi)
    )
    _agree("a memory handler", (named(former, b"mem_handler"), named(own, b"mem_handler")), (1, 1))


def _check_arrays(at: Layout) -> None:
    odd = (
        np.zeros((3, 5, 7), np.float32)[:, ::2],
        np.zeros((), np.complex64),
        np.zeros((2, 0), np.int64),
        np.zeros((4, 3), ">f8").T,
        np.zeros((2, 2), "<f8").T,
        np.frombuffer(b"12345678", np.uint16),
    )
    for array in odd:
        start = id(array)
        dims = _word(start + at.dims)
        dtype = _word(start + at.dtype)
        read = (
            _word(start + at.type),
            _word(start + at.data),
            _int32(start + at.rank),
            tuple(_word(dims + 8 * axis) for axis in range(array.ndim)),
            dtype,
            _int32(start + at.flags),
            _int32(id(array.dtype) + at.type_number),
            chr(_bytes(id(array.dtype) + at.byteorder, 1)[0]),
        )
        _agree("an array", read, (
            id(np.ndarray), array.ctypes.data, array.ndim, array.shape, id(array.dtype),
            array.flags.num, array.dtype.num, array.dtype.byteorder,
        ))  # fmt: skip


def _check_numbers(at: Layout) -> None:
    numbers: list[Any] = [-1.25, 1.5 - 2.5j]
    numbers += [kind(3) for dtype in DTYPES for kind in scalar_classes(dtype).values()]
    for number in numbers:
        value = np.asarray(number).tobytes()
        read = (_word(id(number) + at.type), _bytes(id(number) + at.head, len(value)))
        _agree(f"a {type(number).__name__}", read, (id(type(number)), value))


def _agree(what: str, read: object, true: object) -> None:
    if read != true:
        raise AbiError(f"{what} has an unknown layout: {read} was read for {true}")


def _word(address: int) -> int:
    return ctypes.c_size_t.from_address(address).value


def _int32(address: int) -> int:
    return ctypes.c_int32.from_address(address).value


def _bytes(address: int, length: int) -> bytes:
    return ctypes.string_at(address, length)
