"""Programs, and choices of rewrites, that random ones have been reduced to, each wrong once."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.modes import get_mode
from lamina.graph import rewrite_graph, vectorize_graph
from lamina.import_graph import import_graph
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import graph_inputs
from lamina.ir.graph.variable import Constant
from lamina.passes.registry import TAGS, run_rewrites
from lamina.raise_graph import raise_graph
from tests.evaluate import evaluate

NOTHING = get_mode("FAST_RUN").excluding("canonicalize", "stabilize", "specialize")


@pytest.mark.parametrize("dtype", ["int32", "bool", "float64"])
def test_the_imaginary_part_of_what_is_real_has_its_dtype_without_rewrites_too(dtype):
    x = pt.tensor("x", dtype=dtype, shape=(None,))
    zero = lamina.function([x], pt.imag(x) + pt.imag(x), NOTHING)(np.ones(2, dtype))
    assert zero.dtype == dtype
    np.testing.assert_array_equal(zero, [0, 0])


def test_a_length_that_a_reshape_makes_one_broadcasts_in_a_batch_too():
    x, y = pt.vector("x"), pt.vector("y")
    xs, ys = pt.matrix("xs"), pt.matrix("ys")
    table = vectorize_graph(pt.reshape(x, (x.shape[0], 1)) * y, {x: xs, y: ys})
    a, b = np.arange(6.0).reshape(2, 3), np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(table.eval({xs: a, ys: b}), a[:, :, None] * b[:, None, :])


NAMED = {r.name: r for members in TAGS.values() for r in members}


def rewritten(y, *names):
    inputs = [v for v in graph_inputs([y]) if not isinstance(v, Constant)]
    program = import_graph(FunctionGraph(inputs, [y], clone=False))
    run_rewrites(program.block, [NAMED[name] for name in names])
    return raise_graph(program, inputs)[0]


def test_rules_about_constants_end_where_no_rule_folds_them():
    x = pt.dvector("x")
    negative = rewritten(
        -(x * 2.0) * -1, "sign-of-constant", "product-with-negative", "product-with-minus-one"
    )
    np.testing.assert_array_equal(evaluate(negative, {x: [3.0]}), [6.0])
    flat = pt.flatten(pt.tensor("t", dtype="uint16", shape=(2, 3, None)), 1)
    assert rewritten(flat, "constant-times-constant").type == flat.type
    bounded = pt.maximum(pt.maximum(pt.constant(0.5), 0.25), 0.75) + x
    np.testing.assert_array_equal(evaluate(rewritten(bounded, "bound-of-bound"), {x: [1.0]}), 1.75)


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_the_sum_of_no_quotients_of_exps_is_zero(shape):
    x = pt.tensor("x", shape=(None,) * len(shape))
    y = (x / pt.exp(x).sum(axis=-1, keepdims=True)).sum(axis=-1)
    found = evaluate(rewrite_graph(y, include=("fast_run",)), {x: np.zeros(shape)})
    np.testing.assert_array_equal(found, np.zeros(shape[:-1]))


def test_multiples_of_an_unsigned_number_are_added_modulo_its_range():
    x = pt.tensor("x", dtype="uint64", shape=(None,))
    found = evaluate(rewrite_graph(3 * x + -x), {x: np.array([2, 2**63 + 1], "uint64")})
    np.testing.assert_array_equal(found, np.array([4, 2], "uint64"))


def test_no_power_is_taken_where_there_is_no_integer():
    x = pt.lvector("x")
    y = rewrite_graph((2 + pt.ones_like(x)) ** -2, include=("fast_run",))
    assert evaluate(y, {x: np.zeros(0, "int64")}).shape == (0,)
    with pytest.raises(ValueError, match="negative integer powers"):
        evaluate(y, {x: np.zeros(2, "int64")})


def test_the_sum_of_no_shares_is_zero():
    x = pt.dvector("x")
    parts = pt.alloc(1.5, x.shape[0])
    for y, whole in (((parts / parts.sum()).sum(), 1), ((parts / parts.size).sum(), 1.5)):
        y = rewrite_graph(y, include=("fast_run",))
        assert evaluate(y, {x: np.zeros(0)}) == 0
        assert evaluate(y, {x: np.zeros(3)}) == pytest.approx(whole)


def test_the_diagonal_of_a_triangle_of_a_diagonal_matrix_is_found_once():
    x = pt.dvector("x")
    y = rewrite_graph(pt.diagonal(pt.tril(2 * pt.eye(x.shape[0]))) * x, include=("canonicalize",))
    np.testing.assert_array_equal(evaluate(y, {x: [3.0, 4.0]}), [6.0, 8.0])


def test_the_sum_of_no_shares_of_a_given_number_is_zero():
    n, a, c = pt.lscalar("n"), pt.dscalar("a"), pt.zscalar("c")
    sums = [pt.alloc(v, n).sum() for v in (1 / n, a / n, c)]
    sums.append(pt.alloc(a / (n - 2), n - 2).sum())
    sums = rewrite_graph(sums, include=("fast_run",))
    for length, values in ((0, (0, 0, 0)), (2, (1, 1.5, complex(np.inf, 0)))):
        given = {n: length, a: 1.5, c: complex(np.inf, 0)}
        for y, value in zip(sums, values, strict=False):
            np.testing.assert_array_equal(evaluate(y, given), value)
    assert evaluate(sums[3], {n: 2, a: 1.5}) == 0
