import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.diagonal import (
    diag,
    diagonal,
    extract_diag,
    fill_diagonal,
    fill_diagonal_offset,
    identity,
    identity_like,
    trace,
)
from tests.agreement import agree, static_shapes

X = np.arange(60.0).reshape(3, 4, 5)
OFFSETS = (0, 1, -1, 3, -2, 9, -9)


def filled(a, value, offset=0):
    """numpy.fill_diagonal on a copy, of a diagonal."""
    a = a.copy()
    if offset:
        part = a[:, offset:] if offset > 0 else a[-offset:]
        np.fill_diagonal(part, value)
    else:
        np.fill_diagonal(a, value)
    return a


FORMS = {
    **{
        f"diagonal {arguments}": (
            lambda x, arguments=arguments: diagonal(x, *arguments),
            lambda x, arguments=arguments: np.diagonal(x, *arguments),
        )
        for arguments in [*((k, 1, 2) for k in OFFSETS), (), (1, 0, 1), (0, 2, 0), (-1, -1, -3)]
    },
    **{
        f"diag {k}": (lambda x, k=k: diag(x[0], k), lambda x, k=k: np.diag(x[0], k))
        for k in OFFSETS
    },
    **{
        f"matrix with diagonal {k}": (
            lambda x, k=k: diag(x[0, 0], k), lambda x, k=k: np.diag(x[0, 0], k)
        )
        for k in OFFSETS
    },
    "extract_diag": (lambda x: extract_diag(x[0]), lambda x: np.diag(x[0])),
    "trace": (trace, np.trace),
    "trace of others": (lambda x: trace(x, 1, 2, 0), lambda x: np.trace(x, 1, 2, 0)),
    "fill_diagonal, wide": (lambda x: fill_diagonal(x[0], 7), lambda x: filled(x[0], 7)),
    "fill_diagonal, tall": (lambda x: fill_diagonal(x[:, 0].T, 7), lambda x: filled(x[:, 0].T, 7)),
    **{
        f"fill_diagonal_offset {k}": (
            lambda x, k=k: fill_diagonal_offset(x[0], 7, k), lambda x, k=k: filled(x[0], 7, k)
        )
        for k in OFFSETS if k
    },
    "identity_like": (lambda x: identity_like(x[0]), lambda x: np.eye(*x[0].shape)),
}  # fmt: skip


def test_diagonals_agree_with_numpy():
    agree(FORMS, [X], [X[:2, :3]])
    assert not static_shapes(FORMS, X)


def test_diagonals_of_nothing():
    some = {name: f for name, f in FORMS.items() if "fill" not in name and "matrix" not in name}
    agree(some, [X], [X[:, :, :0]])
    agree(
        {"matrix": (diag, np.diag), "1": (lambda v: diag(v, 1), lambda v: np.diag(v, 1))},
        [X[0, 0, :0]],
    )


@pytest.mark.parametrize("dtype", ["bool", "int8", "complex64"])
def test_diagonals_of_other_dtypes(dtype):
    names = ("diagonal ()", "matrix with diagonal 1", "trace", "fill_diagonal, wide")
    agree({name: FORMS[name] for name in names}, [X.astype(dtype)])


def test_the_diagonal_of_more_than_two_dimensions_is_filled():
    agree({"fill": (lambda t: fill_diagonal(t, -1), lambda t: filled(t, -1))}, [X[:3, :3, :3]])
    t = pt.tensor3("t")
    f = lamina.function([t], fill_diagonal(t, -1))
    with pytest.raises(ValueError):
        f(X)
    with pytest.raises(ValueError, match="equal length"):
        fill_diagonal(pt.tensor(shape=(2, 3, 2)), 1)


def test_a_diagonal_is_filled_with_a_vector_or_a_symbolic_value():
    x, v, k = pt.matrix("x"), pt.vector("v"), pt.lscalar("k")
    f = lamina.function([x, v, k], [fill_diagonal(x, v), fill_diagonal_offset(x, v[0], k)])
    for offset in (-1, 0, 2):
        one, other = f(X[0], [1, 2, 3, 4], offset)
        np.testing.assert_array_equal(one, filled(X[0], [1, 2, 3, 4]))
        np.testing.assert_array_equal(other, filled(X[0], 1, offset))


def test_the_number_of_the_diagonal_may_be_symbolic():
    x, v, k = pt.matrix("x"), pt.vector("v"), pt.lscalar("k")
    f = lamina.function([x, v, k], [diagonal(x, k), diag(v, k), trace(x, k)])
    for offset in OFFSETS:
        found = f(X[0], X[0, 0], offset)
        expected = np.diag(X[0], offset), np.diag(X[0, 0], offset), np.trace(X[0], offset)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_identity_matrix():
    np.testing.assert_array_equal(identity(3).eval(), np.identity(3))
    assert (identity(3).type.shape, identity(3).dtype) == ((3, 3), "float64")
    assert identity(2, "int32").dtype == "int32"
    assert identity_like(pt.fmatrix()).dtype == "float32"
    n = pt.lscalar("n")
    np.testing.assert_array_equal(identity(n).eval({n: 2}), np.identity(2))


def test_what_has_no_diagonal_is_refused():
    with pytest.raises(ValueError, match="at least two dimensions"):
        diagonal(pt.vector())
    with pytest.raises(ValueError, match="cannot be the same"):
        diagonal(pt.matrix(), 0, 1, -1)
    with pytest.raises(ValueError, match="1- or 2-d"):
        diag(pt.scalar())
    with pytest.raises(ValueError, match="at least 2-d"):
        fill_diagonal(pt.vector(), 1)
    with pytest.raises(ValueError, match="matrix"):
        fill_diagonal_offset(pt.tensor3(), 1, 0)
    with pytest.raises(ValueError, match="matrix"):
        identity_like(pt.vector())
    with pytest.raises(TypeError):
        fill_diagonal(pt.matrix(), 1j)


@pytest.mark.parametrize(
    "name",
    ["diagonal (1, 0, 1)", "diag 1", "matrix with diagonal -1", "trace", "fill_diagonal_offset 1"],
)
def test_the_gradient_of_a_diagonal(name):
    verify_grad(FORMS[name][0], [X], n_tests=1)


def test_the_gradient_by_the_value_that_fills():
    verify_grad(lambda x, v: fill_diagonal(x, v) ** 2, [X[0], np.array(3.0)])
