"""Medians, quantiles and percentiles."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.quantiles import _BETWEEN, _DISCRETE
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4, 5)).round(1)
MEDIANS = {
    f"median {axis} {kept}": lambda m, x, a=axis, k=kept: m.median(x, axis=a, keepdims=k)
    for axis in (None, 0, -1, (0, 2), (2, 0, 1))
    for kept in (False, True)
}
Q = np.array([[0.0, 0.1, 1 / 3], [0.5, 0.75, 1.0]])
QUANTILES = {
    f"{method} {axis}": lambda m, x, f=method, a=axis: m.quantile(x, Q, axis=a, method=f)
    for method in (*_DISCRETE, *_BETWEEN)
    for axis in (None, 1)
}
OTHERS = {
    "a number": lambda m, x: m.quantile(x, 0.3),
    "a number of a row": lambda m, x: m.quantile(x, 0.3, axis=-1, keepdims=True),
    "the least": lambda m, x: m.quantile(x, 0, axis=0),
    "the most": lambda m, x: m.quantile(x, 1, axis=(0, 1)),
    "percent": lambda m, x: m.percentile(x, [5, 50, 99.5], axis=(0, 2), keepdims=True),
    "a percentage": lambda m, x: m.percentile(x, 25, method="hazen"),
    "element": lambda m, x: m.percentile(x, 30.0, axis=1, method="nearest"),
}


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "bool"])
def test_medians_are_numpys(dtype):
    x = (X * 10).astype(dtype)
    agree(MEDIANS, [x], [x[:2, :1]], [x[:1, :1, :1]], ulp=2)


def test_nan_and_infinities_and_no_elements_in_medians():
    x = X.copy()
    x[0, 1, 2] = np.nan
    x[1], x[2, 0] = np.inf, -np.inf
    with np.errstate(all="ignore"):
        agree(MEDIANS, [x])
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        agree({"median": lambda m, x: m.median(x, 1)}, [X[:, :0]])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_quantiles_of_every_method_are_numpys(dtype):
    x = X.astype(dtype)
    agree(QUANTILES | OTHERS, [x], [x[:2, :, :2]], [x[:1, :1, :1]], ulp=4)


def test_quantiles_of_integers_and_shares_of_other_dtypes():
    agree(QUANTILES | OTHERS, [(X * 10).astype("int32")], ulp=4)
    forms = {
        "halves": lambda m, x: m.quantile(x, np.float32([0.25, 0.5])),
        "integers": lambda m, x: m.quantile(x, np.array([1, 0, 0])),
        "a scalar of float32": lambda m, x: m.quantile(x, np.float32(0.25)),
    }
    agree(forms, [X.astype("float32")], ulp=4)
    agree(forms, [X], ulp=4)


def test_a_nan_makes_quantiles_nan():
    x = X.copy()
    x[0, 1, 2] = np.nan
    agree({k: f for k, f in (QUANTILES | OTHERS).items() if "None" not in k}, [x], ulp=4)


def test_shapes_are_known_while_the_graph_is_built():
    assert not static_shapes(MEDIANS | QUANTILES | OTHERS, X)


def test_shares_may_be_variables_and_are_checked():
    x, q = pt.vector("x"), pt.vector("q")
    f = lamina.function([x, q], [pt.quantile(x, q), pt.percentile(x, q * 100)])
    a = np.array([3.0, 1.0, 2.0])
    for found in f(a, [0.25, 1.0]):
        np.testing.assert_allclose(found, [1.5, 3.0])
    for wrong in ([0.5, 1.5], [-0.1, 0.5], [np.nan, 0.5]):
        with pytest.raises(ValueError, match=r"Quantiles must be in the range \[0, 1\]"):
            f(a, wrong)
    with pytest.raises(IndexError, match="out of bounds"):
        f(a[:0], [0.5])
    with pytest.raises(ValueError, match=r"Percentiles must be in the range \[0, 100\]"):
        pt.percentile(x, 101)
    with pytest.raises(ValueError, match="not a valid method"):
        pt.quantile(x, 0.5, method="best")
    with pytest.raises(TypeError, match="real"):
        pt.quantile(pt.zvector(), 0.5)
    with pytest.raises(np.exceptions.AxisError):
        pt.median(x, 1)


def test_gradients_of_medians_and_quantiles():
    x = RNG.permutation(20).reshape(4, 5) / 7.0
    verify_grad(lambda x: pt.median(x, 0), [x])
    verify_grad(pt.median, [x])
    verify_grad(lambda x: pt.quantile(x, [0.2, 0.55], axis=1), [x])
    verify_grad(lambda q: pt.quantile(x, q, axis=1), [np.array([0.31, 0.62])])
