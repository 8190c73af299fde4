import ctypes
from dataclasses import fields, replace

import numpy as np
import pytest

from lamina.runtime import abi
from lamina.runtime.descriptor import DTYPES


@pytest.mark.parametrize("field", [field.name for field in fields(abi.Layout)])
def test_the_probe_notices_each_offset_that_is_wrong(field):
    right = abi.layout()
    wrong = replace(right, **{field: getattr(right, field) + 8})
    with pytest.raises(abi.AbiError, match="unknown layout"):
        abi._check_arrays(wrong)
        abi._check_numbers(wrong)


def test_types_that_are_the_same_integers_are_all_counted():
    numbers = {np.dtype(code).num for code in "bhilq"}
    assert {n for name in DTYPES if name.startswith("int") for n in abi.type_numbers(name)} == (
        numbers
    )
    eight_bytes = [code for code in "lq" if np.dtype(code).itemsize == 8]
    assert set(abi.type_numbers("int64")) == {np.dtype(code).num for code in eight_bytes}
    classes = set(abi.scalar_classes("int64").values())
    assert classes == {np.dtype(code).type for code in eight_bytes}


def test_every_symbol_has_an_address():
    assert 0 not in abi.symbols().values()
    assert abi.symbols()["lamina_dtype_float16"] == id(np.dtype("float16"))
    assert abi.symbols()["lamina_scalar_float64_0"] == id(np.float64)


def test_the_address_of_a_c_function_calls_it():
    address = abi.c_function("PyLong_AsLongLongAndOverflow")
    overflow = ctypes.c_int()
    read = ctypes.PYFUNCTYPE(ctypes.c_longlong, ctypes.py_object, ctypes.c_void_p)(address)
    assert read(-5, ctypes.addressof(overflow)) == -5
    assert read(1 << 64, ctypes.addressof(overflow)) == -1
    assert overflow.value == 1
