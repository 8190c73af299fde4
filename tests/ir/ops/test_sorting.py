"""Sorted arrays, and the orders that sort them."""

import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import grad, verify_grad
from lamina.runtime.descriptor import DTYPES
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
X = RNG.integers(0, 9, (3, 2, 40)) - 4


def _sample(dtype):
    """Numbers that tie, with NaN where there is one."""
    x = X.astype(dtype)
    if x.dtype.kind in "fc":
        x[RNG.random(x.shape) < 0.1] = np.nan
        x[RNG.random(x.shape) < 0.1] = -np.inf
    if x.dtype.kind == "c":
        x.imag = RNG.integers(0, 3, x.shape)
        x.imag[RNG.random(x.shape) < 0.1] = np.nan
    return x


FORMS = {
    f"{name} {kind} {axis}": lambda m, x, f=name, k=kind, a=axis: getattr(m, f)(x, a, kind=k)
    for name in ("sort", "argsort")
    for kind, axis in ((None, -1), ("stable", 0), ("mergesort", None), ("heapsort", 1))
}


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_sorted_as_by_numpy_with_ties_in_the_same_order(dtype):
    x = _sample(dtype)
    agree(FORMS, [x], [x[:, :, ::2]], [x[:, :0]])


def test_views_are_sorted_and_lexsort_takes_the_last_key_first():
    forms = {
        "of a view": lambda m, x: m.sort(x[::-1, :, ::3].T, 0),
        "places of a view": lambda m, x: m.argsort(x[::-1, :, ::3].T, 0, kind="stable"),
        "keys in a list": lambda m, x: m.lexsort([x[0, 0], x[1, 0], x[2, 1]]),
        "keys of more dimensions": lambda m, x: m.lexsort(x, axis=0),
        "no key": (lambda x: pt.lexsort(x[:0, 0]), lambda x: np.arange(x.shape[2])),
    }
    agree(forms, [_sample("float64")], [_sample("float64")[:, :, :1]])
    assert not static_shapes(forms | FORMS, X)


def test_sorting_of_what_has_no_such_axis_or_kind_is_refused():
    for function in (pt.sort, pt.argsort):
        with pytest.raises(np.exceptions.AxisError):
            function(pt.vector(), 1)
        with pytest.raises(ValueError, match="got 'bubble'"):
            function(pt.vector(), kind="bubble")
        with pytest.raises(ValueError, match="two names of one parameter"):
            function(pt.vector(), kind="stable", stable=True)
        with pytest.raises(ValueError, match="structured"):
            function(pt.vector(), order="field")


def test_gradients_go_back_to_where_elements_came_from():
    x = RNG.permutation(12).reshape(4, 3) / 7.0
    for axis in (0, -1, None):
        verify_grad(lambda x, axis=axis: pt.sort(x, axis), [x])
    verify_grad(lambda x: grad((pt.sort(x, 0) ** 3)[0].sum(), x), [x], eps=1e-5)


def test_long_rows_are_in_numpys_order():
    x = RNG.integers(0, 50, (100, 1000)).astype(float)
    agree({"argsort": lambda m, x: m.argsort(x), "sort": lambda m, x: m.sort(x)}, [x])
