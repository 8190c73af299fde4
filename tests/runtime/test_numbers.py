"""Inputs of rank 0: what is taken without a conversion, and that every dtype arrives bit by bit."""

import enum

import numpy as np
import pytest

from lamina.runtime.abi import scalar_classes
from lamina.runtime.descriptor import DTYPES, VALUE_TYPES, ArraySpec, InputSpec, Signature

SAMPLES = {
    "bool": [False, True],
    "float16": [0.0, -1.5, 65504.0, 6e-8, np.inf, np.nan],
    "float32": [0.0, -1.5, 3e38, 1e-45, np.inf, np.nan],
    "float64": [0.0, -1.5, 1e308, 5e-324, np.inf, np.nan],
    "complex64": [0.0, -1.5 + 2.5j, complex(np.inf, -0.0), complex(0, np.nan)],
    "complex128": [0.0, -1.5 + 2.5j, 1e308 - 1e-308j, complex(np.nan, np.inf)],
}
for _name in DTYPES:
    if "int" in _name:
        SAMPLES[_name] = [0, 1, np.iinfo(_name).min, np.iinfo(_name).max]


def identity(*dtypes: str) -> str:
    """Each input becomes the output of its number."""
    inputs = ", ".join(f"{VALUE_TYPES[name]} %x{i}" for i, name in enumerate(dtypes))
    stores = "".join(
        f"""  %y{i} = call ptr @lamina_output(ptr %ctx, i64 {i}, ptr null)
  store {VALUE_TYPES[name]} %x{i}, ptr %y{i}, align 1
"""
        for i, name in enumerate(dtypes)
    )
    return f"""
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, {inputs}) {{
{stores}  ret i64 0
}}
"""


@pytest.fixture
def pass_through(make, converter):
    """pass_through(dtype, numbers) gives a function that returns its input, and its conversion."""

    def pass_through(dtype: str, numbers: str = "exact"):
        spec = InputSpec("x", dtype, (), numbers=numbers)
        signature = Signature((spec,), (ArraySpec(dtype, ()),))
        convert = converter(signature, ())
        return make(identity(dtype), signature, convert=convert), convert

    return pass_through


def same_bits(result, value, dtype: str) -> bool:
    expected = np.array(value, dtype)
    return (
        type(result) is np.ndarray
        and result.dtype == expected.dtype
        and result.shape == ()
        and result.tobytes() == expected.tobytes()
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_rank_0_and_scalars_arrive_unchanged(pass_through, dtype):
    f, _ = pass_through(dtype)
    for value in SAMPLES[dtype]:
        for kind in scalar_classes(dtype).values():
            assert same_bits(f(np.array(value, dtype)), value, dtype)
            assert same_bits(f(kind(value)), value, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_array_of_another_byte_order_is_converted(pass_through, dtype):
    f, convert = pass_through(dtype)
    value = SAMPLES[dtype][1]
    swapped = np.array(value, np.dtype(dtype).newbyteorder())
    assert same_bits(f(swapped), value, dtype)
    assert convert.asked == (np.dtype(dtype).itemsize > 1)


def test_an_unaligned_array_of_rank_0_arrives(pass_through):
    f, _ = pass_through("float64")
    unaligned = np.frombuffer(b"." + np.float64(1.25).tobytes(), np.float64, offset=1).reshape(())
    assert not unaligned.flags.aligned
    assert f(unaligned) == 1.25


def test_a_mixture_of_all_dtypes_keeps_registers_apart(make):
    dtypes = DTYPES * 2
    signature = Signature(
        tuple(InputSpec(None, name, ()) for name in dtypes),
        tuple(ArraySpec(name, ()) for name in dtypes),
        returns="list",
    )
    values = [np.array(SAMPLES[name][-1 - i % 2], name) for i, name in enumerate(dtypes)]
    results = make(identity(*dtypes), signature)(*values)
    assert all(
        same_bits(result, value, name)
        for result, value, name in zip(results, values, dtypes, strict=True)
    )


# What compiled calls take of Python's numbers without asking the conversion.
TAKEN = [
    ("bool", "exact", [True, False]),
    ("int8", "exact", [-128, 127]),
    ("uint8", "exact", [0, 255]),
    ("uint32", "exact", [0, (1 << 32) - 1]),
    ("int64", "exact", [-(1 << 63), (1 << 63) - 1]),
    ("uint64", "exact", [0, (1 << 63) - 1]),
    ("float32", "exact", [0.5, -0.0, np.inf, 1 << 24, -(1 << 24)]),
    ("float32", "rounded", [0.1, 1e300, (1 << 24) + 1]),
    ("float64", "exact", [0.1, -0.0, 3, -(1 << 63), (1 << 53) + 1]),
    ("complex128", "exact", [0.1 - 2j, 0.1, -7]),
]
ASKED = [
    ("int8", "exact", [True, np.int16(3)]),
    ("int64", "exact", [True, np.int8(3)]),
    ("uint64", "exact", [(1 << 64) - 1]),
    ("float16", "exact", [0.5, 1]),
    ("float32", "exact", [0.1, 1e300, (1 << 24) + 1, np.float64(0.5)]),
    ("float64", "exact", [1 << 63, True, np.float32(0.5)]),
    ("float64", "none", [0.5, 2, np.float64(0.5)]),
    ("complex64", "exact", [0.5, 1j]),
]


@pytest.mark.parametrize(("dtype", "numbers", "values"), TAKEN + ASKED)
def test_numbers_of_python_arrive(pass_through, dtype, numbers, values):
    f, _ = pass_through(dtype, numbers)
    for value in values:
        with np.errstate(over="ignore"):
            assert same_bits(f(value), value, dtype)


@pytest.mark.parametrize("make", ["compiled"], indirect=True)
@pytest.mark.parametrize(("dtype", "numbers", "values"), TAKEN)
def test_a_number_that_fits_needs_no_conversion(pass_through, dtype, numbers, values):
    f, convert = pass_through(dtype, numbers)
    for value in values:
        f(value)
    assert convert.asked == 0


@pytest.mark.parametrize("make", ["compiled"], indirect=True)
@pytest.mark.parametrize(("dtype", "numbers", "values"), ASKED)
def test_any_other_number_is_left_to_the_conversion(pass_through, dtype, numbers, values):
    f, convert = pass_through(dtype, numbers)
    for value in values:
        with np.errstate(over="ignore"):
            f(value)
    assert convert.asked == len(values)


class Colour(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize(
    "value",
    [None, "1", [], object(), 10**400, -(10**400), 1j, np.zeros(1), np.array(None), "x" * 1000,
     np.datetime64("now"), {}, float, np.array(["a"], object)],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["bool", "int64", "float64"])
def test_what_is_no_number_is_refused_by_the_conversion(pass_through, dtype, value):
    f, convert = pass_through(dtype)
    with pytest.raises((TypeError, ValueError, OverflowError)):
        f(value)
    assert convert.asked == 1


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_an_int_beyond_the_range_is_refused_by_the_conversion(pass_through, dtype):
    f, convert = pass_through(dtype)
    for value in (np.iinfo(dtype).min - 1, np.iinfo(dtype).max + 1, 1 << 70):
        with pytest.raises((TypeError, OverflowError)):
            f(value)
    assert convert.asked == 3


def test_subclasses_of_numbers_are_converted(pass_through):
    class Length(float):
        pass

    f, _ = pass_through("float64")
    assert f(Length(2.5)) == 2.5
    g, _ = pass_through("int64")
    assert g(Colour.RED) == 3
