"""Ranges that were wrong once."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt

n = pt.lscalar("n")


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_a_range_of_complex_numbers_ends_where_its_real_part_does(mode):
    ranges = [pt.arange(n, dtype="complex64"), pt.arange(n, 0, -2, dtype="complex128")]
    f = lamina.function([n], [*ranges, pt.arange(3, dtype="complex64")], mode=mode)
    for length in (0, 5):
        up, down, three = f(length)
        np.testing.assert_array_equal(up, np.arange(length).astype("complex64"), strict=True)
        np.testing.assert_array_equal(down, np.arange(length, 0, -2).astype("complex128"))
        np.testing.assert_array_equal(three, np.arange(3).astype("complex64"), strict=True)


def test_a_long_range_of_float16_is_rounded_once():
    y = pt.arange(pt.constant(2.0), pt.cast(n, "float64"), pt.constant(3.0), dtype="float16")
    found = lamina.function([n], y)(3000)
    np.testing.assert_array_equal(found, np.arange(2.0, 3000.0, 3.0).astype("float16"), strict=True)
