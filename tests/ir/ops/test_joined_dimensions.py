import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
T, M, V = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(6, 4)), RNG.normal(size=4)
FORMS = {
    "all joined": (lambda t, m, v: pt.join_dims(t), lambda t, m, v: t.ravel()),
    "the last ones joined": (lambda t, m, v: pt.join_dims(t, 1), lambda t, m, v: t.reshape(2, -1)),
    "the first ones joined": (
        lambda t, m, v: pt.join_dims(t, 0, 2),
        lambda t, m, v: t.reshape(-1, t.shape[2]),
    ),
    "counted back": (lambda t, m, v: pt.join_dims(t, -2, 2), lambda t, m, v: t.reshape(2, -1)),
    "one joined": (lambda t, m, v: pt.join_dims(t, 1, 1), lambda t, m, v: t),
    "none joined": (lambda t, m, v: pt.join_dims(t, 1, 0), lambda t, m, v: t[:, None]),
    "split": (
        lambda t, m, v: pt.split_dims(m, (2, 3), 0),
        lambda t, m, v: m.reshape(2, 3, m.shape[1]),
    ),
    "split, what is left": (
        lambda t, m, v: pt.split_dims(m, (3, -1), axis=-2),
        lambda t, m, v: m.reshape(3, 2, m.shape[1]),
    ),
    "split a vector": (lambda t, m, v: pt.split_dims(v, (2, 2)), lambda t, m, v: v.reshape(2, 2)),
    "split into one": (lambda t, m, v: pt.split_dims(v, 4), lambda t, m, v: v),
    "split into none": (lambda t, m, v: pt.split_dims(m[:1], (), 0), lambda t, m, v: m[0]),
    "packed": (
        lambda t, m, v: pt.pack(t, m, v, v[0])[0],
        lambda t, m, v: np.concatenate([t.ravel(), m.ravel(), v, v[:1]]),
    ),
    "packed, the last kept": (
        lambda t, m, v: pt.pack(t, m, v, axes=-1)[0],
        lambda t, m, v: np.concatenate([t.reshape(-1, 4), m, v[None]]),
    ),
    "packed, the first kept": (
        lambda t, m, v: pt.pack(t, m[:2], axes=0)[0],
        lambda t, m, v: np.concatenate([t.reshape(2, -1), m[:2]], 1),
    ),
    "packed, both ends kept": (
        lambda t, m, v: pt.pack(t, m[:2], axes=[0, -1])[0],
        lambda t, m, v: np.concatenate([t, m[:2, None]], 1),
    ),
    "unpacked": (
        lambda t, m, v: pt.unpack(*_packed(None, t, m, v, v[0])),
        lambda t, m, v: [t, m, v, v[0]],
    ),
    "unpacked, the last kept": (
        lambda t, m, v: pt.unpack(*_packed(-1, t, m, v)),
        lambda t, m, v: [t, m, v],
    ),
    "unpacked, both ends kept": (
        lambda t, m, v: pt.unpack(*_packed((0, -1), t, m[:2], t)),
        lambda t, m, v: [t, m[:2], t],
    ),
}


def _packed(axes, *arrays):
    packed, shapes = pt.pack(*arrays, axes=axes)
    return packed, axes, shapes


def test_dimensions_are_joined_split_and_packed():
    agree(FORMS, [T, M, V])
    assert not static_shapes(FORMS, T, M, V)


def test_lengths_may_be_symbolic():
    x, n, shape = pt.dmatrix("x"), pt.lscalar("n"), pt.tensor("shape", dtype="int64", shape=(2,))
    parts = pt.unpack(pt.flatten(x), None, [(n, 9), shape])
    outputs = [pt.split_dims(x, shape, 0), pt.split_dims(x, (n, -1), 1), *parts]
    split, rest, first, second = lamina.function([x, n, shape], outputs)(M, 2, np.array([3, 2]))
    np.testing.assert_equal(split, M.reshape(3, 2, 4))
    np.testing.assert_equal(rest, M.reshape(6, 2, 2))
    np.testing.assert_equal(first, M.ravel()[:18].reshape(2, 9))
    np.testing.assert_equal(second, M.ravel()[18:].reshape(3, 2))


def test_what_does_not_fit_is_refused():
    x, v = pt.tensor("x", shape=(2, 6)), pt.dvector("v")
    for call, message in [
        (lambda: pt.join_dims(x, 1, 2), "x has 2 dimensions, not 2 from 1 on"),
        (lambda: pt.join_dims(x, -3), "x has 2 dimensions"),
        (lambda: pt.split_dims(x, (2, 3)), "split_dims needs an axis"),
        (lambda: pt.split_dims(x, (4, -1), 1), r"length 6 cannot be split into \(4, -1\)"),
        (lambda: pt.split_dims(x, (4, 2), 1), "cannot reshape"),
        (lambda: pt.pack(), "at least one array"),
        (lambda: pt.pack(x, v, axes=(0, -1)), "has not the dimensions"),
        (lambda: pt.pack(x, axes=1), "without gaps, got 1"),
        (lambda: pt.pack(x, axes=(-1, -3)), "without gaps"),
        (lambda: pt.unpack(x, None, [(2,)]), "should have 1 dimensions"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    f = lamina.function([v], pt.unpack(v, None, [(2,), (3,)]))
    with pytest.raises((ValueError, AssertionError)):
        f(np.ones(4))


def test_the_gradient_of_packing():
    verify_grad(lambda t, m: pt.pack(t, m, axes=-1)[0] ** 2, [T, M], n_tests=1)


def test_a_broadcastable_dimension_is_checked_when_it_runs():
    x, y = pt.dmatrix("x"), pt.dmatrix("y")
    row = pt.specify_broadcastable(x, 0)
    assert row.type.shape == (1, None)
    assert pt.specify_broadcastable(row, -2) is row
    f = lamina.function([x, y], row + y)
    np.testing.assert_equal(f(M[:1], M), M[:1] + M)
    with pytest.raises(AssertionError):
        f(M, M)
    with pytest.raises(ValueError, match="out of bounds"):
        pt.specify_broadcastable(x, 2)
