"""The host function's memory: what is too large fails, whatever tells how large it is."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt

# 2**18 rows of so many elements of 8 bytes have 2**64 bytes.
HUGE = 1 << 43


def corner(rows):
    """A number that needs an array of `rows` rows, in memory."""
    x = pt.vector("x", dtype="int8")
    made = pt.cumsum(pt.zeros((rows(x), HUGE)) + x[0], axis=0)
    return lamina.function([x], made[0, :3].sum())


@pytest.mark.parametrize(
    "rows",
    [lambda x: x.shape[0], lambda x: 1 << 18, lambda x: x.shape[0] + pt.cast(x[1], "int64")],
    ids=["an argument's length", "a constant", "a computed length"],
)
def test_scratch_memory_beyond_64_bits_is_refused(rows):
    function = corner(rows)
    with pytest.raises(MemoryError):
        function(np.zeros(1 << 18, "int8"))


def test_lengths_whose_product_is_beyond_64_bits_can_be_stated():
    n = pt.lscalar("n")
    function = lamina.function([n], (pt.zeros((n, HUGE, HUGE)) + 1)[:, 0, 0])
    assert function(0).shape == (0,)
