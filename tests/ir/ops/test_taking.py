"""take and its kin, and the places of nonzero elements, against NumPy."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.evaluate import evaluate

_rng = np.random.default_rng(0)
X, M = _rng.normal(size=(2, 3, 4)), _rng.normal(size=(3, 4))
I = np.array([[0, 5, -1], [2, -7, 1]])  # noqa: E741
P = np.array([_rng.permutation(4) for _ in range(3)])
A = np.argsort(X, 1)[:, :2]
x, m, i, n = pt.tensor3("x"), pt.matrix("m"), pt.lmatrix("i"), pt.lscalar("n")
p, a = pt.lmatrix("p"), pt.ltensor3("a")
PAIRS = [
    (pt.take(x, i, 1, "wrap"), np.take(X, I, 1, mode="wrap")),
    (pt.take(x, i, mode="clip"), np.take(X, I, mode="clip")),
    (pt.take(x, [0, 1], -1), np.take(X, [0, 1], -1)),
    (pt.take(x, 2), np.take(X, 2)),
    (pt.take_along_axis(x, a, 1), np.take_along_axis(X, A, 1)),
    (pt.take_along_axis(x, [0, 3], None), np.take_along_axis(X, np.array([0, 3]), None)),
    (pt.take_along_axis(m, [[1, 0]], 1), np.take_along_axis(M, np.array([[1, 0]]), 1)),
    (
        pt.choose(i[:1], [m[:1, :3], m[1:2, :3], 2.5], mode="wrap"),
        np.choose(I[:1], [M[:1, :3], M[1:2, :3], 2.5], mode="wrap"),
    ),
    (pt.choose([0, 1, 1, 0], x.sum(1)), np.choose([0, 1, 1, 0], X.sum(1))),
    (pt.choose([0, 1, 1, 0], x, mode="clip"), np.choose([0, 1, 1, 0], X, mode="clip")),
    (pt.compress([True, False, True], x, 1), np.compress([True, False, True], X, 1)),
    (pt.compress([1, 0, 3], x), np.compress([1, 0, 3], X)),
    (pt.inverse_permutation(p), np.argsort(P, 1)),
    (pt.permute_row_elements(m, p), np.take_along_axis(M, P, 1)),
    (pt.permute_row_elements(m, p, True), np.take_along_axis(M, np.argsort(P, 1), 1)),
    (pt.permute_row_elements(m[0], p), np.take(M[0], P)),
    (pt.tril_indices(n, 1, 4)[1], np.tril_indices(3, 1, 4)[1]),
    (pt.triu_indices(n)[0], np.triu_indices(3)[0]),
    (pt.triu_indices_from(m, -1)[1], np.triu_indices_from(M, -1)[1]),
    (pt.tril_indices_from(m)[0], np.tril_indices_from(M)[0]),
    (pt.nonzero(x > 0)[1], np.nonzero(X > 0)[1]),
    (pt.nonzero(x > 0, return_matrix=True), np.stack(np.nonzero(X > 0))),
    (pt.where(m > 0)[0], np.where(M > 0)[0]),
    (pt.flatnonzero(x > 0), np.flatnonzero(X > 0)),
    (pt.nonzero_values(pt.maximum(x, 0)), X[X > 0]),
    (pt.argwhere(m > 0), np.argwhere(M > 0)),
]


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_values_agree_with_numpy(mode: str):
    graphs = [graph for graph, _ in PAIRS]
    given = {x: X, m: M, i: I, n: np.int64(3), p: P, a: A}
    found = (
        lamina.function(list(given), graphs)(*given.values()) if mode == "compiled"
        else evaluate(graphs, given)
    )  # fmt: skip
    for ours, (_, theirs) in zip(found, PAIRS, strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)


def test_index_out_of_bounds_raises_unless_a_mode_says_otherwise():
    f = lamina.function([x, i], pt.take(x, i, 1))
    with pytest.raises(IndexError, match="index 5 is out of bounds for axis 1 with size 3"):
        f(X, I)
    with pytest.raises(ValueError, match="mode must be"):
        pt.take(x, i, mode="nearest")


def test_wrong_operands_are_refused_when_the_graph_is_built():
    with pytest.raises(IndexError, match="must be integers"):
        pt.take(x, m)
    with pytest.raises(ValueError, match="same number of dimensions"):
        pt.take_along_axis(x, i, 1)
    with pytest.raises(ValueError, match="scalar"):
        pt.nonzero(n)
    with pytest.raises(ValueError, match="one-dimensional"):
        pt.compress(m > 0, m)


def test_gradients_put_back_what_was_taken():
    weight = _rng.normal(size=A.shape)
    cost = (pt.constant(weight) * pt.take_along_axis(x, a, 1) ** 2).sum()
    f = lamina.function([x, a], lamina.grad(cost, x))
    expected = np.zeros_like(X)
    np.put_along_axis(expected, A, 2 * weight * np.take_along_axis(X, A, 1), 1)
    np.testing.assert_allclose(f(X, A), expected, rtol=1e-14)
    row = pt.permute_row_elements(m[0], p)
    g = lamina.function([m, p], lamina.grad((row**2).sum(), m))
    np.testing.assert_allclose(g(M, P), np.vstack([6 * M[0], np.zeros((2, 4))]), rtol=1e-14)
