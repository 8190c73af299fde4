"""Gemv and Gemm as graph ops."""

import numpy as np
import pytest

import lamina.tensor as pt
from lamina.ir.ops.blas import Gemm, Gemv
from tests.evaluate import evaluate

A, B, C = pt.matrix("A"), pt.matrix("B"), pt.matrix("C")
x, y = pt.vector("x"), pt.vector("y")
alpha, beta = pt.scalar("alpha"), pt.scalar("beta")
NUMBERS = np.random.default_rng(0)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("accumulate", [False, True])
def test_gemv_is_what_it_says(transposed: bool, accumulate: bool):
    matrix = NUMBERS.normal(size=(3, 4) if transposed else (4, 3))
    values = {A: matrix, x: NUMBERS.normal(size=3), alpha: 2.5}
    rest = [y, beta] if accumulate else []
    values |= {y: NUMBERS.normal(size=4), beta: -0.5} if accumulate else {}
    found = evaluate(Gemv(transposed, accumulate)(A, x, alpha, *rest), values)
    expected = 2.5 * (matrix.T if transposed else matrix) @ values[x]
    expected = expected - 0.5 * values[y] if accumulate else expected
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
def test_gemm_is_what_it_says(transpose_a: bool, transpose_b: bool):
    left = NUMBERS.normal(size=(2, 3) if transpose_a else (3, 2))
    right = NUMBERS.normal(size=(4, 2) if transpose_b else (2, 4))
    c = NUMBERS.normal(size=(3, 4))
    graph = Gemm(transpose_a, transpose_b, True)(A, B, alpha, C, beta)
    found = evaluate(graph, {A: left, B: right, C: c, alpha: 2.0, beta: 3.0})
    product = (left.T if transpose_a else left) @ (right.T if transpose_b else right)
    np.testing.assert_allclose(found, 2 * product + 3 * c, rtol=1e-13)


def test_static_shapes_meet():
    a, v = pt.tensor("a", shape=(4, None)), pt.tensor("v", shape=(3,))
    assert Gemv()(a, v, alpha).type.shape == (4,)
    assert Gemv(True)(a.T, v, alpha).type.shape == (4,)
    with pytest.raises(ValueError, match="lengths 4 and 3 do not match"):
        Gemv(True)(pt.tensor("a", shape=(4, 2)), v, alpha)
    assert Gemm()(a, B, alpha).type.shape == (4, None)


def test_other_ranks_and_dtypes_are_refused():
    with pytest.raises(TypeError, match=r"ranks \(2, 1, 0\)"):
        Gemv()(A, B, alpha)
    with pytest.raises(TypeError, match="one BLAS dtype"):
        Gemv()(A, pt.fvector("f"), alpha)
    with pytest.raises(TypeError, match="one BLAS dtype"):
        Gemm()(pt.lmatrix(), pt.lmatrix(), pt.lscalar())


def test_what_it_is_added_to_must_have_its_shape():
    graph = Gemv(accumulate=True)(A, x, alpha, y, beta)
    with pytest.raises(ValueError, match=r"shape \(2,\), what it is added to \(1,\)"):
        evaluate(graph, {A: np.ones((2, 2)), x: [1.0, 1], y: [1.0], alpha: 1.0, beta: 1.0})


def test_it_prints_its_flags_and_compares_by_them():
    assert str(Gemv()) == "Gemv"
    assert str(Gemv(True, True)) == "Gemv{transposed, accumulate}"
    assert str(Gemm(False, True)) == "Gemm{transpose_b}"
    assert Gemv(1, 0) == Gemv(True) != Gemv()


@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("flag", [False, True])
def test_gradients_are_central_differences(accumulate: bool, flag: bool):
    from lamina.gradient import verify_grad

    rest = [np.array([1.0, 2.0]), np.array(0.5)] if accumulate else []
    vector = [np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([0.3, -0.7]), np.array(1.5), *rest]
    verify_grad(Gemv(flag, accumulate), vector, rng=np.random.default_rng(1))
    square = np.array([[1.0, -2.0], [0.5, 3.0]])
    rest = [square.T, np.array(0.5)] if accumulate else []
    matrix = [square, square + 1, np.array(1.5), *rest]
    verify_grad(Gemm(flag, not flag, accumulate), matrix, rng=np.random.default_rng(1))
