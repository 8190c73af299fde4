"""Signs, extrema, comparisons, choices."""

import numpy as np
import pytest

import lamina.tensor as pt
from lamina.graph import rewrite_graph
from tests.evaluate import evaluate
from tests.passes.becomes import becomes
from tests.passes.shown import shown

x, y = pt.dvector("x"), pt.dvector("y")
f = pt.fvector("f")
i, j, u = pt.lvector("i"), pt.lvector("j"), pt.vector("u", dtype="uint8")
a, b = pt.bvector("a"), pt.vector("b", dtype="bool")
c = pt.scalar("c", dtype="bool")


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.abs(pt.exp(x)), "Exp(x)"), (pt.abs(pt.sqr(x) * pt.exp(y)), "Mul(Sqr(x), Exp(y))"),
        (pt.abs(pt.sqr(x) + 1), "Add(Sqr(x), [1.])"), (pt.abs(pt.sqr(i)), "Abs(Sqr(i))"),
        (pt.abs(pt.exp(x) - 1), "Abs(Sub(Exp(x), [1.]))"),
        (pt.abs(1 / pt.exp(x)), "True_div([1.], Exp(x))"),
    ],
    ids=str,
)  # fmt: skip
def test_a_modulus_of_what_is_not_negative_goes(graph, expected):
    becomes(graph, expected)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.maximum(x, -np.inf), "x"), (pt.minimum(np.inf, x), "x"), (pt.maximum(u, 0), "u"),
        (pt.minimum(u, 255), "u"), (pt.maximum(i, 0), "Maximum(i, [0])"),
        (pt.maximum(pt.exp(x), 0), "Exp(x)"),
        (pt.maximum(pt.exp(x), 0.5), "Maximum(Exp(x), [0.5])"),
        (pt.maximum(pt.maximum(x, 1), 2), "Maximum(x, [2.])"),
        (pt.minimum(pt.minimum(2, x), 1), "Minimum(x, [1.])"),
        (pt.clip(x, -np.inf, 1), "Minimum(x, [1.])"), (pt.clip(x, 1, np.inf), "Maximum(x, [1.])"),
    ],
    ids=str,
)  # fmt: skip
def test_bounds_that_bound_nothing_go(graph, expected):
    becomes(graph, expected)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.switch(b, True, False), "b"), (pt.switch(b, False, True), "Invert(b)"),
        (pt.eq(b, True), "b"), (pt.neq(b, True), "Invert(b)"), (pt.eq(False, b), "Invert(b)"),
        (pt.lt(u, 0), "Alloc(False, Shape_i{0}(u))"), (pt.ge(u, 0), "Alloc(True, Shape_i{0}(u))"),
        (pt.gt(u, 255), "Alloc(False, Shape_i{0}(u))"),
        (pt.exp(pt.switch(b, 0.0, 1.0)), f"Switch(b, [1.], [{np.exp(1.0):.8f}])"),
        (2.0 * pt.switch(b, 3.0, 0.0), "Switch(b, [6.], [0.])"),
        (pt.cast(pt.switch(b, 1, 0), "float64"), "Switch(b, [1.], [0.])"),
        (pt.floor(pt.cast(i, "float64")), "Cast{float64}(i)"), (pt.ceil(pt.trunc(x)), "Trunc(x)"),
        (pt.isnan(pt.cast(i, "float64")), "Alloc(False, Shape_i{0}(i))"),
        (pt.isfinite(i), "Alloc(True, Shape_i{0}(i))"),
        (pt.switch(c, 0.0, x)[:, None],
         "Switch(ExpandDims{axes=[0, 1]}(c), [[0.]], ExpandDims{axis=1}(x))"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_known_of_choices_and_comparisons(graph, expected):
    becomes(graph, expected)


def test_nan_is_neither_less_nor_greater_nor_chosen():
    graphs = [~(x < y), pt.switch(x < y, y, x), pt.maximum(pt.minimum(x, y), y)]
    nan = {x: np.array([np.nan, 1.0]), y: np.array([1.0, np.nan])}
    after = rewrite_graph(graphs)
    for found, expected in zip(evaluate(after[:2], nan), evaluate(graphs[:2], nan), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert [shown(g) for g in after][2] == "y"


def test_gradients_of_a_choice_are_zero_where_it_is_not_taken():
    value = evaluate(rewrite_graph(y * pt.switch(b, x, 0.0)), {
        b: np.array([True, False]), x: np.array([2.0, 1.0]), y: np.array([3.0, np.inf])
    })  # fmt: skip
    assert value.tolist() == [6.0, 0.0]
