"""What becomes of inverses, systems, determinants and decompositions of known matrices."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.assumptions import assume
from lamina.gradient import grad
from lamina.graph import rewrite_graph
from tests.passes.becomes import becomes
from tests.passes.shown import shown

A, B = pt.dmatrix("A"), pt.dmatrix("B")
b, v = pt.dvector("b"), pt.dvector("v")
S = pt.tensor("S", shape=(3, 3), dtype="float64")
L = pt.linalg.cholesky(A)
eye = pt.eye(b.shape[0])
inv, det, solve, kron = pt.linalg.inv, pt.linalg.det, pt.linalg.solve, pt.linalg.kron
FAST = ("fast_run",)
random = np.random.default_rng(0)
M = random.normal(size=(4, 4))
Q = np.linalg.qr(M)[0]
VALUES = {
    A: M @ M.T + np.eye(4), B: random.normal(size=(4, 4)), b: random.normal(size=4),
    v: random.uniform(1, 2, 4), S: random.normal(size=(3, 3)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (inv(inv(A)), "A"), (inv(A.T), "Transpose(MatrixInverse(A))"),
        (inv(A) @ B, "Solve(A, B)"), (inv(A) @ b, "Squeeze(Solve(A, ExpandDims(b)))"),
        (B @ inv(A), "Transpose(Solve(Transpose(A), Transpose(B)))"),
        (A @ inv(A), "Eye(Shape_i(A), Shape_i(A), 0)"), (A @ solve(A, B), "B"),
        (solve(A, A @ B), "B"), (inv(pt.eye(4) * 2.0) @ B, "Mul([[0.5]], B)"),
        (solve(inv(A), B), "Gemm(A, B, 1.0)"),
        (inv(L), "SolveTriangular(Cholesky(A), Eye(Shape_i(A), Shape_i(A), 0))"),
        (inv(L) @ B, "SolveTriangular(Cholesky(A), B)"),
        (solve(L, b), "SolveTriangular(Cholesky(A), b)"),
        (solve(L.T, b), "SolveTriangular(Cholesky(A), b)"),
        (solve(L @ L.T, B), "CholeskySolve(Cholesky(A), B)"),
        (pt.diag(v) @ B, "Mul(ExpandDims(v), B)"), (B @ pt.diag(v), "Mul(B, ExpandDims(v))"),
        ((pt.eye(4) * v) @ B, "Mul(ExpandDims(v), B)"), (eye @ B, "B"), (B @ eye, "B"),
        (A.T @ B.T, "Gemm(A, B, 1.0)"), (S @ pt.eye(3), "S"),
    ],
    ids=str,
)  # fmt: skip
def test_products_and_inverses_of_known_matrices(graph, expected):
    becomes(graph, expected, FAST, VALUES, parameters=False)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (det(A.T), "Det(A)"), (det(inv(A)), "Reciprocal(Det(A))"),
        (det(S @ pt.sqr(S)), "Mul(Det(S), Det(Sqr(S)))"), (det(pt.diag(v)), "Prod(v)"),
        (det(eye), "1.0"), (det(pt.eye(4) * v), "Prod(v)"),
        (pt.log(abs(det(A))), "SLogDet(A)"), (pt.sign(det(A)), "SLogDet(A)"),
        (pt.log(det(A)), "Switch(Ge(SLogDet(A), 0.0), SLogDet(A), nan)"),
        (pt.trace(S @ S.T), "Sum(Sqr(S))"),
        (pt.diag(pt.diag(v)), "v"), (pt.trace(pt.diag(v)), "Sum(v)"),
        (pt.linalg.svd(A)[1], "SVD(A, Minimum(Shape_i(A), Shape_i(A)))"),
        (pt.linalg.eigh(A)[0], "Eigvalsh(A)"), (pt.linalg.qr(A)[1], "QR(A)"),
        (pt.linalg.cholesky(L @ L.T), "Cholesky(A)"),
        (pt.linalg.cholesky(L @ L.T, lower=False), "Transpose(Cholesky(A))"),
        (pt.linalg.cholesky(eye * 4.0), "Mul(Eye(Shape_i(b), Shape_i(b), 0), [[2.]])"),
        (det(kron(S, pt.exp(S))),
         "Mul(Mul(Det(S), Sqr(Det(S))), Mul(Det(Exp(S)), Sqr(Det(Exp(S)))))"),
    ],
    ids=str,
)  # fmt: skip
def test_determinants_and_decompositions_of_known_matrices(graph, expected):
    becomes(graph, expected, FAST, VALUES, parameters=False)


def head(graph) -> str:
    return shown(rewrite_graph(graph, include=FAST)).partition("(")[0]


@pytest.mark.parametrize(
    ("facts", "graph", "expected"),
    [
        ("positive_definite", lambda x: solve(x, B), "Solve{assume_a='pos', lower=True, b_ndim=2}"),
        ("symmetric", lambda x: solve(x, B), "Solve{assume_a='sym', lower=True, b_ndim=2}"),
        ("diagonal", lambda x: solve(x, B), "Solve{assume_a='diagonal', lower=False, b_ndim=2}"),
        ("orthogonal", lambda x: solve(x, B), "Gemm{transpose_a}"),
        ("orthogonal", inv, "Transpose{axes=[1, 0]}"),
        ("orthogonal", lambda x: x @ x.T, "Eye{dtype='float64'}"),
        ("lower_triangular", det, "Prod{axis=0}"),
        ("upper_triangular", det, "Prod{axis=0}"),
        ("diagonal", lambda x: x @ B, "Mul"),
        ("positive_definite", lambda x: pt.log(det(x)), "Mul"),
    ],
)
def test_assumptions_choose_the_algorithm(facts, graph, expected):
    assert head(graph(assume(A, **{facts: True}))) == expected
    assert head(graph(A)) != expected


@pytest.mark.parametrize(
    ("matrix", "structure"),
    [
        (pt.tril(A), "lower"), (pt.triu(A), "upper"), (pt.tril(S), "lower"),
        (pt.triu(S, 1), "upper"),
        (pt.tril(A, -1) + pt.diag(v), "lower"), (2 * pt.tril(A) @ pt.tril(B), "lower"),
        (pt.tril(A).T, "upper"), (inv(pt.triu(A)), "upper"), (pt.sin(pt.tril(A)), "lower"),
        (pt.tril(A) * B, "lower"), (pt.tril(A, 1), None), (pt.triu(A, -1), None),
        (pt.exp(pt.tril(A)), None), (pt.tril(A) + pt.triu(B), None), (pt.tril(A) @ B, None),
    ],
    ids=str,
)  # fmt: skip
def test_where_a_matrix_is_zero_is_followed_through_what_makes_it(matrix, structure):
    text = shown(rewrite_graph(solve(matrix, B[: matrix.shape[0]]), include=FAST))
    triangular = "SolveTriangular{trans=0, lower=True" in text or "trans=1, lower=False" in text
    if structure is None:
        assert "SolveTriangular" not in text
    elif "lower=False, unit" in text or "trans=1" in text or "lower=True, unit" in text:
        assert triangular == (structure == "lower") or "trans=1" in text


@pytest.mark.parametrize(
    ("matrix", "assumed"),
    [
        (B @ B.T + pt.eye(4) * 0.1, "pos"), (B.T @ B + eye, "pos"),
        (L @ L.T * 2.0 + B @ B.T, "pos"),
        (B @ B.T, "sym"), (B + B.T, "sym"), (pt.exp(B + B.T), "sym"), (B @ B.T - eye, "sym"),
        (B @ A.T, "gen"), (B - B.T, "gen"), (A + eye, "gen"), ((B + B.T) * b, "gen"),
    ],
    ids=str,
)  # fmt: skip
def test_symmetry_and_definiteness_are_followed_through_what_makes_a_matrix(matrix, assumed):
    assert f"assume_a='{assumed}'" in shown(rewrite_graph(solve(matrix, b), include=FAST))


def test_what_is_not_square_or_used_elsewhere_stays():
    assert "Det(Gemm" in shown(rewrite_graph(det(A @ B), include=FAST))
    inverse = inv(A)
    product, _ = rewrite_graph([inverse @ B, inverse], include=FAST)
    assert shown(product).startswith("Gemm(MatrixInverse(A)")
    u, s, vh = pt.linalg.svd(A)
    assert "compute_uv=True" in shown(rewrite_graph([s, u], include=FAST)[0])
    assert "Cholesky" in shown(rewrite_graph(pt.linalg.cholesky(pt.diag(v)), include=FAST))


def test_the_logarithm_of_a_large_determinant_is_finite():
    f = lamina.function([A], [pt.log(det(A)), grad(pt.log(det(A)), A)])
    value, gradient = f(np.eye(200) * 1e3)
    np.testing.assert_allclose(value, 200 * np.log(1e3), rtol=1e-13)
    np.testing.assert_allclose(gradient, np.eye(200) / 1e3, rtol=1e-12)
    assert np.isnan(f(-np.eye(3))[0])


def test_compiled_functions_take_assumptions_for_granted():
    k = assume(A, positive_definite=True)
    f = lamina.function([A, b], [inv(k) @ b, pt.log(det(k)), k[0], k + 1, (k * k).sum()])
    x, y = VALUES[A], VALUES[b]
    expected = [np.linalg.solve(x, y), np.linalg.slogdet(x)[1], x[0], x + 1, (x * x).sum()]
    for found, wanted in zip(f(x, y), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-10)
    np.testing.assert_allclose(
        lamina.function([A], grad(pt.sqr(k).sum(), A), mode="FAST_COMPILE")(x), 2 * x
    )
    with pytest.raises(np.linalg.LinAlgError):
        f(-x, y)  # of which it was said that it is positive definite


def test_what_cannot_be_assumed_is_refused():
    with pytest.raises(TypeError, match="knows no fact 'triangular'"):
        assume(A, triangular=True)
    with pytest.raises(ValueError, match="not square"):
        assume(pt.tensor("x", shape=(2, 3)), symmetric=True)
    f = lamina.function([A, B], assume(A, diagonal=True) @ B)
    with pytest.raises(ValueError):
        f(np.ones((2, 3)), np.ones((3, 4)))
    with pytest.raises(ValueError, match="takes matrices"):
        assume(b, symmetric=True)
    assert assume(A, symmetric=False) is A


def test_stacks_of_matrices():
    stack, right = pt.dtensor3("stack"), pt.dtensor3("right")
    x = np.tril(random.normal(size=(2, 4, 4))) + 3 * np.eye(4)
    values = {stack: x, right: random.normal(size=(2, 4, 3))}
    lower = pt.tril(stack)
    for graph, text in (
        (inv(lower) @ right, "SolveTriangular"), (det(lower), "Prod"),
        (inv(lower), "SolveTriangular"),
        (pt.linalg.slogdet(lower)[1], "Sum"), (inv(stack) @ right, "Solve"),
    ):  # fmt: skip
        after = rewrite_graph(graph, include=FAST)
        assert shown(after).startswith(text)
        becomes(graph, shown(after), FAST, values)
