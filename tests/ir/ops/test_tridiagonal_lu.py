"""LU decomposition of tridiagonal matrices."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.tridiagonal_lu import tridiagonal_lu_factor, tridiagonal_lu_solve
from tests.evaluate import evaluate
from tests.matrices import close, each_dtype, random


def test_solutions_from_the_factors_of_batches_solve():
    def build(a, b):
        factors = tridiagonal_lu_factor(a)
        return [
            tridiagonal_lu_solve(factors, b),
            tridiagonal_lu_solve(factors, b, transposed=True),
            tridiagonal_lu_solve(factors, b[..., 0], b_ndim=1),
        ]

    for (a, b), (x, transposed, vectors) in each_dtype(
        build, lambda d: random(d, 2, 5, 5), lambda d: random(d, 2, 5, 3)
    ):
        matrix = np.triu(np.tril(a, 1), -1)
        close(matrix @ x, b, 3000)
        close(np.swapaxes(matrix, -1, -2) @ transposed, b, 3000)
        close(vectors, x[..., 0])


@pytest.mark.parametrize("exchanges", [False, True])
def test_matrices_of_all_lengths_have_the_factors_of_their_numpy_meaning(exchanges):
    x, b = pt.dmatrix(), pt.dmatrix()
    factors = tridiagonal_lu_factor(x)
    outputs = [*factors, tridiagonal_lu_solve(factors, b)]
    function = lamina.function([x, b], outputs)
    for n in (0, 1, 2, 3, 4, 7):
        a = random("float64", n, n) + (0.0 if exchanges else 5.0) * np.eye(n)
        right = np.ones((n, 2))
        expected = evaluate(outputs, {x: a, b: right})
        for ours, theirs in zip(function(a, right), expected, strict=True):
            close(ours, theirs, 1e5)


def test_singular_matrices_and_wrong_diagonals_raise():
    x, b = pt.dmatrix(), pt.dvector()
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        factors = tridiagonal_lu_factor(x)
        lamina.function([x, b], tridiagonal_lu_solve(factors, b))(np.zeros((3, 3)), np.ones(3))
    diagonals = [pt.dvector(), pt.dvector(), pt.dvector(), pt.dvector(), pt.ivector()]
    function = lamina.function([*diagonals, b], tridiagonal_lu_solve(diagonals, b))
    two, three = np.ones(2), np.ones(3)
    for further, pivots in ((two[:0], [1, 2, 3]), (two[:1], [1, 9, 3]), (two[:1], [0, 2, 3])):
        with pytest.raises(np.linalg.LinAlgError, match="diagonals"):
            function(two, three, two, further, np.array(pivots, np.int32), three)


def test_gradients_are_refused_with_the_function_that_has_one():
    x = pt.dmatrix()
    with pytest.raises(MethodNotDefined, match='assume_a="tridiagonal"'):
        lamina.grad(tridiagonal_lu_factor(x)[1].sum(), x)
