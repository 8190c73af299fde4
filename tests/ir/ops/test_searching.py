"""Where values belong in a sorted vector."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
V = RNG.integers(-3, 12, (4, 5))


def _with_nan(x, dtype):
    x = x.astype(dtype)
    if x.dtype.kind in "fc":
        x.flat[::4] = np.nan
    if x.dtype.kind == "c":
        x.imag = RNG.integers(0, 3, x.shape)
        x.imag.flat[::3] = np.nan
    return x


FORMS = {s: lambda m, x, v, s=s: m.searchsorted(x, v, s) for s in ("left", "right")}


@pytest.mark.parametrize("dtype", ["float64", "float16", "complex128", "int8", "uint64", "bool"])
def test_places_are_numpys_with_nan_after_all_numbers(dtype):
    x = np.sort(_with_nan(RNG.integers(0, 9, 30), dtype))
    v = _with_nan(np.abs(V), dtype)
    agree(FORMS, [x, v], [x[:1], v], [x[:0], v], [x, v[:0]])


def test_dtypes_that_differ_are_compared_in_their_common_one():
    forms = {
        "a scalar": lambda m, x, v: m.searchsorted(x, 2.5),
        "of another dtype": lambda m, x, v: m.searchsorted(x, v, side="right"),
        "with an order": lambda m, x, v: m.searchsorted(x[::-1], v[0], sorter=np.arange(9, -1, -1)),
        "unsorted but ordered": lambda m, x, v: m.searchsorted(
            m.take(x, np.array([3, 1, 2])), v, sorter=np.array([1, 2, 0])
        ),
        "digits": lambda m, x, v: m.digitize(v, x),
        "digits on the right": lambda m, x, v: m.digitize(v, x, right=True),
        "digits of descending bounds": lambda m, x, v: m.digitize(v, x[::-1]),
        "digits right of descending bounds": lambda m, x, v: m.digitize(v, x[::-1], True),
    }
    x = np.sort(RNG.integers(0, 9, 10)).astype("int8")
    agree(forms, [x, V + 0.5], [x, V * 1.0])
    assert not static_shapes(forms, x, V)


def test_what_cannot_be_searched_in_is_refused():
    with pytest.raises(ValueError, match="takes a vector"):
        pt.searchsorted(pt.matrix(), 1)
    with pytest.raises(ValueError, match="'left' or 'right'"):
        pt.searchsorted(pt.vector(), 1, "middle")
    with pytest.raises(TypeError, match="sorter must only contain integers"):
        pt.searchsorted(pt.vector(), 1, sorter=pt.vector())
    with pytest.raises(ValueError, match="sorter must be a vector"):
        pt.searchsorted(pt.vector(), 1, sorter=pt.lmatrix())
    with pytest.raises(TypeError, match="may not be complex"):
        pt.digitize(pt.zvector(), pt.vector())


def test_bounds_in_no_order_are_found_when_the_function_runs():
    x, bins = pt.vectors("x", "bins")
    f = lamina.function([x, bins], pt.digitize(x, bins))
    np.testing.assert_array_equal(f([1.5], [2.0, 1.0]), [1])
    with pytest.raises(ValueError, match="bins must be monotonically increasing or decreasing"):
        f([1.5], [2.0, 1.0, 3.0])
