"""Powers, roots, like terms, products of exponentials."""

import numpy as np
import pytest

import lamina.tensor as pt
from lamina.graph import rewrite_graph
from lamina.ir import operators as ops
from lamina.ir.configuration import config
from tests.evaluate import evaluate
from tests.passes.becomes import becomes
from tests.passes.shown import shown

x, y = pt.dvector("x"), pt.dvector("y")
i = pt.lvector("i")


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (x**2 * x**3, "Pow(x, [5.])"), (x * x**2, "Pow(x, [3.])"), (x**3 / x, "Pow(x, [2.])"),
        (x**2 / x, "x"), (x**0.5 * x, "Pow(x, [1.5])"), (x**-1 * x**3, "Pow(x, [2.])"),
        (i**2 * i, "Pow(i, [3])"), (x / x**2, "Pow(x, [-1.])"),
        ((x**1.5) ** 3, "Pow(x, [4.5])"), ((x**-1) ** 3, "Pow(x, [-3.])"),
        (ops.sqr(x) ** 0.5, "Abs(x)"), (ops.sqrt(x) ** 3, "Pow(x, [1.5])"),
        (x + x, "Mul(x, [2.])"), (2 * x + x, "Mul(x, [3.])"), (2 * x - 5 * x, "Mul(x, [-3.])"),
        (x - 2 * x, "Neg(x)"), (3 * x - 2 * x, "x"), (-x + 3 * x, "Mul(x, [2.])"),
        (i + i, "Mul(i, [2])"), (2 * i - i, "i"),
    ],
    ids=str,
)  # fmt: skip
def test_powers_and_multiples_of_one_value_are_one(graph, expected):
    becomes(graph, expected)


@pytest.mark.parametrize(
    "graph",
    [
        x**0.5 * x**0.5,  # NaN of negatives, x is not
        (x**1.5) ** 2, ops.sqrt(x) ** 4, (x**2) ** 0.25,
        x**0.1 * x**0.2,  # 0.1 + 0.2 is rounded
        i / i**2, pt.exp(x) + pt.exp(y) * x,
    ],
    ids=str,
)  # fmt: skip
def test_what_would_lose_a_nan_or_a_digit_stays(graph):
    assert shown(rewrite_graph(graph)).count("Pow") == shown(graph).count("Pow")


def test_a_power_that_is_used_elsewhere_is_not_computed_twice():
    power = x**5
    product, again = rewrite_graph([power * x, power])
    assert shown(product) == "Mul(Pow(x, [5.]), x)" and shown(again) == "Pow(x, [5.])"


@pytest.mark.parametrize("graph", [pt.exp(x) * pt.exp(y), pt.exp(x) / pt.exp(-y)])
def test_exponentials_that_overflow_one_by_one_have_a_product(graph):
    values = {x: np.array([800.0, 3.0]), y: np.array([-799.0, 1.0])}
    found = evaluate(rewrite_graph(graph, include=("canonicalize", "stabilize")), values)
    np.testing.assert_allclose(found, np.exp([1.0, 4.0]), rtol=1e-13)


def test_strict_ieee_keeps_what_differs_at_infinity():
    with config.change_flags(strict_ieee=True):
        assert shown(rewrite_graph(x**2 * x**3)).count("Pow") == 2
        assert shown(rewrite_graph(2 * x - x)).startswith("Sub")
