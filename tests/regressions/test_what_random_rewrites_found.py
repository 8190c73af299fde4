"""Programs, and choices of rewrites, that random ones have been reduced to, each wrong once."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.modes import get_mode
from lamina.graph import vectorize_graph

NOTHING = get_mode("FAST_RUN").excluding("canonicalize", "stabilize", "specialize")


@pytest.mark.parametrize("dtype", ["int32", "bool", "float64"])
def test_the_imaginary_part_of_what_is_real_has_its_dtype_without_rewrites_too(dtype):
    x = pt.tensor("x", dtype=dtype, shape=(None,))
    zero = lamina.function([x], pt.imag(x) + pt.imag(x), NOTHING)(np.ones(2, dtype))
    assert zero.dtype == dtype
    np.testing.assert_array_equal(zero, [0, 0])


def test_a_length_that_a_reshape_makes_one_broadcasts_in_a_batch_too():
    x, y = pt.vector("x"), pt.vector("y")
    xs, ys = pt.matrix("xs"), pt.matrix("ys")
    table = vectorize_graph(pt.reshape(x, (x.shape[0], 1)) * y, {x: xs, y: ys})
    a, b = np.arange(6.0).reshape(2, 3), np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(table.eval({xs: a, ys: b}), a[:, :, None] * b[:, None, :])
