"""The elements of an array that differ."""

import itertools

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree

RNG = np.random.default_rng(0)
X = RNG.integers(0, 4, (6, 2, 3))
RETURNS = list(itertools.product((False, True), repeat=3))
FORMS = {
    f"{returns} {axis}": lambda m, x, r=returns, a=axis: m.unique(x, *r, axis=a)
    for axis in (None, 0, -1, 1)
    for returns in RETURNS
}


@pytest.mark.parametrize("dtype", ["float64", "int8", "bool", "complex64", "float16"])
def test_unique_elements_and_parts_are_numpys(dtype):
    x = X.astype(dtype)
    if x.dtype.kind == "c":
        x.imag = RNG.integers(0, 2, x.shape)
    forms = FORMS if dtype == "float64" else {k: FORMS[k] for k in list(FORMS)[::3]}
    of_nothing = {k: f for k, f in forms.items() if "0" in k or "None" in k}
    agree(of_nothing, [x], [np.repeat(x, 2, 0)], [x[:1]], [x[:0]])
    agree({k: forms[k] for k in forms.keys() - of_nothing}, [x], [np.repeat(x, 2, 0)], [x[:1]])


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_nan_is_one_element_unless_it_is_asked_to_differ(dtype):
    x = X.astype(dtype)
    x[::2, 0] = np.nan
    forms = {
        f"{returns} {equal} {axis}": lambda m, x, r=returns, e=equal, a=axis: m.unique(
            x, *r, axis=a, equal_nan=e
        )
        for returns in RETURNS[:-1:3]
        for equal in (False, True)
        for axis in (None, 0)
    }
    agree(forms, [x])


def test_an_axis_out_of_range_is_refused():
    with pytest.raises(np.exceptions.AxisError):
        pt.unique(pt.matrix(), axis=2)


def test_how_many_there_are_is_known_when_the_function_runs():
    x = pt.vector("x")
    f = lamina.function([x], pt.unique(x).shape)
    assert [int(f(v)[0]) for v in ([1, 1, 1], [3, 1, 2], [])] == [1, 3, 0]


def test_the_gradient_of_unique_elements_goes_to_one_that_was_taken():
    verify_grad(lambda x: pt.unique(x) ** 2, [RNG.permutation(6) / 7.0])
    x = pt.vector("x")
    total = lamina.function([x], lamina.grad((pt.unique(x) * [1.0, 10.0]).sum(), x).sum())
    assert total([3.0, 1.0, 3.0]) == 11
