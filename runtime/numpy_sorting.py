"""NumPy's own sorting functions, by address, so that compiled code sorts as NumPy does: to the same
order, ties included, and at the same speed.

They stand in a table of functions that each dtype has (PyArray_ArrFuncs). Each is tried on its
first use; where it is not found, or does not do what numpy.sort does, a function that calls
numpy.sort takes its place.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from lamina.runtime.abi import c_api_table, layout

PREFIXES = ("numpy_sort_", "numpy_argsort_")
KINDS = ("quicksort", "heapsort", "stable")

_SORT = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_void_p)
_ARGSORT = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_void_p
)

# Places in a dtype's table, which begins with casts to 21 dtypes and 12 functions besides.
_FIRST_SORT, _FIRST_ARGSORT = 33, 36

# NumPy 2 gives the table by this slot of its C-API; NumPy 1 has it in the dtype, so far from the
# end of its head.
_GET_TABLE, _TABLE_IN_DTYPE = 365, 48
_NEW_FROM_DESCR = 94

# Python functions that C code calls must not end.
_substitutes: list[Any] = []


@cache
def sorting_function(name: str) -> int:
    """The address of a function that sorts.

    Parameters
    ----------
    name : str
        ``numpy_sort_D_K`` is ``int (void *x, intptr_t n, void *unused)``, which sorts n elements of
        dtype D in place; ``numpy_argsort_D_K`` is
        ``int (void *x, intptr_t *order, intptr_t n, void *unused)``, which sorts n numbers of
        elements. K is quicksort, heapsort or stable. Elements are aligned. The GIL must be held.
        Not 0 means that there is no memory.
    """
    sorts = name.startswith(PREFIXES[0])
    dtype_name, _, kind = name.removeprefix(PREFIXES[not sorts]).partition("_")
    dtype = np.dtype(dtype_name)
    place = (_FIRST_SORT if sorts else _FIRST_ARGSORT) + KINDS.index(kind)
    address = _in_table(dtype, place)
    if address and (_sorts if sorts else _argsorts)(address, dtype, kind):
        return address
    made = _SORT(_python_sort(dtype, kind)) if sorts else _ARGSORT(_python_argsort(dtype, kind))
    _substitutes.append(made)
    return ctypes.cast(made, ctypes.c_void_p).value or 0


def _in_table(dtype: np.dtype, place: int) -> int:
    """A function of a dtype's table, if it is a function of NumPy's."""
    try:
        table, version = c_api_table()
        if version == 2:
            get = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(_word(table + 8 * _GET_TABLE))
            functions = get(id(dtype))
        else:
            functions = _word(id(dtype) + layout().head + _TABLE_IN_DTYPE)
        address = _word((functions or 0) + 8 * place) if functions else 0
        # the table's own functions are NumPy's, too
        own = _library(_word(table + 8 * _NEW_FROM_DESCR))
    except (AttributeError, RuntimeError):
        return 0
    return address if own and address and _library(address) == own else 0


class _Found(ctypes.Structure):
    _fields_ = [
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    ]


def _library(address: int) -> int:
    """Where the library begins to which an address belongs; 0 if to none."""
    found = _Found()
    known = ctypes.pythonapi.dladdr(ctypes.c_void_p(address), ctypes.byref(found))
    return (found.base or 0) if known else 0


def _word(address: int) -> int:
    return ctypes.c_size_t.from_address(address).value


def _samples(dtype: np.dtype) -> list[np.ndarray]:
    """Arrays with ties, of lengths that take different ways through a sort, and NaN."""
    samples = []
    for n in (1, 7, 100, 1000):
        x: Any = (np.arange(n) * 7919 % 1013 % 97).astype(dtype)
        if dtype.kind in "fc":
            x[::13] = np.nan
            x[::11] = -x[::11]
        if dtype.kind == "c":
            x.imag[::3] = 5
            x.imag[::17] = np.nan
        samples.append(x)
    return samples


def _sorts(address: int, dtype: np.dtype, kind: Any) -> bool:
    sort = _SORT(address)
    for x in _samples(dtype):
        expected = np.sort(x, kind=kind)
        if sort(x.ctypes.data, len(x), None) or x.tobytes() != expected.tobytes():
            return False
    return True


def _argsorts(address: int, dtype: np.dtype, kind: Any) -> bool:
    argsort = _ARGSORT(address)
    for x in _samples(dtype):
        order = np.arange(len(x), dtype=np.intp)
        failed = argsort(x.ctypes.data, order.ctypes.data, len(x), None)
        if failed or not np.array_equal(order, np.argsort(x, kind=kind)):
            return False
    return True


def _array(address: int, n: int, dtype: np.dtype) -> np.ndarray:
    memory: Any = (ctypes.c_byte * (n * dtype.itemsize)).from_address(address)
    return np.frombuffer(memory, dtype)


def _python_sort(dtype: np.dtype, kind: Any) -> Any:
    def sort(x: int, n: int, unused: object) -> int:
        if n:
            _array(x, n, dtype).sort(kind=kind)
        return 0

    return sort


def _python_argsort(dtype: np.dtype, kind: Any) -> Any:
    def argsort(x: int, order: int, n: int, unused: object) -> int:
        if n:
            numbers = _array(order, n, np.dtype(np.intp))
            numbers[:] = numbers[_array(x, n, dtype)[numbers].argsort(kind=kind)]
        return 0

    return argsort
