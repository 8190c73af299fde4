"""Products of matrices as BLAS calls."""

import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import grad
from lamina.graph import rewrite_graph
from lamina.import_graph import import_graph
from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import graph_inputs
from lamina.passes.registry import optimize
from tests.evaluate import evaluate
from tests.passes.shown import shown

A, B, C = pt.matrix("A"), pt.matrix("B"), pt.matrix("C")
x, y, z = pt.vector("x"), pt.vector("y"), pt.vector("z")
a, b = pt.scalar("a"), pt.scalar("b")
VALUES = {
    A: (3, 4), B: (4, 3), C: (3, 3), x: (4,), y: (3,), z: (4,), a: (), b: (),
}  # fmt: skip


def value_of(v):
    return np.random.default_rng(len(v.name) + ord(v.name)).normal(size=VALUES[v])


def special(graph) -> str:
    """The graph by BLAS; it still means the same."""
    new = rewrite_graph(graph, include=("fast_run",))
    values = {v: value_of(v) for v in graph_inputs([graph]) if v in VALUES}
    np.testing.assert_allclose(evaluate(new, values), evaluate(graph, values), rtol=1e-12)
    return shown(new)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.dot(A, x), "Gemv(A, x, 1.0)"),
        (pt.dot(y, A), "Gemv{transposed}(A, y, 1.0)"),
        (pt.dot(A.T, y), "Gemv{transposed}(A, y, 1.0)"),
        (pt.dot(x, A.T), "Gemv(A, x, 1.0)"),
        (pt.dot(A, B), "Gemm(A, B, 1.0)"),
        (pt.dot(A.T, B.T), "Gemm{transpose_a, transpose_b}(A, B, 1.0)"),
        (pt.dot(A, B).T, "Gemm{transpose_a, transpose_b}(B, A, 1.0)"),
        (pt.dot(x, z), "Sum{axis=0}(Mul(x, z))"),
        (pt.dot(x, x), "Sum{axis=0}(Sqr(x))"),
        (pt.dot(x[:, None], y[None, :]), "Mul(ExpandDims{axis=1}(x), ExpandDims{axis=0}(y))"),
        (pt.dot(A, x[:, None]), "ExpandDims{axis=1}(Gemv(A, x, 1.0))"),
        (2.0 * pt.dot(A, x), "Gemv(A, x, 2.0)"),
        (pt.dot(a * A, x), "Gemv(A, x, a)"),
        (-pt.dot(A, B), "Gemm(A, B, -1.0)"),
        (a * pt.dot(b * A, B), "Gemm(A, B, Mul(b, a))"),
        (y + pt.dot(A, x), "Gemv{accumulate}(A, x, 1.0, y, 1.0)"),
        (pt.dot(A, x) + y, "Gemv{accumulate}(A, x, 1.0, y, 1.0)"),
        (y - a * pt.dot(A, x), "Gemv{accumulate}(A, x, Neg(a), y, 1.0)"),
        (a * pt.dot(A, x) - y, "Gemv{accumulate}(A, x, a, y, -1.0)"),
        (b * y + a * pt.dot(A, x), "Gemv{accumulate}(A, x, a, y, b)"),
        (b * C - pt.dot(A, B), "Gemm{accumulate}(A, B, -1.0, C, b)"),
        (
            pt.dot(A, x) + pt.dot(B.T, x),
            "Gemv{transposed, accumulate}(B, x, 1.0, Gemv(A, x, 1.0), 1.0)",
        ),
    ],
    ids=str,
)
def test_products_become_calls(graph, expected):
    assert special(graph) == expected


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.exp(y + pt.dot(A, x)), "Exp(Add(y, Gemv(A, x, 1.0)))"),  # the sum costs nothing there
        ((y + pt.dot(A, x)).sum(), "Sum{axes=None}(Add(y, Gemv(A, x, 1.0)))"),
        (a + pt.dot(A, x), "Add(ExpandDims{axis=0}(a), Gemv(A, x, 1.0))"),
        (y + pt.dot(A, B), "Add(ExpandDims{axis=0}(y), Gemm(A, B, 1.0))"),
        (y * pt.dot(A, x), "Mul(y, Gemv(A, x, 1.0))"),
        (a / pt.dot(A, x), "True_div(ExpandDims{axis=0}(a), Gemv(A, x, 1.0))"),
    ],
    ids=str,
)
def test_what_blas_would_not_save_stays_a_loop(graph, expected):
    assert special(graph) == expected


def test_a_product_that_is_used_twice_is_computed_once():
    product = pt.dot(A, x)
    outputs = rewrite_graph([product, y + 2.0 * product], include=("fast_run",))
    assert shown(outputs[0]) == "Gemv(A, x, 1.0)"
    assert shown(outputs[1]) == "Add(y, Mul([2.], Gemv(A, x, 1.0)))"


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_other_blas_dtypes(dtype: str):
    m, v = pt.matrix("m", dtype=dtype), pt.vector("v", dtype=dtype)
    assert shown(rewrite_graph(pt.dot(m, v), ("fast_run",))).startswith("Gemv(m, v, ")


@pytest.mark.parametrize("dtype", ["int64", "float16", "bool"])
def test_dtypes_that_blas_does_not_know_stay(dtype: str):
    m = pt.matrix("m", dtype=dtype)
    assert "Blockwise{dot" in shown(rewrite_graph(pt.dot(m, m), ("fast_run",)))


def test_stacks_of_matrices_stay():
    stack = pt.tensor3("stack")
    assert "Blockwise{dot" in shown(rewrite_graph(pt.matmul(stack, stack), ("fast_run",)))


def test_strict_ieee_takes_only_a_constant_for_alpha():
    with config.change_flags(strict_ieee=True):
        assert special(2.0 * pt.dot(A, x)) == "Gemv(A, x, 2.0)"
        assert special(a * pt.dot(A, x)) == "Mul(ExpandDims{axis=0}(a), Gemv(A, x, 1.0))"


@pytest.mark.parametrize("first", [True, False], ids=("rewritten first", "as it is"))
def test_a_step_of_logistic_regression_has_two_products(first: bool):
    X, beta = pt.matrix("X"), pt.vector("beta")
    alpha, eta = pt.scalar("alpha"), pt.scalar("eta")
    p = pt.sigmoid(alpha + X @ beta)
    loss = -(y * pt.log(p) + (1 - y) * pt.log(1 - p)).mean()
    cost = rewrite_graph(loss, ("canonicalize", "stabilize")) if first else loss
    d_alpha, d_beta = grad(cost, wrt=[alpha, beta])
    outputs = [loss, alpha - eta * d_alpha, beta - eta * d_beta]
    program = import_graph(FunctionGraph([X, y, eta, alpha, beta], outputs, clone=False))
    optimize(program.block)
    products = [op for op in program.block.ops if op.name in ("nd.dot", "nd.gemv", "nd.gemm")]
    assert [op.name for op in products] == ["nd.gemv", "nd.gemv"]
    forward, backward = products
    assert not forward.definition.transposed and not forward.definition.accumulate
    assert backward.definition.transposed and backward.definition.accumulate
    arguments = program.block.args
    assert forward.operands[0] is backward.operands[0] is arguments[0]
    assert backward.operands[3] is arguments[4]
    scale = backward.operands[2].owner
    assert scale.name == "nd.neg" and scale.operands[0] is arguments[2]
    assert program.block.last_op.operands[2] is backward.results[0]
