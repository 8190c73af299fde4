"""NumPy's sorting functions, by address."""

import ctypes

import numpy as np
import pytest

from lamina.runtime import numpy_sorting
from lamina.runtime.descriptor import DTYPES
from lamina.runtime.symbols import resolve

X = np.random.default_rng(0).integers(0, 100, 500)


def _sorted(address: int, x: np.ndarray) -> np.ndarray:
    y = x.copy()
    assert numpy_sorting._SORT(address)(y.ctypes.data, len(y), None) == 0
    return y


def _order(address: int, x: np.ndarray) -> np.ndarray:
    order = np.arange(len(x))
    assert numpy_sorting._ARGSORT(address)(x.ctypes.data, order.ctypes.data, len(x), None) == 0
    return order


@pytest.mark.parametrize("kind", numpy_sorting.KINDS)
def test_functions_of_every_dtype_sort_as_numpy_does(kind):
    for dtype in DTYPES:
        x = X.astype(dtype)
        names = [f"{prefix}{dtype}_{kind}" for prefix in numpy_sorting.PREFIXES]
        addresses = resolve(names, None)
        np.testing.assert_array_equal(_sorted(addresses[names[0]], x), np.sort(x, kind=kind))
        np.testing.assert_array_equal(_order(addresses[names[1]], x), np.argsort(x, kind=kind))


def test_quicksort_and_stable_sorts_are_numpys_own_functions():
    before = len(numpy_sorting._substitutes)
    for dtype in DTYPES:
        for prefix in numpy_sorting.PREFIXES:
            numpy_sorting.sorting_function(f"{prefix}{dtype}_quicksort")
            numpy_sorting.sorting_function(f"{prefix}{dtype}_stable")
    assert len(numpy_sorting._substitutes) == before


def test_where_numpys_functions_are_not_found_python_sorts(monkeypatch):
    monkeypatch.setattr(numpy_sorting, "_in_table", lambda dtype, place: 0)
    find = numpy_sorting.sorting_function.__wrapped__
    x = X.astype("float32")
    x[::7] = np.nan
    np.testing.assert_array_equal(_sorted(find("numpy_sort_float32_stable"), x), np.sort(x))
    expected = np.argsort(x, kind="stable")
    np.testing.assert_array_equal(_order(find("numpy_argsort_float32_stable"), x), expected)
    assert _sorted(find("numpy_sort_float32_quicksort"), x[:0]).size == 0


def test_a_function_that_sorts_otherwise_is_not_taken(monkeypatch):
    descending = numpy_sorting._SORT(
        lambda x, n, unused: numpy_sorting._array(x, n, np.dtype("int64"))[::-1].sort() or 0
    )
    wrong = ctypes.cast(descending, ctypes.c_void_p).value
    monkeypatch.setattr(numpy_sorting, "_in_table", lambda dtype, place: wrong)
    find = numpy_sorting.sorting_function.__wrapped__
    assert find("numpy_sort_int64_stable") != wrong
