"""What stabilize makes of graphs; losses and gradients where plain formulas overflow."""

import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import grad
from lamina.graph import rewrite_graph
from lamina.ir.configuration import config
from tests.evaluate import evaluate
from tests.passes.shown import shown

x, y, z = pt.vector("x"), pt.vector("y"), pt.vector("z")
m, t = pt.matrix("m"), pt.matrix("t")
BOTH = ("canonicalize", "stabilize")


def stable(graph) -> str:
    return shown(rewrite_graph(graph, include=("stabilize",)))


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.log(1 + x), "Log1p(x)"),
        (pt.log(x + 1), "Log1p(x)"),
        (pt.log(1 - x), "Log1p(Neg(x))"),
        (pt.exp(x) - 1, "Expm1(x)"),
        (pt.exp(x) + -1, "Expm1(x)"),
        (1 - pt.exp(x), "Neg(Expm1(x))"),
        (pt.log(1 + pt.exp(x)), "Scalar_softplus(x)"),
        (pt.log1p(pt.exp(x)), "Scalar_softplus(x)"),
        (pt.log(pt.sigmoid(x)), "Neg(Scalar_softplus(Neg(x)))"),
        (pt.log(1 - pt.sigmoid(x)), "Neg(Scalar_softplus(x))"),
        (pt.log1p(-pt.sigmoid(x)), "Neg(Scalar_softplus(x))"),
        (1 - pt.sigmoid(x), "Sigmoid(Neg(x))"),
        (1 - pt.sigmoid(-x), "Sigmoid(x)"),
        (1 / (1 + pt.exp(-x)), "Sigmoid(x)"),
        (pt.exp(x) / (1 + pt.exp(x)), "Sigmoid(x)"),
        (y * pt.exp(-x) * pt.sigmoid(x), "Mul(y, Sigmoid(Neg(x)))"),
        (pt.log(pt.exp(x)), "x"),
        (pt.log(pt.exp(x) + pt.exp(y)), "Logaddexp(x, y)"),
        (pt.log(pt.exp(x) / y), "Sub(x, Log(y))"),
    ],
    ids=str,
)
def test_formulas_that_lose_digits_or_overflow_are_replaced(graph, expected):
    assert stable(graph) == expected


def test_other_numbers_and_integers_stay():
    assert stable(pt.log(2 + x)) == "Log(Add([2.], x))"
    assert stable(2 - pt.sigmoid(x)) == "Sub([2.], Sigmoid(x))"


def test_strict_ieee_keeps_the_infinity_of_an_overflow():
    with config.change_flags(strict_ieee=True):
        assert stable(pt.log(1 + pt.exp(x))) == "Log1p(Exp(x))"
        assert stable(pt.log(pt.exp(x).sum())) == "Log(Sum{axes=None}(Exp(x)))"


def test_digits_of_small_numbers_are_kept():
    tiny = np.array([1e-18, -1e-17])
    assert np.array_equal(
        evaluate(rewrite_graph(pt.log(1 + x), include=("stabilize",)), {x: tiny}), tiny
    )
    assert np.array_equal(
        evaluate(rewrite_graph(pt.exp(x) - 1, include=("stabilize",)), {x: tiny}), tiny
    )


# Logarithms of sums of exponentials.

FAR = np.array([[-1000.0, 0.0, 1000.0], [-np.inf, 2.0, 1.0], [-np.inf] * 3, [np.inf, 1.0, 2.0]])


