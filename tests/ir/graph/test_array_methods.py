import numpy as np
import pytest

import lamina
import lamina.tensor as pt

X = np.array([[0.25, 0.5, 0.75], [0.125, 0.0, 0.375]])
ELEMENTARY = """arccos arcsin arcsinh arctan arctanh ceil cos cosh deg2rad exp exp2 expm1 floor
log1p rad2deg sin sinh sqrt tan tanh trunc""".split()
METHODS = {
    "argsort": (X, (0,)),
    "choose": (np.array([0, 1, 0]), ([np.ones(3), np.zeros(3)],)),
    "compress": (X, (np.array([True, False, True]), 1)),
    "cumprod": (X, (1,)),
    "cumsum": (X, ()),
    "diagonal": (X, (1,)),
    "ptp": (X, (1,)),
    "repeat": (X, (2, 1)),
    "take": (X, (np.array([2, 0]), 1)),
    "trace": (X, ()),
}


def agree(symbolic, expected):
    for value, wanted in zip(lamina.function([], symbolic, mode="NUMPY")(), expected, strict=True):
        assert (value.shape, value.dtype) == (wanted.shape, wanted.dtype)
        np.testing.assert_allclose(value, wanted, rtol=1e-14)


def test_elementary_functions_are_methods():
    x = pt.as_tensor(X)
    agree(
        [getattr(x, name)() for name in ELEMENTARY], [getattr(np, name)(X) for name in ELEMENTARY]
    )
    y = pt.as_tensor(1 + X)
    names = ["arccosh", "log", "log10", "log2"]
    agree([getattr(y, name)() for name in names], [getattr(np, name)(1 + X) for name in names])


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_those_of_numpy(name):
    array, arguments = METHODS[name]
    result = getattr(pt.as_tensor(array), name)(*arguments)
    if name == "ptp":
        expected = np.ptp(array, *arguments)
    else:
        expected = getattr(array, name)(*arguments)
    agree([result], [np.asarray(expected)])


def test_indices_of_what_is_not_zero():
    agree(list(pt.as_tensor(X).nonzero()), X.nonzero())
    agree([pt.as_tensor(X).nonzero_values()], [X[X != 0]])


def test_a_sorted_array_is_another_one():
    agree([pt.as_tensor(X).sort(), pt.as_tensor(X).sort(axis=None)], [np.sort(X), np.sort(X, None)])


@pytest.mark.parametrize("order", [0, 1, 2, 3.5, np.inf, -np.inf])
def test_norms_along_an_axis_and_of_all_elements(order):
    x = pt.as_tensor(X)
    agree(
        [x.norm(order, axis=1), x.norm(order), x.norm(order, axis=0, keepdims=True)],
        [
            np.linalg.norm(X, order, axis=1),
            np.asarray(np.linalg.norm(X.ravel(), order)),
            np.linalg.norm(X, order, axis=0, keepdims=True),
        ],
    )


def test_a_copy_is_another_variable_of_the_same_elements():
    x = pt.dvector("x")
    y = x.copy(name="y")
    assert y is not x and (x.name, y.name) == ("x", "y")
    np.testing.assert_array_equal(y.eval({"x": [1.0, 2.0]}), [1.0, 2.0])


def test_what_made_a_variable_can_be_matched():
    x = pt.dvector("x")
    y = pt.exp(x)
    assert (x.owner_op, x.owner_op_and_inputs) == (None, (None,))
    assert y.owner_op == y.owner.op
    op, operand = y.owner_op_and_inputs
    assert op == y.owner.op and operand is x


def test_a_known_number_is_told():
    x = pt.tensor("x", shape=(3, None))
    assert x.shape[0].get_underlying_scalar_constant() == 3
    with pytest.raises(pt.exceptions.NotScalarConstantError):
        x.shape[1].get_underlying_scalar_constant()


def test_there_is_one_device():
    x = pt.dvector("x")
    assert x.transfer("cpu") is x
    with pytest.raises(ValueError, match="the one device is 'cpu'"):
        x.transfer("gpu")


def test_shared_variables_and_constants_have_the_methods_too():
    for x in (lamina.shared(X), pt.constant(X)):
        agree([x.exp(), x.cumsum(axis=0)], [np.exp(X), X.cumsum(axis=0)])
