"""Ops whose graph is made for the operands at hand."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import special

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.compile.builders import OpFromGraph, SymbolicOp
from lamina.gradient import grad, pushforward, verify_grad
from lamina.graph import rewrite_graph, vectorize_graph
from lamina.graph.replace import clone_replace

RNG = np.random.default_rng(5)


class Softmax(SymbolicOp):
    __props__ = ("axis",)

    def __init__(self, axis: int):
        self.axis = axis

    def build_inner_graph(self, x: Any) -> Any:
        e = pt.exp(x - pt.max(x, axis=self.axis, keepdims=True))
        return e / pt.sum(e, axis=self.axis, keepdims=True)


class SumAndProduct(SymbolicOp):
    def build_inner_graph(self, x: Any, y: Any) -> Any:
        return [x + y, x * y]


class Sign(SymbolicOp):
    """Rounded to -1, 0 or 1; its gradient is that of the identity."""

    def build_inner_graph(self, x: Any) -> Any:
        return pt.sgn(x)

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        return [cotangents[0]]


class Twice(SymbolicOp):
    """A subclass of which derivatives are twice those of the graph."""

    def build_inner_graph(self, x: Any) -> Any:
        return pt.sin(x)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [2 * g for g in super().L_op(inputs, outputs, output_grads)]

    def R_op(self, inputs: Any, eval_points: Any) -> list[Any]:
        return [2 * t for t in super().R_op(inputs, eval_points)]


class TwiceByNewNames(Twice):
    L_op, R_op = SymbolicOp.L_op, SymbolicOp.R_op

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        return [2 * g for g in super(Twice, self).pullback(inputs, outputs, cotangents)]

    def pushforward(self, inputs: Any, outputs: Any, tangents: Any) -> list[Any]:
        return [2 * t for t in super(Twice, self).pushforward(inputs, outputs, tangents)]


class TwiceByOldName(SymbolicOp):
    build_inner_graph = Twice.build_inner_graph

    def grad(self, inputs: Any, output_grads: Any) -> list[Any]:
        return [2 * g for g in super().grad(inputs, output_grads)]


class Scaled(SymbolicOp):
    scale = lamina.shared(3.0, "scale")

    def build_inner_graph(self, x: Any) -> Any:
        return x * self.scale


def test_the_graph_is_made_for_the_types_of_the_operands():
    x, a, n = pt.dvector("x"), pt.dmatrix("a"), pt.ftensor3("n")
    op = Softmax(-1)
    results = [op(x), op(a), Softmax(0)(a), op(n), *SumAndProduct()(x, 2)]
    assert [v.type.ndim for v in results] == [1, 2, 2, 3, 1, 1]
    assert [v.type.dtype for v in results] == ["float64"] * 3 + ["float32"] + ["float64"] * 2
    assert op(pt.tensor("s", shape=(4, None))).type.shape == (4, None)
    values = [RNG.normal(size=s) for s in ((5,), (3, 4), (2, 3, 4))]
    values[2] = values[2].astype("float32")
    for mode in ("FAST_RUN", "NUMPY"):
        f = lamina.function([x, a, n], results, mode=mode)
        found = f(*values)
        assert not not_native.callbacks
        for y, (v, axis) in zip(
            found, [(values[0], -1), (values[1], -1), (values[1], 0), (values[2], -1)], strict=False
        ):
            np.testing.assert_allclose(y, special.softmax(v, axis), rtol=1e-6)
        np.testing.assert_allclose(found[4:], [values[0] + 2, values[0] * 2])


def test_derivatives_are_those_of_the_graph():
    a, t = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))
    verify_grad(lambda x: Softmax(0)(x) ** 2, [a], rng=RNG)
    x = pt.dmatrix("x")
    y = pushforward(Softmax(1)(x), x, pt.as_tensor(t), use_op_pushforward=True)
    s = special.softmax(a, 1)
    np.testing.assert_allclose(y.eval({x: a}), s * (t - (s * t).sum(1, keepdims=True)), rtol=1e-10)


def test_a_class_may_have_derivatives_of_its_own():
    x, t = pt.dvector("x"), pt.dvector("t")
    outputs = [grad(Sign()(x).sum(), x)]
    for cls in (Twice, TwiceByNewNames, TwiceByOldName):
        outputs.append(grad(cls()(x).sum(), x))
    for cls in (Twice, TwiceByNewNames):
        y = cls()(x)
        outputs.append(pushforward(y, x, t, use_op_pushforward=True))
        outputs += y.owner.op.pullback([x], [y], [t])
        outputs += y.owner.op.L_op([x], [y], [t])
        outputs += y.owner.op.R_op([x], [t])
    value, tangent = RNG.normal(size=(2, 5))
    found = lamina.function([x, t], outputs, on_unused_input="ignore")(value, tangent)
    np.testing.assert_array_equal(found[0], np.ones(5))
    for y in found[1:4]:
        np.testing.assert_allclose(y, 2 * np.cos(value))
    for y in found[4:]:
        np.testing.assert_allclose(y, 2 * np.cos(value) * tangent)


def test_batches_keep_derivatives():
    x, xs = pt.dvector("x"), pt.dmatrix("xs")
    plain = vectorize_graph(Softmax(0)(x), {x: xs})
    own = vectorize_graph(Sign()(x), {x: xs})
    values = RNG.normal(size=(3, 4))
    found = lamina.function([xs], [plain, own, grad(own.sum(), xs)])(values)
    np.testing.assert_allclose(found[0], special.softmax(values, 1))
    np.testing.assert_array_equal(found[1], np.sign(values))
    np.testing.assert_array_equal(found[2], np.ones((3, 4)))


def test_ops_are_equal_if_class_parameters_and_graphs_are():
    x, a = pt.dvector("x"), pt.dmatrix("a")
    assert Softmax(0) == Softmax(0) != Softmax(1)
    assert Softmax(0)(x).owner.op == Softmax(0)(x).owner.op
    assert hash(Softmax(0)(x).owner.op) == hash(Softmax(0)(x).owner.op)
    assert Softmax(0)(x).owner.op != Softmax(0)(a).owner.op
    assert Softmax(0) != Softmax(0)(x).owner.op
    assert str(Softmax(0)(x).owner.op) == str(Softmax(0)) == "Softmax{axis=0}"
    assert isinstance(Softmax(0), OpFromGraph)


def test_an_op_of_an_application_can_be_applied_to_others():
    x, a = pt.dvector("x"), pt.dmatrix("a")
    op = Softmax(-1)(x).owner.op
    assert op(x).owner.op is op
    np.testing.assert_allclose(op(a).eval({a: np.zeros((1, 2))}), [[0.5, 0.5]])
    y = clone_replace(op(a), {a: pt.zeros((2, 2))})
    np.testing.assert_allclose(y.eval(), np.full((2, 2), 0.5))


def test_shared_variables_of_the_graph_are_read_at_each_call():
    x = pt.dvector("x")
    f = lamina.function([x], Scaled()(x))
    assert f([2]).tolist() == [6]
    Scaled.scale.set_value(4.0)
    assert f([2]).tolist() == [8]
    Scaled.scale.set_value(3.0)
    y = Scaled()(x)
    assert y.owner.op.make_node(*y.owner.inputs).inputs == y.owner.inputs
    assert y.owner.op.make_node(pt.dmatrix("a"), y.owner.inputs[1]).outputs[0].type.ndim == 2


def test_rewrites_see_the_graph_of_an_inline_op():
    class Inline(SymbolicOp):
        inline = True

        def build_inner_graph(self, x: Any) -> Any:
            return pt.log(1 + x)

    x = pt.dvector("x")
    y = rewrite_graph(Inline()(x), include=("stabilize",))
    assert y.owner.op == pt.log1p
    assert isinstance(rewrite_graph(Softmax(0)(x)).owner.op, Softmax)


def test_loops_and_pickles_have_such_ops():
    a = pt.dmatrix("a")
    y, _ = lamina.scan(Softmax(-1), a)
    f = pickle.loads(pickle.dumps(lamina.function([a], y)))
    values = RNG.normal(size=(3, 4))
    np.testing.assert_allclose(f(values), special.softmax(values, -1))


def test_a_graph_that_is_none_is_refused():
    class Number(SymbolicOp):
        def build_inner_graph(self, x: Any) -> Any:
            return 3

    with pytest.raises(TypeError, match="Number: build_inner_graph must return a variable"):
        Number()(pt.dvector("x"))
    with pytest.raises(TypeError, match="abstract"):
        SymbolicOp()
