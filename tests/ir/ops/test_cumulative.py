"""Running sums and products."""

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.ir.ops.cumulative import cumprod, cumsum


def test_cumulative_along_each_axis_and_of_views_agrees_with_numpy():
    x = pt.matrix("x")
    a = np.random.default_rng(0).normal(size=(3, 4))
    views = [lambda v: v, lambda v: v[::-1, ::2].T]
    cases = [(cumsum, np.cumsum), (cumprod, np.cumprod)]
    made = [
        (ours(view(x), axis), theirs(view(a), axis))
        for view in views
        for ours, theirs in cases
        for axis in (0, -1, None)
    ]
    found = lamina.function([x], [y for y, _ in made])(a)
    for ours, (_, theirs) in zip(found, made, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_small_integers_are_summed_as_int64():
    x = pt.bvector("x")
    y = lamina.function([x], cumsum(x))(np.full(3, 100, np.int8))
    assert y.dtype == "int64"
    np.testing.assert_array_equal(y, [100, 200, 300])
