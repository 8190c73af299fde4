"""Python's operators on variables and arrays: they build graphs, or say what to do."""

import operator

import numpy as np
import pytest

import lamina
import lamina.tensor as pt

A = np.array([[1.0, 2.0], [3.0, 5.0]])


def agree(symbolic, expected):
    for value, wanted in zip(lamina.function([], symbolic, mode="NUMPY")(), expected, strict=True):
        np.testing.assert_allclose(value, wanted)
        assert value.dtype == wanted.dtype


SIGNS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lt", "le", "gt", "ge"]


@pytest.mark.parametrize("sign", SIGNS)
def test_operators_meet_arrays_on_both_sides(sign):
    apply, x = getattr(operator, sign), pt.as_tensor(A)
    agree([apply(x, A), apply(A, x)], [apply(A, A)] * 2)
    if sign != "matmul":
        agree([apply(x, 2), apply(2, x)], [apply(A, 2), apply(2, A)])
        agree([apply(np.float64(2), x)], [apply(2, A)])


def test_integers_have_operators_of_bits():
    n = np.array([6, 3])
    x = pt.as_tensor(n)
    agree([x & 5, 5 | x, x ^ n, ~x, abs(-x)], [n & 5, 5 | n, n ^ n, ~n, n])
    agree(list(divmod(x, 4)) + list(divmod(x, n)), [*divmod(n, 4), *divmod(n, n)])


def test_in_place_forms_make_new_variables():
    x = pt.as_tensor(A)
    y = x
    y += 1
    y *= 2
    y @= A
    agree([x, y], [A, (A + 1) * 2 @ A])


X = pt.dvector("x")
REFUSED = {
    "an array made of it": (lambda: np.asarray(X), "no array yet"),
    "an array with it inside": (lambda: np.array([X, X]), "no array yet"),
    "its length": (lambda: len(X), r"x\.shape\[0\]"),
    "its truth": (lambda: bool(X), "switch"),
    "its elements": (lambda: list(X), "scan"),
    "membership": (lambda: 1 in X, "any"),
    "a number": (lambda: float(X), r"x\.eval\(\)"),
    "an index": (lambda: [1, 2][X], "no Python index"),
    "an assignment": (lambda: operator.setitem(X, 0, 1), r"\.set\(value\)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_meaning_is_refused_with_what_to_do(what):
    attempt, advice = REFUSED[what]
    with pytest.raises(TypeError, match=advice):
        attempt()


def test_a_known_length_is_one():
    x = pt.tensor("x", shape=(2, None))
    assert len(x) == 2
    first, second = x
    assert first.ndim == second.ndim == 1
    np.testing.assert_array_equal(second.eval({x: A}, mode="NUMPY"), A[1])
