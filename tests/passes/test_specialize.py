"""What specialize makes of graphs."""

import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import zero_grad
from lamina.graph import rewrite_graph
from lamina.ir.configuration import config
from tests.evaluate import evaluate
from tests.passes.shown import shown

x, y = pt.vector("x"), pt.vector("y")
i = pt.lvector("i")


def special(graph) -> str:
    return shown(rewrite_graph(graph, include=("canonicalize", "specialize")))


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (1 / x, "Reciprocal(x)"),
        (2 / x, "True_div([2.], x)"),
        (x * x, "Sqr(x)"),
        (x**2, "Sqr(x)"),
        (x**3, "Mul(x, Sqr(x))"),
        (x**4, "Sqr(Sqr(x))"),
        (x**8, "Sqr(Sqr(Sqr(x)))"),
        (x**9, "Pow(x, [9.])"),
        (x**-1, "Reciprocal(x)"),
        (x**-2, "Reciprocal(Sqr(x))"),
        (x**0.5, "Sqrt(x)"),
        (x**-0.5, "Reciprocal(Sqrt(x))"),
        (x**1.5, "Pow(x, [1.5])"),
        (i**3, "Mul(i, Sqr(i))"),
        (i ** pt.constant(-1), "Pow(i, [-1])"),
        (x**np.inf, "Pow(x, [inf])"),
        (x / 4, "Mul(x, [0.25])"),
        (x / 3, "True_div(x, [3.])"),
        (x / 1e-320, "True_div(x, [1.e-320])"),
        (zero_grad(x) * y, "Mul(x, y)"),
    ],
    ids=str,
)
def test_general_operations_become_special_ones(graph, expected):
    assert special(graph) == expected


def test_strict_ieee_keeps_roots_as_powers():
    with config.change_flags(strict_ieee=True):
        assert special(x**0.5) == "Pow(x, [0.5])"
        assert special(x**3) == "Mul(x, Sqr(x))"


@pytest.mark.parametrize("n", [n for n in range(-8, 9) if n])
def test_powers_as_products_are_within_four_units(n: int):
    values = np.random.default_rng(n + 8).uniform(0.3, 3, 400)
    found = evaluate(rewrite_graph(x**n, include=("fast_run",)), {x: values})
    exact = (values.astype(np.longdouble) ** n).astype(np.float64)
    assert np.all(np.abs(found - exact) <= 4 * np.spacing(exact))


def test_integer_powers_wrap_as_products_do():
    values = np.array([-7, 3, 2**40], np.int64)
    graph = rewrite_graph(i**3, include=("fast_run",))
    with np.errstate(all="ignore"):
        assert np.array_equal(evaluate(graph, {i: values}), values**3)