def log_sum_exp(values: np.ndarray, axis, keepdims: bool) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.logaddexp.reduce(values, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("axis", [0, 1, -1, None, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_log_sum_exp_is_right_far_out_and_at_infinities(axis, keepdims: bool):
    graph = pt.log(pt.exp(m).sum(axis=axis, keepdims=keepdims))
    value = evaluate(rewrite_graph(graph, include=BOTH), {m: FAR})
    axes = (0, 1) if axis in (None, (0, 1)) else axis
    expected = FAR if axes != (0, 1) else FAR.reshape(1, -1)
    expected = log_sum_exp(expected, axis if axes != (0, 1) else 1, keepdims)
    np.testing.assert_allclose(value.ravel(), expected.ravel(), rtol=1e-14)
    assert value.ndim == graph.type.ndim


def test_log_sum_exp_of_nothing_is_minus_infinity():
    graph = rewrite_graph(pt.log(pt.exp(m).sum(axis=1)), include=BOTH)
    assert evaluate(graph, {m: np.zeros((2, 0))}).tolist() == [-np.inf, -np.inf]


def test_what_is_shifted_is_not_shifted_again():
    once = rewrite_graph(pt.log(pt.exp(m).sum(axis=1)), include=BOTH)
    assert shown(rewrite_graph(once, include=BOTH)) == shown(once)
    by_hand = pt.log(pt.exp(m - m.max(axis=1, keepdims=True)).sum(axis=1))
    assert shown(rewrite_graph(by_hand, include=("stabilize",))).count("Max") == 1


def test_a_transposed_sum_of_exponentials_is_no_softmax():
    square = pt.exp(m) / pt.exp(m).sum(axis=0)[:, None]
    value = evaluate(rewrite_graph(square, include=BOTH), {m: np.arange(9.0).reshape(3, 3)})
    exps = np.exp(np.arange(9.0).reshape(3, 3))
    np.testing.assert_allclose(value, exps / exps.sum(axis=0)[:, None], rtol=1e-13)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax_by_its_formula_does_not_overflow(axis: int):
    values = np.array([[-1000.0, 0.0, 1000.0], [1.0, 2.0, 3.0]])
    softmax = pt.exp(m) / pt.exp(m).sum(axis=axis, keepdims=True)
    exps = np.exp(values - values.max(axis=axis, keepdims=True))
    expected = exps / exps.sum(axis=axis, keepdims=True)
    value = evaluate(rewrite_graph(softmax, include=BOTH), {m: values})
    np.testing.assert_allclose(value, expected, rtol=1e-14)


# Losses and their gradients.

LOGITS = np.array([-1000.0, -40.0, -1.0, 0.0, 2.0, 50.0, 1000.0, 1000.0, -1000.0])
TARGETS = np.array([0.0, 1, 1, 0, 1, 0, 1, 0, 1])


def logistic(z: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def value_and_gradient(loss, by, values, way: str):
    """Both, after the whole pipeline; `way` is where rewriting comes first."""
    first = rewrite_graph(loss, include=BOTH) if way == "grad of the rewritten loss" else loss
    include = BOTH if way == "without specialize" else ("fast_run",)
    with np.errstate(all="ignore"):
        return evaluate(rewrite_graph([loss, grad(first, by)], include=include), values)


WAYS = ("grad of the rewritten loss", "grad of the loss", "without specialize")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "probability", [pt.sigmoid(z), 1 / (1 + pt.exp(-z))], ids=("sigmoid", "formula")
)
@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("log1p", [True, False])
def test_cross_entropy_is_finite_and_right_at_logits_of_a_thousand(way, probability, mean, log1p):
    p = probability
    other = pt.log1p(-p) if log1p else pt.log(1 - p)
    terms = y * pt.log(p) + (1 - y) * other
    loss = -(terms.mean() if mean else terms.sum())
    value, gradient = value_and_gradient(loss, z, {z: LOGITS, y: TARGETS}, way)
    count = len(LOGITS) if mean else 1
    expected = (np.logaddexp(0, LOGITS) - TARGETS * LOGITS).sum() / count
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    slope = np.where(TARGETS == 1, -logistic(-LOGITS), logistic(LOGITS)) / count
    np.testing.assert_allclose(gradient, slope, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("way", WAYS)
def test_softplus_by_its_formula_has_its_slope(way):
    value, gradient = value_and_gradient(pt.log(1 + pt.exp(z)).sum(), z, {z: LOGITS}, way)
    np.testing.assert_allclose(value, np.logaddexp(0, LOGITS).sum(), rtol=1e-14)
    np.testing.assert_allclose(gradient, logistic(LOGITS), rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("way", WAYS[:2])
@pytest.mark.parametrize("axis", [0, 1])
def test_cross_entropy_of_a_softmax_by_its_formula(way, axis: int):
    values = np.random.default_rng(0).normal(size=(3, 3)) * 1000
    targets = np.eye(3)[[0, 2, 2]]
    p = pt.exp(m) / pt.exp(m).sum(axis=axis, keepdims=True)
    loss = -(t * pt.log(p)).sum()
    value, gradient = value_and_gradient(loss, m, {m: values, t: targets}, way)
    shifted = values - values.max(axis=axis, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    np.testing.assert_allclose(value, -(targets * logs).sum(), rtol=1e-13)
    expected = np.exp(logs) * targets.sum(axis=axis, keepdims=True) - targets
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("way", WAYS[:2])
@pytest.mark.parametrize("axis", [0, 1, None])
def test_the_gradient_of_log_sum_exp_is_the_softmax(way, axis):
    values = np.random.default_rng(1).normal(size=(3, 4)) * 1000
    loss = pt.log(pt.exp(m).sum(axis=axis)).sum()
    _, gradient = value_and_gradient(loss, m, {m: values}, way)
    exps = np.exp(values - values.max(axis=axis, keepdims=True))
    softmax = exps / exps.sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(gradient, softmax, rtol=1e-9, atol=1e-12)
