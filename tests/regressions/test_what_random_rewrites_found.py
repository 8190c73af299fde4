"""Programs, and choices of rewrites, that random ones have been reduced to, each wrong once."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.modes import get_mode

NOTHING = get_mode("FAST_RUN").excluding("canonicalize", "stabilize", "specialize")


@pytest.mark.parametrize("dtype", ["int32", "bool", "float64"])
def test_the_imaginary_part_of_what_is_real_has_its_dtype_without_rewrites_too(dtype):
    x = pt.tensor("x", dtype=dtype, shape=(None,))
    zero = lamina.function([x], pt.imag(x) + pt.imag(x), NOTHING)(np.ones(2, dtype))
    assert zero.dtype == dtype
    np.testing.assert_array_equal(zero, [0, 0])
