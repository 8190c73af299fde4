"""ifelse: only the branch that is taken is computed, and differentiated."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph import Apply, Op, clone_replace, graph_replace, vectorize_graph
from lamina.ifelse import IfElse, ifelse

MODES = ("FAST_RUN", "FAST_COMPILE", "NUMPY")


class Noted(Op):
    """Its operand; notes that it was computed."""

    def __init__(self):
        self.count = 0

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        self.count += 1
        output_storage[0][0] = inputs[0].copy()

    def grad(self, inputs, output_grads):
        return [2 * output_grads[0]]


def noted(*variables):
    ops = [Noted() for _ in variables]
    return ops, [op(v) for op, v in zip(ops, variables, strict=True)]


@pytest.mark.parametrize("mode", MODES)
def test_only_the_branch_that_is_taken_is_computed(mode):
    c, x = pt.bscalar("c"), pt.dvector("x")
    (a, b, both), (p, q, r) = noted(pt.exp(x), pt.log(x), x + 1)
    y = ifelse(c, p + r, q * r)
    f = lamina.function([c, x], [y, y.sum()], mode=mode)
    assert (a.count, b.count, both.count) == (0, 0, 0)
    np.testing.assert_allclose(f(1, [1, 2])[0], np.exp([1, 2]) + [2, 3])
    assert (a.count, b.count, both.count) == (1, 0, 1)
    np.testing.assert_allclose(f(0, [1, 2])[1], (np.log([1, 2]) * [2, 3]).sum())
    assert (a.count, b.count, both.count) == (1, 1, 2)


def test_what_is_needed_elsewhere_is_computed_in_any_case():
    c, x = pt.bscalar("c"), pt.dscalar("x")
    (a, b), (p, q) = noted(x, x + 1)
    f = lamina.function([c, x], [ifelse(c, p, q), p])
    assert f(0, 1.0) == [2.0, 1.0]
    assert (a.count, b.count) == (1, 1)


@pytest.mark.parametrize("mode", MODES)
def test_several_outputs_of_several_ranks_and_lengths(mode):
    c, x, m = pt.bscalar("c"), pt.dvector("x"), pt.dmatrix("m")
    outputs = ifelse(c, [x, m.sum(), m @ x], [pt.concatenate([x, x]), 1, 2 * x], name="pick")
    assert isinstance(outputs, list) and len(outputs) == 3
    f = lamina.function([c, x, m], outputs, mode=mode)
    a, b = np.array([1.0, 2]), np.arange(6.0).reshape(3, 2)
    for found, expected in zip(f(1, a, b), (a, b.sum(), b @ a), strict=True):
        np.testing.assert_array_equal(found, expected)
    for found, expected in zip(f(0, a, b), (np.r_[a, a], 1, 2 * a), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("mode", MODES)
def test_one_ifelse_in_a_branch_of_another(mode):
    n, x = pt.lscalar("n"), pt.dscalar("x")
    ops, (p, q, r) = noted(x, 2 * x, 3 * x)
    y = ifelse(n > 0, ifelse(n > 1, p, q), r)
    f = lamina.function([n, x], y, mode=mode)
    assert [float(f(k, 1.0)) for k in (2, 1, 0)] == [1, 2, 3]
    assert [op.count for op in ops] == [1, 1, 1]


def test_a_branch_may_be_an_input_a_constant_or_the_condition_of_another():
    c, x = pt.bscalar("c"), pt.dscalar("x")
    y = ifelse(c, x, 3)
    z = ifelse(y > 2, y, ifelse(c, x, -x))
    f = lamina.function([c, x], [y, z, ifelse(True, x, y)])
    assert f(1, 1.0) == [1, 1, 1] and f(0, 1.0) == [3, 3, 1]


@pytest.mark.parametrize("mode", MODES)
def test_a_check_in_a_branch_that_is_not_taken_raises_nothing(mode):
    x = pt.dscalar("x")
    y = ifelse(x >= 0, lamina.raise_op.Assert("negative")(pt.sqrt(x), x >= 0), -x)
    f = lamina.function([x], y, mode=mode)
    assert f(4) == 2 and f(-4) == 4
    strict = lamina.raise_op.Assert("above 1")(x, x <= 1)
    g = lamina.function([x], ifelse(x > 0, strict, x), mode=mode)
    assert g(-5) == -5
    with pytest.raises(AssertionError, match="above 1"):
        g(2)


@pytest.mark.parametrize("mode", MODES)
def test_gradients_are_those_of_the_branch_that_is_taken(mode):
    c, x = pt.bscalar("c"), pt.dvector("x")
    (a, b), (p, q) = noted(x**2, pt.sqrt(x))
    f = lamina.function([c, x], lamina.grad(ifelse(c, p, q).sum(), x), mode=mode)
    np.testing.assert_allclose(f(1, [0.0, 3.0]), [0, 12])
    assert b.count == 0
    np.testing.assert_allclose(f(0, [4.0, 1.0]), [0.5, 1.0])
    assert np.isfinite(f(1, [-1.0, 0.0])).all()


def test_a_gradient_by_what_a_branch_computes_and_by_both_branches():
    c, x, w = pt.bscalar("c"), pt.dscalar("x"), pt.dscalar("w")
    h = pt.exp(x)
    y = ifelse(c, h * w, w**2) + h
    f = lamina.function([c, x, w], lamina.grad(y, [h, w, x]), on_unused_input="ignore")
    np.testing.assert_allclose(f(1, 0.5, 2.0), [3, np.exp(0.5), 3 * np.exp(0.5)])
    np.testing.assert_allclose(f(0, 0.5, 2.0), [1, 4, np.exp(0.5)])


def test_second_derivatives():
    c, x = pt.bscalar("c"), pt.dscalar("x")
    first = lamina.grad(ifelse(c, x**3, pt.sin(x)), x)
    f = lamina.function([c, x], lamina.grad(first, x))
    np.testing.assert_allclose([f(1, 2.0), f(0, 2.0)], [12, -np.sin(2)])


def test_a_gradient_by_the_condition_is_disconnected():
    x = pt.dscalar("x")
    with pytest.raises(lamina.gradient.DisconnectedInputError):
        lamina.grad(ifelse(x, pt.constant(1.0), pt.constant(2.0)), x)


@pytest.mark.parametrize("mode", MODES)
def test_branches_within_a_loop(mode):
    x = pt.dvector("x")
    (a, b), made = [Noted(), Noted()], []

    def step(v, s):
        made.append(ifelse(v > 0, a(s + v), b(s * v)))
        return made[-1]

    y, _ = lamina.scan(step, x, np.float64(1))
    f = lamina.function([x], [y, lamina.grad(y[-1], x)], mode=mode)
    values, slope = f([2.0, -3.0, 4.0])
    np.testing.assert_allclose(values, [3, -9, -5])
    # Noted doubles: 2 for the last sum; 4 s for the product; 8 v for the first sum
    np.testing.assert_allclose(slope, [2 * 2 * 2 * -3.0, 2 * 2 * 3.0, 2])
    assert a.count >= 2 and b.count >= 1


def test_batches_take_one_branch_or_each_its_own():
    c, x, cs, xs = pt.bscalar("c"), pt.dscalar("x"), pt.bvector("cs"), pt.dvector("xs")
    y = ifelse(c, pt.exp(x), 2 * x)
    one, each = vectorize_graph(y, {x: xs}), vectorize_graph(y, {x: xs, c: cs})
    only = vectorize_graph(y, {c: cs})
    g = vectorize_graph(lamina.grad(y, x), {x: xs, c: cs})
    f = lamina.function([c, cs, x, xs], [one, each, only, g])
    found = f(0, [1, 0], 3.0, [1.0, 2.0])
    e = np.exp(1)
    for a, b in zip(found, ([2, 4], [e, 4], [np.exp(3), 6], [e, 2]), strict=True):
        np.testing.assert_allclose(a, b)


def test_branches_of_graphs_are_replaced_copied_and_pickled():
    c, x, z = pt.bscalar("c"), pt.dscalar("x"), pt.dscalar("z")
    h = pt.exp(x)
    y = ifelse(c, h, x)
    replaced, cloned = graph_replace(y, {h: z}), clone_replace(y, {x: z})
    f = lamina.function([c, x, z], [replaced, cloned])
    assert f(1, 1.0, 0.0) == [0, 1] and f(0, 1.0, 0.0) == [1, 0]
    for duplicate in (copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))):
        g = duplicate(lamina.function([c, x], y))
        assert g(1, 0.0) == 1 and g(0, 0.0) == 0


def test_static_shapes_agree_where_those_of_the_branches_do():
    a, b = pt.tensor("a", shape=(2, 3)), pt.tensor("b", shape=(2, None))
    assert ifelse(True, a, b).type.shape == (2, None)
    assert ifelse(True, a, a + 1).type.shape == (2, 3)


def test_it_prints_as_an_op_on_both_branches():
    c, x = pt.bscalar("c"), pt.dscalar("x")
    y = ifelse(c > 0, x, -x, name="sign")
    assert lamina.dprint(y, file="str") == (
        "if{sign} [id A]\n"
        " ├─ Gt [id B]\n"
        " │  ├─ c [id C]\n"
        " │  └─ 0 [id D]\n"
        " ├─ x [id E]\n"
        " └─ Neg [id F]\n"
        "    └─ x [id E]\n"
    )
    assert isinstance(y.owner.op, IfElse) and y.owner.op == IfElse(1, "sign")


@pytest.mark.parametrize(
    ("branches", "error", "message"),
    [
        ((pt.dscalar("a"), pt.fscalar("b")), TypeError, "a is Scalar.float64.* Scalar.float32"),
        ((pt.dscalar("a"), pt.dvector("b")), TypeError, "same dtype and rank"),
        ((pt.lscalar("a"), 0.5), TypeError, "same dtype and rank"),
        (([pt.dscalar()], [pt.dscalar()] * 2), ValueError, "have 1 and 2 values"),
    ],
)  # fmt: skip
def test_branches_that_do_not_go_together(branches, error, message):
    with pytest.raises(error, match="(?s)" + message):
        ifelse(pt.bscalar(), *branches)


def test_a_condition_that_is_no_scalar():
    with pytest.raises(TypeError, match="must be a scalar, c is of type Vector.*switch"):
        ifelse(pt.bvector("c"), pt.dscalar(), pt.dscalar())


@pytest.mark.parametrize("first", ["import lamina", "import lamina.ifelse", "import lamina.scan"])
def test_it_can_be_called_by_the_name_of_its_module(first):
    program = f"{first}; import lamina; lamina.ifelse(True, lamina.tensor.dscalar(), 1)"
    program += "; from lamina.ifelse import IfElse, ifelse; lamina.ifelse.ifelse"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_generators_of_random_numbers_advance_in_the_branch_that_is_taken():
    rng, c = lamina.shared(np.random.default_rng(1)), pt.bscalar("c")
    next_rng, draw = pt.random.normal(rng=rng).owner.outputs
    after, value = ifelse(c, [next_rng, draw], [rng, 0])
    f = lamina.function([c], value, updates={rng: after}, mode="NUMPY")
    expected = np.random.default_rng(1).normal(size=2)
    assert [f(0), f(1), f(0), f(1)] == [0, expected[0], 0, expected[1]]
