import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
A, B, T, U = (RNG.normal(size=s) for s in ((3, 4), (4, 5), (2, 3, 4), (3, 4, 2, 5)))
V = RNG.normal(size=4)
FORMS = {
    "tensordot": lambda m, a, b, t, u, v: m.tensordot(t, u[:, :, 0], 2),
    "tensordot of matrices": lambda m, a, b, t, u, v: m.tensordot(a, b, 1),
    "tensordot over nothing": lambda m, a, b, t, u, v: m.tensordot(a, v, 0),
    "tensordot of pairs": lambda m, a, b, t, u, v: m.tensordot(t, u, ((1, 0), (0, 2))),
    "tensordot, counted back": lambda m, a, b, t, u, v: m.tensordot(t, u, [[-1, -2], [1, -4]]),
    "tensordot over one of each": lambda m, a, b, t, u, v: m.tensordot(t, u, (2, 1)),
    "tensordot over no pairs": lambda m, a, b, t, u, v: m.tensordot(a, b, ([], [])),
    "tensordot over all": lambda m, a, b, t, u, v: m.tensordot(
        t, u[..., 0], ((0, 1, 2), (2, 0, 1))
    ),
    "tensordot of vectors": lambda m, a, b, t, u, v: m.tensordot(v, v, 1),
    "inner": lambda m, a, b, t, u, v: m.inner(t, a),
    "inner of vectors": lambda m, a, b, t, u, v: m.inner(v, v),
    "inner with a number": lambda m, a, b, t, u, v: m.inner(a, 2.0),
    "batched_dot": (
        lambda a, b, t, u, v: pt.batched_dot(t, pt.stack([b, 2 * b])),
        lambda a, b, t, u, v: np.stack([t[0] @ b, t[1] @ (2 * b)]),
    ),
    "batched_dot of vectors": (
        lambda a, b, t, u, v: pt.batched_dot(a, 2 * a),
        lambda a, b, t, u, v: 2 * np.sum(a * a, 1),
    ),
    "batched_dot of vectors and matrices": (
        lambda a, b, t, u, v: pt.batched_dot(a, u[:, :, 0]),
        lambda a, b, t, u, v: np.einsum("ij,ijk->ik", a, u[:, :, 0]),
    ),
    "batched_dot of numbers": (
        lambda a, b, t, u, v: pt.batched_dot(v, b),
        lambda a, b, t, u, v: v[:, None] * b,
    ),
    "batched_dot of higher rank": (
        lambda a, b, t, u, v: pt.batched_dot(a, pt.moveaxis(u, 1, 2)),
        lambda a, b, t, u, v: np.stack(
            [np.dot(x, y) for x, y in zip(a, u.transpose(0, 2, 1, 3), strict=True)]
        ),
    ),
    "batched_tensordot": (
        lambda a, b, t, u, v: pt.batched_tensordot(u, u, [[1, 2], [1, 2]]),
        lambda a, b, t, u, v: np.stack([np.tensordot(x, x, [[0, 1], [0, 1]]) for x in u]),
    ),
    "batched_tensordot by number": (
        lambda a, b, t, u, v: pt.batched_tensordot(pt.moveaxis(u, 3, 1), u, 2),
        lambda a, b, t, u, v: np.stack([np.tensordot(np.moveaxis(x, 2, 0), x, 2) for x in u]),
    ),
    "batched_tensordot over nothing": (
        lambda a, b, t, u, v: pt.batched_tensordot(a, t[0], 0),
        lambda a, b, t, u, v: a[:, :, None] * t[0][:, None],
    ),
}


def test_products_are_numpys():
    agree(FORMS, [A, B, T, U, V], ulp=16)
    assert not static_shapes(FORMS, A, B, T, U, V)


def test_a_product_of_integers_keeps_their_dtype():
    n, b = np.array([[100, 3], [5, 6]], np.int8), np.array([[True, False], [True, True]])
    forms = {
        "int8": lambda m, n, b: m.tensordot(n, n, 2),
        "int8, matrix": lambda m, n, b: m.tensordot(n, n, 1),
        "bool": lambda m, n, b: m.tensordot(b, b, 1),
        "both": lambda m, n, b: m.inner(n, b),
    }
    agree(forms, [n, b])


def test_axes_that_do_not_fit_are_refused():
    a, b = pt.tensor("a", shape=(3, 4)), pt.tensor("b", shape=(5, 4))
    for axes, message in [
        (1, "shape-mismatch for sum: axis 1 of a has length 4, axis 0 of b 5"),
        (3, "axes=3 does not fit"),
        (((0, 1), (0,)), "2 axes of a and 1 of b"),
        (((0, 0), (0, 1)), "has an axis twice"),
        (((0,), (2,)), "axis 2 is out of bounds"),
        ((0, 1, 1), "of each operand"),
    ]:
        with pytest.raises(ValueError, match=message):
            pt.tensordot(a, b, axes)
    with pytest.raises(ValueError, match="axis 0 is the batch"):
        pt.batched_tensordot(a, b, ((0,), (1,)))
    with pytest.raises(TypeError, match="at least one dimension"):
        pt.batched_dot(a, pt.dscalar())


def test_lengths_that_differ_are_refused_when_they_are_met():
    x, y = pt.dmatrix("x"), pt.dmatrix("y")
    row = pt.tensor("row", shape=(1, 1))
    outputs = pt.tensordot(x, y, 2), pt.tensordot(x, y, 1), pt.batched_dot(x, y)
    functions = [lamina.function([x, y], y_) for y_ in outputs]
    for f in functions:
        with pytest.raises((ValueError, AssertionError)):
            f(np.ones((2, 6)), np.ones((3, 4)))
    # a length of 1 is no exception
    f = lamina.function([row, y], pt.tensordot(row, y, 1))
    with pytest.raises((ValueError, AssertionError)):
        f(np.ones((1, 1)), np.ones((3, 4)))
    np.testing.assert_equal(f(np.ones((1, 1)), np.ones((1, 4))), np.ones((1, 4)))


@pytest.mark.parametrize("name", ["tensordot of pairs", "inner", "batched_tensordot"])
def test_the_gradient_of_a_product(name):
    form = FORMS[name]
    product = form[0] if isinstance(form, tuple) else lambda *x: form(pt, *x)
    verify_grad(
        lambda a, t, u: product(a, pt.as_tensor(B), t, u, pt.as_tensor(V)), [A, T, U], n_tests=1
    )
